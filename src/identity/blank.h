// What counts as blank around and inside an identifier. More than Unicode's White_Space: spreadsheets and web
// pages also leave zero-width characters, byte order marks and direction marks behind, which nobody can see.
#pragma once

#include <cstdint>
#include <string_view>

namespace pinrelay::identity {

bool is_blank(uint32_t code_point);

// Without blanks at both ends. Bytes that are not UTF-8 are no blanks.
std::string_view trim(std::string_view text);

}  // namespace pinrelay::identity
