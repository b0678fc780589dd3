// What a restore has suspended, in one sentence.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// "" when nothing is. Reads the store.
std::string suspended_text(Context& context);
constexpr const char* kConfirmRestored = "look at them and let them in: pinrelay restore --confirm";

}  // namespace pinrelay::cli
