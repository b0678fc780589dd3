// Names in a job that stand for nothing: an audience without members, a field that nobody has.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "store/catalog.h"

namespace pinrelay::cli {

// A sentence for each, with the name that was probably meant. None while nobody is known at all, except for
// the audience.
// The fields that a job reads; "" where it names none.
std::vector<std::string> fields_of(const config::JobSettings& settings);

std::vector<std::string> unknown_names(const store::Catalog& catalog, const config::JobSettings& settings);

}  // namespace pinrelay::cli
