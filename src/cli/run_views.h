// Runs of a job as views show them.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

Json run_json(const store::RunRow& run);
// The funnel of a run, from its JSON: its parts add up.
std::string run_text(const Json& run, bool converts);

}  // namespace pinrelay::cli
