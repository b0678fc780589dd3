// What counts as blank around and inside an identifier. More than Unicode's White_Space: spreadsheets and web
// pages also leave zero-width characters, byte order marks and direction marks behind, which nobody can see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pinrelay::identity {

bool is_blank(uint32_t code_point);
// A blank without width: it separates nothing, so between two characters it is as if it were not there.
bool is_invisible(uint32_t code_point);

// Without blanks at both ends. Bytes that are not UTF-8 are no blanks.
std::string_view trim(std::string_view text);

// For numbers, dates, phones and the like: trimmed, blanks within are one space, what has no width is gone,
// and full-width characters, dashes and apostrophes of every kind are those of ASCII. A view of `text` if
// nothing had to change, else of `buffer`.
std::string_view plain_text(std::string_view text, std::string& buffer);

}  // namespace pinrelay::identity
