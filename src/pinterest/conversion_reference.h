// The reference pages docs/reference/conversion-fields.md and normalisation.md, from the tables.
#pragma once

#include <string>

#include "pinterest/conversion_fields.h"

namespace pinrelay::pinterest {

// What the field takes: "SHA-256", "whole number", "text" …, and within which limits ("" = none of its own).
std::string_view kind_of(const ConversionField& field);
std::string limits_of(const ConversionField& field);

std::string conversion_fields_reference();
std::string normalisation_reference();

}  // namespace pinrelay::pinterest
