// What somebody sees who has not named a command yet, or one that does not exist.
#pragma once

#include <optional>

#include "cli/command.h"

namespace pinrelay::cli {

// For argv without a complete command: the commands there are (of the group, when one is named), or which one
// may have been meant. Nothing when argv names a command.
std::optional<Output> overview(const std::vector<std::string>& argv);

}  // namespace pinrelay::cli
