// The reference page docs/reference/pinterest-errors.md, from the tables.
#pragma once

#include <string>

namespace pinrelay::pinterest {

std::string error_reference();

}  // namespace pinrelay::pinterest
