// Numbers that a spreadsheet or a JSON writer has made of digits that are none: phones, postcodes, codes.
#pragma once

#include <string_view>

#include "identity/ascii.h"

namespace pinrelay::identity {

// Whether the text might end in a fraction of zeros; cheap.
constexpr bool ends_as_fraction(std::string_view text) {
  if (text.size() < 4 || text.back() != '0') return false;
  return text[text.size() - 2] == '.' || (text[text.size() - 2] == '0' && text[text.size() - 3] == '.');
}

// 94107.0 → 94107. The text itself when its only point is not followed by zeros alone.
constexpr std::string_view without_fraction(std::string_view text) {
  const size_t point = text.find('.');
  if (point == 0 || point == std::string_view::npos || point + 1 == text.size()) return text;
  const bool zeros = text.find_first_not_of('0', point + 1) == std::string_view::npos;
  constexpr size_t kZerosMax = 2;  // 415.5550000 is a phone number with a point
  return zeros && text.size() - point - 1 <= kZerosMax && is_digit(text[point - 1]) ? text.substr(0, point)
                                                                                    : text;
}

}  // namespace pinrelay::identity
