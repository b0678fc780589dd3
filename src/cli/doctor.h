// The checks of `pinrelay doctor`: each looks at one thing and says what to do when it is not as it should
// be.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

enum class CheckLevel { kOk, kWarning, kProblem };

struct Check {
  std::string name;
  CheckLevel level = CheckLevel::kOk;
  std::string result;
  std::string fix;  // "" when all is well
};

// Reads the whole store, on connections of its own.
Check check_integrity(Context& context);
// Everything else; within context.read().
std::vector<Check> run_checks(Context& context);

}  // namespace pinrelay::cli
