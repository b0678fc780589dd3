// What Pinterest's answer to a question about an authorization means, in words.
#pragma once

#include "cli/command.h"
#include "pinterest/answer.h"

namespace pinrelay::cli {

// Adds result, meaning, fix and Pinterest's own words; the exit code is 0 only when Pinterest takes it.
void say_finding(const std::string& authorization, const pinterest::Answer& answer, Output& output);
// An error as what a command says in the end.
Output failed(const Error& error);

}  // namespace pinrelay::cli
