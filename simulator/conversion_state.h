// The conversions as JSON: in the state, and one by one.
#pragma once

#include <string>

#include "simulator/conversions.h"

namespace pinrelay::sim {

// {"received":…, …, "by_ad_account":{…}, "violations":{"total":…, "by_kind":{…}, "samples":[…]}}
std::string conversion_state_json(const Conversions& conversions);
// Appends a line about it; the event itself when events are kept.
void append_conversion_line(std::string& out, const Conversions& conversions, const Conversion& conversion);

}  // namespace pinrelay::sim
