// Running a command for somebody, with what it changes told to the audit log.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

struct Caller {
  std::string who = "cli", origin = "local";
};

// The log's entry is in the transaction of the command's first change; of one that failed or changed nothing
// it says so. A command that asks Pinterest first is followed to its end.
Result<Output> execute(Context& context, const Command& command, const Arguments& arguments,
                       const Caller& caller);

}  // namespace pinrelay::cli
