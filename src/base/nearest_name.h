// "Did you mean …?": the one answer for every kind of name.
#pragma once

#include <span>
#include <string_view>

namespace pinrelay {

// The candidate that `text` was probably meant to be, or "". Compares single-character slips (missing, extra,
// wrong, or swapped with its neighbour; one for every three letters); case, blanks and . - _ make no
// difference. The first of equally near ones.
std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace pinrelay
