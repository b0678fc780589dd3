// A job's settings as JSON, the form in which the store keeps them.
#pragma once

#include "base/clock.h"
#include "config/config.h"

namespace pinrelay::exports {

// Of a list that is created now.
std::string new_list_name(const config::JobSettings& job, Time now);

std::string write_settings(const config::JobSettings& job);
Result<config::JobSettings> read_settings(const std::string& json);

}  // namespace pinrelay::exports
