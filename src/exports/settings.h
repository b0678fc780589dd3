// A job's settings as JSON, the form in which the store keeps them.
#pragma once

#include "config/config.h"

namespace pinrelay::exports {

std::string write_settings(const config::JobSettings& job);
Result<config::JobSettings> read_settings(const std::string& json);

}  // namespace pinrelay::exports
