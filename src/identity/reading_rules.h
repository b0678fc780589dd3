// The version of the rules by which values become identifiers (this folder).
#pragma once

#include <cstdint>

namespace pinrelay::identity {

// Raise it when a rule changes what is made of a value that a list can have: e-mail addresses, device ids,
// their hashes, placeholders, consent. Jobs on lists then look at everybody once more. Never lower it.
//   1  until identifiers, details and event ids had one list of placeholders
//   2  that list, one reader of yes and no, more kinds of blanks
constexpr int64_t kReadingRules = 2;

}  // namespace pinrelay::identity
