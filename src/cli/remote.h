// Commands on another machine: --server, by the HTTP API.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// Runs the command at the service whose address is --server with the token in --token-file. What is not in
// the API (files of this machine, the store itself) is refused.
Result<Output> run_over_api(const Parsed& parsed);

}  // namespace pinrelay::cli
