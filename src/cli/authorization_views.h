// What the commands about authorizations share: which there are, and what Pinterest's answer about one means.
#pragma once

#include "cli/command.h"
#include "pinterest/answer.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {

// Those of the configuration, then those that only the store has.
std::vector<config::Authorization> all_authorizations(Context& context);
// An authorization by its name, with what asking Pinterest by it takes; an error when its token cannot be
// had.
struct Reachable {
  config::Authorization authorization;
  pinterest::Access access;
};
Result<Reachable> reach(Context& context, const std::string& name);
constexpr Millis kAnswerMax{30'000};
// A question of a command's counts like the engine's own.
void count_call(Context& context, const config::Authorization& authorization);
// Adds result, meaning, fix and Pinterest's own words; the exit code is 0 only when Pinterest takes it.
void say_finding(const std::string& authorization, const pinterest::Answer& answer, Output& output);
// An error as what a command says in the end.
Output failed(const Error& error);

}  // namespace pinrelay::cli
