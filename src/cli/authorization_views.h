// What the commands about authorizations share: which there are, and what Pinterest's answer about one means.
#pragma once

#include "cli/command.h"
#include "pinterest/answer.h"

namespace pinrelay::cli {

// Those of the configuration, then those that only the store has.
std::vector<config::Authorization> all_authorizations(Context& context);
// Adds result, meaning, fix and Pinterest's own words; the exit code is 0 only when Pinterest takes it.
void say_finding(const std::string& authorization, const pinterest::Answer& answer, Output& output);
// An error as what a command says in the end.
Output failed(const Error& error);

}  // namespace pinrelay::cli
