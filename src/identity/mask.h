// Masked hints: enough to recognise a value one already knows, not enough to learn one.
#pragma once

#include <string>
#include <string_view>

namespace pinrelay::identity {

//   jane.doe@example.org       → j***@e***.org   (whatever holds an '@')
//   64 hex digits              → first six and "…"
//   anything else              → first character and "***"
//   ""                         → ""
std::string mask(std::string_view value);

}  // namespace pinrelay::identity
