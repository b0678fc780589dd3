// The reference pages docs/reference/conversion-fields.md and normalisation.md, from the tables.
#pragma once

#include <string>

namespace pinrelay::pinterest {

std::string conversion_fields_reference();
std::string normalisation_reference();

}  // namespace pinrelay::pinterest
