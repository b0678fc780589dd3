// backup and doctor: the store as a whole.
#include <fmt/format.h>

#include <filesystem>

#include "cli/doctor.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kLevelNames[] = {"ok", "warning", "problem"};

int64_t folder_bytes(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code failed;
  for (const auto& file : std::filesystem::directory_iterator(folder, failed))
    if (file.is_regular_file(failed)) bytes += static_cast<int64_t>(file.file_size(failed));
  return bytes;
}

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

Result<Output> run_backup(Context& context, const Arguments& arguments) {
  const std::string to = arguments.path(arguments.positional.at(0));
  TRY(store::Store::backup(context.store().directory(), to, context.clock.now()));
  const int64_t bytes = folder_bytes(to);
  Output output;
  output.json = {
      {"folder", to}, {"bytes", bytes}, {"checked", true}, {"as_of", json_time(context.clock.now())}};
  output.text = fmt::format(
      "{}: {} bytes, copied and checked.\n"
      "It holds personal data; the secrets and the configuration are not in it.\n{}",
      plain(to), thousands(bytes), as_of(context.clock.now()));
  return output;
}

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
