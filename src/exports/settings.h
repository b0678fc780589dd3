// A job's settings as JSON, the form in which the store keeps them.
#pragma once

#include "config/config.h"

namespace pinrelay::exports {

std::string write_settings(const config::AudienceJob& job);
Result<config::AudienceJob> read_settings(const std::string& json);

}  // namespace pinrelay::exports
