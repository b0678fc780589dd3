// A job's settings as JSON, as they would stand under jobs: in a file. Whoever saves, plans or previews them
// reads them here, and says the same of their mistakes.
#pragma once

#include <optional>

#include "cli/command.h"

namespace pinrelay::cli {

struct GivenSettings {
  config::Config config;          // of this one job, beside the authorizations that are known
  std::optional<Output> refused;  // every mistake at once, each with a pointer to it; then there is no job

  const config::JobSettings& job() const { return config.jobs.at(0); }
};

// `name`: of the job, whether there is one or not.
Result<GivenSettings> read_settings(Context& context, const std::string& name, const std::string& json);

}  // namespace pinrelay::cli
