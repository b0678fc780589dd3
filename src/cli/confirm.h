// Commands that ask before they do something that cannot be taken back.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// The code of the error that asks. At a terminal the person is then asked, and the command repeated with
// --yes.
inline constexpr const char* kNotConfirmed = "not_confirmed";

// Fine with --yes; else an error that says what would follow. Over the API a call is the decision itself.
Result<void> confirmed(const Arguments& arguments, std::string what_follows);
// What to type where nobody can be asked: the command line with --yes, as a shell reads it.
std::string line_with_yes(const std::vector<std::string>& argv);

}  // namespace pinrelay::cli
