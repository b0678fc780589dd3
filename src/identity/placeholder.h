// What programs write where a value is missing: words of databases and spreadsheets (null, \N, #N/A …),
// all-zero UUIDs, quotes around nothing, and templates that nobody filled ({{ customer.id }}). One list for
// identifiers, details and event ids alike.
//
// Whoever reads a yes or a no (flag.h) does not ask here, and NA is Namibia as a country and Naples as a
// state (identifier.cc).
#pragma once

#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace pinrelay::identity {

// `text` is trimmed.
bool is_placeholder(std::string_view text);

// The hashes of nothing and of each fixed placeholder, in the spellings that programs write; sorted.
const std::vector<Hash>& hashes_of_placeholders();

}  // namespace pinrelay::identity
