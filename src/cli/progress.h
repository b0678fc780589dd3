// Following an import to its end: a bar with rate and time left on a terminal, a line every ten seconds
// elsewhere.
#pragma once

#include "cli/service.h"

namespace pinrelay::cli {

// In a service: `show` asks it how far the import of that number is. `begun` is what registering it said.
Result<Output> follow_import(const std::function<Result<Output>(const std::string& number)>& show,
                             Output begun);
// In this process: does the work.
Result<Output> work_import(Service& service, Output begun);

}  // namespace pinrelay::cli
