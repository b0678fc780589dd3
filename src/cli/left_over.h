// What a run that has nothing left to do leaves for a person to decide.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// A line each, with the command that decides it; empty when everything is done. Within context.read().
std::vector<std::string> left_over(Context& context);

}  // namespace pinrelay::cli
