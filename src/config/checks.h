// Rules between the keys of a configuration: names that must exist or be unique, identifiers and list types
// that must fit.
#pragma once

#include <map>
#include <string>

#include "config/problems.h"

namespace pinrelay::config {

// `positions`: where each key and each readable list item of the file stands, by its shown path
// (jobs[0].flush.after). Says nothing about a key that already has a problem of its own.
void check_rules(const Config& config, const Positions& positions, Problems& problems);

}  // namespace pinrelay::config
