// Header names and the few values that are names compare without case, in ASCII only.
#pragma once

#include <string_view>

namespace pinrelay::http {

bool equal_names(std::string_view a, std::string_view b);

}  // namespace pinrelay::http
