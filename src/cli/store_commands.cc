// doctor: the store as a whole.
#include <fmt/format.h>

#include "cli/doctor.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kLevelNames[] = {"ok", "warning", "problem"};

std::vector<Check> all_checks(Context& context) {
  std::vector<Check> checks{check_integrity(context)};
  const auto read = context.read([&]() -> Result<void> {
    for (Check& check : run_checks(context)) checks.push_back(std::move(check));
    return {};
  });
  // A damaged store may let nothing be read; that is a finding, too.
  if (!read)
    checks.push_back({"store reading", CheckLevel::kProblem, read.error().message, read.error().fix});
  return checks;
}

}  // namespace

Result<Output> run_doctor(Context& context, const Arguments&) {
  Output output;
  output.json = {{"as_of", json_time(context.clock.now())}, {"checks", Json::array()}};
  TextTable table;
  int64_t counts[] = {0, 0, 0};
  for (const Check& check : all_checks(context)) {
    const auto level = static_cast<size_t>(check.level);
    ++counts[level];
    table.row({kLevelNames[level], check.name, check.result});
    if (!check.fix.empty()) table.row({"", "", "→ " + check.fix});
    output.json["checks"].push_back(
        {{"name", check.name}, {"level", kLevelNames[level]}, {"result", check.result}, {"fix", check.fix}});
  }
  output.json["warnings"] = counts[1];
  output.json["problems"] = counts[2];
  output.text = table.text() +
                fmt::format("{} fine, {} warning(s), {} problem(s). ", counts[0], counts[1], counts[2]) +
                as_of(context.clock.now());
  output.exit_code = counts[2] > 0 ? 1 : 0;
  return output;
}

}  // namespace pinrelay::cli
