// What works without a store: lint, version, docs; and how the configuration is found and loaded.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/reference.h"
#include "cli/unknown_names.h"
#include "exports/mapping.h"
#include "store/schema.h"
#include "store/snapshot.h"

namespace pinrelay::cli {
namespace {

constexpr int kConfigurationExit = 78;

std::optional<std::string> read_page(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Result<void> write_page(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return {};
  return Error{ErrorKind::kUnavailable, "page_not_written", "the page cannot be written", path.string(),
               "check the folder, its owner and free space"};
}

}  // namespace

std::string configuration_path(const std::string& given) {
  if (!given.empty()) return given;
  const char* named = std::getenv("PINRELAY_CONFIG");
  return named != nullptr && *named != '\0' ? named : "pinrelay.yaml";
}

Result<config::Config> load_configuration(const std::string& path) {
  config::Loaded loaded = TRY(config::load_config_file(path, exports::check_mappings));
  if (loaded.problems.empty()) return std::move(loaded.config);
  return Error{ErrorKind::kInvalid, "configuration_invalid",
               fmt::format("the configuration has {} problem(s)\n{}", loaded.problems.size(),
                           config::describe(path, loaded.problems)),
               path, "correct it; 'pinrelay lint FILE' checks it again"};
}

// A FILE that names its store is a whole configuration; so is one without any other beside it.
Result<config::Config> configuration_for(const Parsed& parsed) {
  const std::string usual = configuration_path(parsed.config_path);
  if (!parsed.command->of_configuration || !parsed.config_path.empty()) return load_configuration(usual);
  const std::string file = parsed.arguments.path(parsed.arguments.positional.at(0));
  const config::Loaded loaded = TRY(config::load_config_file(file, exports::check_mappings));
  std::error_code unknown;
  const bool alone = loaded.names_store || !std::filesystem::exists(usual, unknown);
  return load_configuration(alone ? file : usual);
}

std::vector<std::string> warnings_of(const config::Config& config, const std::string& path) {
  std::vector<std::string> out;
  for (const config::Problem& warning : config.warnings) {
    std::string line = config::describe(path, {warning});
    if (line.ends_with('\n')) line.pop_back();
    out.push_back(std::move(line));
  }
  return out;
}

std::string warnings_text(const std::vector<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) text += fmt::format("warning: {}\n", plain(warning));
  return text;
}

// The store that the file names knows which names mean something; without one there is nothing to say.
void add_unknown_names(const config::Config& config, std::vector<std::string>& warnings) {
  if (!std::filesystem::exists(config.store + store::kMainFile)) return;
  const auto snapshot = store::Snapshot::open(config.store);
  if (!snapshot.ok()) return;
  for (const config::JobSettings& job : config.jobs)
    for (const std::string& name : unknown_names((*snapshot)->catalog, job))
      warnings.push_back(fmt::format("job {}: {}", job.name, name));
}

Result<Output> run_lint(const Arguments& arguments) {
  const std::string path = arguments.path(arguments.positional.at(0));
  config::Loaded loaded = TRY(config::load_config_file(path, exports::check_mappings));
  for (config::Problem& problem : config::check_secret_files(loaded))
    loaded.problems.push_back(std::move(problem));
  std::ranges::stable_sort(loaded.problems, {}, &config::Problem::line);
  Output output;
  output.json = {
      {"file", path}, {"ok", loaded.problems.empty()}, {"problems", problems_json(loaded.problems)}};
  std::vector<std::string> warnings = warnings_of(loaded.config, path);
  for (const config::JobSettings& job : loaded.config.jobs)
    for (std::string& warning : exports::settings_warnings(job)) warnings.push_back(std::move(warning));
  add_unknown_names(loaded.config, warnings);
  output.json["warnings"] = warnings;
  if (loaded.problems.empty()) {
    output.text = warnings_text(warnings);
    output.text += fmt::format("{}: fine; {} job(s), {} authorization(s)\n", plain(path),
                               loaded.config.jobs.size(), loaded.config.authorizations.size());
    return output;
  }
  output.text = config::describe(path, loaded.problems) + warnings_text(warnings);
  output.exit_code = kConfigurationExit;
  return output;
}

Result<Output> run_version(const Arguments&) {
  Output output;
  output.json = {{"version", PINRELAY_VERSION}};
  output.text = "pinrelay " PINRELAY_VERSION "\n";
  return output;
}

std::string_view program_version() { return PINRELAY_VERSION; }

Result<Output> run_docs(const Arguments& arguments) {
  const std::filesystem::path folder = arguments.path(arguments.positional.at(0));
  const bool check = arguments.has("check");
  Output output;
  output.json = {{"folder", folder.string()}, {"pages", Json::array()}, {"different", Json::array()}};
  std::error_code failed;
  if (!check) std::filesystem::create_directories(folder, failed);
  for (const ReferencePage& page : reference_pages()) {
    output.json["pages"].push_back(page.name);
    if (!check) {
      TRY(write_page(folder / page.name, page.text));
      continue;
    }
    const auto present = read_page(folder / page.name);
    if (present == page.text) continue;
    output.json["different"].push_back(page.name);
    output.text += fmt::format("{}: {}\n", page.name, present ? "differs" : "is missing");
  }
  if (!output.json["different"].empty()) {
    output.text += fmt::format("Write them anew: pinrelay docs {}\n", plain(arguments.positional.at(0)));
    output.exit_code = 1;
  } else {
    output.text =
        fmt::format("{} pages {}\n", output.json["pages"].size(), check ? "are up to date" : "written");
  }
  return output;
}

}  // namespace pinrelay::cli
