// Names in a job that stand for nothing: an audience without members, a field that nobody has.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "store/catalog.h"

namespace pinrelay::cli {

// What a command answers that was given such a name. `what`: "audience" or "field".
Error not_there(const std::string& what, const std::string& name);
Result<store::AudienceNumber> find_audience(const store::Catalog& catalog, const std::string& name);

// The fields that a job reads; "" where it names none.
std::vector<std::string> fields_of(const config::JobSettings& settings);

// A sentence for each name of the job, with the name that was probably meant. None while nobody is known at
// all, except for the audience.
std::vector<std::string> unknown_names(const store::Catalog& catalog, const config::JobSettings& settings);

}  // namespace pinrelay::cli
