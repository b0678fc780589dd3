#include "cli/reference.h"

#include <fmt/format.h>

#include "admin/routes.h"
#include "alerts/kinds.h"
#include "cli/command.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "config/config.h"
#include "exports/reasons.h"
#include "pinterest/conversion_reference.h"
#include "pinterest/reference.h"

namespace pinrelay::cli {
namespace {

struct ExitCode {
  int code;
  const char* meaning;
};
constexpr ExitCode kExitCodes[] = {
    {0, "Done. For `plan`: applying changes nothing. For `doctor`: no problem."},
    {1,
     "It failed, or something was found: no such job, a wrong state, a file that cannot be imported, a "
     "problem of `doctor` or `plan`, a page "
     "that "
     "`docs --check` finds different."},
    {2,
     "The command line is wrong, or does not confirm what cannot be taken back (`--yes`); or, for `plan`, "
     "applying changes something."},
    {5, "A bound says \"later\": try again."},
    {69, "What is needed is not there now: network, a full disk, a lost service. Trying again can help."},
    {74, "The disk or the store is damaged: run `pinrelay doctor`."},
    {77, "Credentials or permissions are missing."},
    {78, "The configuration, or another input, is wrong."},
};

constexpr const char* kGenerated =
    "Generated from the tables in the program by `pinrelay docs`; do not edit.\n\n";

std::string usage_of(const Command& command) {
  std::string usage = "pinrelay " + command.name;
  if (!command.arguments.empty()) usage += " " + command.arguments;
  return command.options.empty() ? usage : usage + " [options]";
}

std::string cli_page() {
  std::string out = std::string("# Commands\n\n") + kGenerated;
  out +=
      "Every command takes `--config FILE` (else `PINRELAY_CONFIG`, else `pinrelay.yaml`), `--json` and "
      "`--help`. "
      "Commands that\nneed the store run inside the service when one works on it, and in their own process "
      "otherwise. For\n`apply` and `plan`, FILE is the whole configuration: unless `--config` is given, the "
      "store is the one it names, "
      "and without one the one of\nthe configuration there is.\n`pinrelay help COMMAND` is `pinrelay COMMAND "
      "--help`, and `pinrelay --version` is `pinrelay version`. With\n`--server URL --token-file FILE` a "
      "command runs at a service elsewhere, over its "
      "HTTP API, "
      "and prints JSON.\n";
  for (const Command& command : commands()) {
    out += fmt::format("\n## {}\n\n{}\n\n```text\n{}\n```\n\nExample: `{}`\n", command.name, command.summary,
                       usage_of(command), command.example);
    if (!command.options.empty()) out += "\n| Option | Meaning |\n|---|---|\n";
    for (const Option& option : command.options)
      out += fmt::format("| `--{}{}` | {} |\n", option.name,
                         option.argument.empty() ? "" : " " + option.argument, option.help);
  }
  out += "\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n";
  for (const ExitCode& code : kExitCodes) out += fmt::format("| {} | {} |\n", code.code, code.meaning);
  return out;
}

std::string reasons_page() {
  std::string out = std::string("# Reasons\n\n") + kGenerated;
  out +=
      "## Why somebody was not sent\n\n"
      "Every change of a person that a run considers ends as added, removed, omitted, invalid or rejected, "
      "or is "
      "pending:\n*considered* is always the sum of these. The last three of the five have one of these "
      "reasons "
      "(`pinrelay job records`).\n\n| Reason | Counts as | Meaning | Fix |\n|---|---|---|---|\n";
  for (const exports::ReasonInfo& info : exports::kReasons) {
    if (info.reason == exports::Reason::kNone) continue;
    out += fmt::format("| `{}` | {} | {} | {} |\n", info.name, outcome_name(info.outcome), info.meaning,
                       info.fix);
  }
  out +=
      "\n## Why a job waits or has failed\n\nWithout a fix a job goes on by itself.\n\n"
      "| Code | Meaning | Fix |\n|---|---|---|\n";
  for (const Condition& condition : conditions())
    out += fmt::format("| `{}` | {} | {} |\n", condition.code, condition.meaning, condition.fix);
  return out;
}

}  // namespace

std::string_view outcome_name(exports::OutcomeClass outcome) {
  constexpr std::string_view kNames[] = {"omitted", "invalid", "rejected", "uncertain", "noted"};
  return kNames[static_cast<size_t>(outcome)];
}

std::vector<ReferencePage> reference_pages() {
  return {{"alerts.md", alerts::alerts_reference()},
          {"cli.md", cli_page()},
          {"configuration.md", config::configuration_reference()},
          {"conversion-fields.md", pinterest::conversion_fields_reference()},
          {"normalisation.md", pinterest::normalisation_reference()},
          {"openapi.json", admin::openapi(program_version())},
          {"pinterest-errors.md", pinterest::error_reference()},
          {"reasons.md", reasons_page()}};
}

}  // namespace pinrelay::cli
