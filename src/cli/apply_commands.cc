#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "cli/authorization_views.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/unknown_names.h"
#include "exports/mapping.h"

namespace pinrelay::cli {
namespace {

constexpr std::pair<std::string_view, store::ValueType> kTypes[] = {
    {"string", store::ValueType::kString}, {"int", store::ValueType::kInt},
    {"number", store::ValueType::kNumber}, {"bool", store::ValueType::kBool},
    {"date", store::ValueType::kDate},     {"array", store::ValueType::kArray}};

void apply_fields(Context& context, const config::Config& config) {
  store::Catalog& catalog = context.store().catalog;
  for (const config::FieldSetting& field : config.fields) {
    for (const auto& [name, type] : kTypes) {
      if (field.type == name) catalog.fix_type(catalog.field_number(field.name), type);
    }
  }
  catalog.flush();
}

// The service knows only the authorizations and the Pinterest it was started with.
Result<void> check_fits(Context& context, const config::Config& config, const std::string& path) {
  for (const config::JobSettings& job : config.jobs) {
    const auto known = [&](const config::Authorization& a) { return a.name == job.authorization; };
    if (std::any_of(context.config.authorizations.begin(), context.config.authorizations.end(), known) ||
        context.credentials.stored().contains(job.authorization))
      continue;
    return Error{ErrorKind::kConflict, "authorization_unknown",
                 fmt::format("the running service does not know the authorization '{}'", job.authorization),
                 path, "restart the service with this file, then apply"};
  }
  return {};
}

// "jobs[0].flush.after" → "/settings/flush/after"
std::string pointer_of(std::string_view path) {
  constexpr std::string_view kJob = "jobs[0]";
  if (path.starts_with(kJob)) path.remove_prefix(kJob.size());
  std::string out = "/settings";
  for (const char c : path)
    if (c == '.' || c == '[') {
      out += '/';
    } else if (c != ']') {
      out += c;
    }
  return out.find("//") == std::string::npos ? out : out.replace(out.find("//"), 2, "/");
}

// One job's settings as a configuration of their own, beside the authorizations that are known here.
std::string configuration_of(Context& context, Json settings) {
  Json authorizations = Json::array();
  for (const config::Authorization& known : all_authorizations(context)) {
    const bool token = known.method == config::Method::kConversionToken;
    Json each = {{"name", known.name}, {"method", token ? "conversion_token" : "sign_in"}};
    if (!known.ad_account.empty()) each["ad_account"] = known.ad_account;
    authorizations.push_back(std::move(each));
  }
  return json_text(Json{{"authorizations", authorizations}, {"jobs", Json::array({std::move(settings)})}});
}

Output refused_settings(const std::string& name, const std::vector<config::Problem>& problems) {
  Output output;
  output.json = {{"job", name},
                 {"error",
                  {{"code", "settings_invalid"},
                   {"message", fmt::format("the settings have {} problem(s)", problems.size())},
                   {"fix", "correct them and send all of them again"}}},
                 {"problems", Json::array()}};
  for (const config::Problem& problem : problems) {
    output.json["problems"].push_back({{"pointer", pointer_of(problem.path)},
                                       {"code", problem.code},
                                       {"message", problem.message},
                                       {"fix", problem.fix}});
    output.text += fmt::format("{}: {}. {}\n", plain(pointer_of(problem.path)), problem.message, problem.fix);
  }
  output.exit_code = 1;
  return output;
}

// A job on its way out stands in nobody's way: the others are applied.
void refuse_one(const Error& error, const std::string& name, Output& output) {
  output.json["jobs"].push_back(
      {{"name", name},
       {"change", "refused"},
       {"started", false},
       {"error", {{"code", error.code}, {"message", error.message}, {"fix", error.fix}}}});
  output.text += fmt::format("{}: refused: {}. {}\n", name, error.message, error.fix);
  output.exit_code = 1;
}

}  // namespace

// The same settings as under `jobs:` in a file; whoever is in the file is changed there.
Result<Output> run_job_put(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  const auto named = [&](const config::JobSettings& job) { return job.name == name; };
  if (std::ranges::any_of(context.config.jobs, named))
    return Error{ErrorKind::kConflict, "managed_by_file",
                 fmt::format("the job '{}' is in the configuration file", plain(name)), "",
                 "change the file and apply it"};
  Json settings = Json::parse(arguments.value("settings", "{}"), nullptr, false);
  if (!settings.is_object())
    return Error{ErrorKind::kInvalid, "settings_not_json", "the settings are no JSON object", "settings",
                 "write what would stand under jobs: in a file, as JSON"};
  if (settings.value("name", Json(name)) != Json(name))
    return Error{ErrorKind::kInvalid, "other_name", "the settings name another job", "settings",
                 "leave the name out"};
  settings["name"] = name;
  const config::Loaded loaded =
      config::load_config(configuration_of(context, std::move(settings)), "/", exports::check_mappings);
  if (!loaded.problems.empty()) return refused_settings(name, loaded.problems);
  Output output;
  output.json = {{"job", name}};
  TRY(context.engine.transact([&]() -> Result<void> {
    TRY(check_version(context.engine.jobs().find(name), arguments));
    const std::string change = TRY(context.engine.jobs().apply(loaded.config.jobs.at(0)));
    output.json["change"] = change;
    output.json["version"] = job_version(*context.engine.jobs().find(name));
    output.json["warnings"] = warnings_of(loaded.config, "settings");
    output.text = fmt::format("{}: {}\n", plain(name), change) + warnings_text(output.json["warnings"]);
    return {};
  }));
  return output;
}

Result<Output> run_apply(Context& context, const Arguments& arguments) {
  const std::string path = arguments.path(arguments.positional.at(0));
  const config::Config config = TRY(load_configuration(path));
  TRY(check_fits(context, config, path));
  Output output;
  output.json["jobs"] = Json::array();
  output.json["warnings"] = warnings_of(config, path);
  output.text = warnings_text(output.json["warnings"]);
  TRY(context.engine.transact([&]() -> Result<void> {
    apply_fields(context, config);
    for (const config::JobSettings& settings : config.jobs) {
      if (const exports::Job* leaving = context.engine.jobs().find(settings.name);
          leaving != nullptr && leaving->removes_everyone()) {
        refuse_one(context.engine.jobs().target(settings).error(), settings.name, output);
        continue;
      }
      const std::string change = TRY(context.engine.jobs().apply(settings));
      exports::Job& job = *context.engine.jobs().find(settings.name);
      const bool starts = arguments.has("start") && job.row.state == store::JobState::kDraft;
      if (starts) TRY(context.engine.jobs().start(job));
      output.json["jobs"].push_back({{"name", settings.name}, {"change", change}, {"started", starts}});
      output.text += fmt::format("{}: {}{}\n", settings.name, change, starts ? ", started" : "");
      if (!starts) continue;
      for (const std::string& name : unknown_names(context.store().catalog, settings))
        output.text += fmt::format("{}: warning: {}\n", settings.name, name);
    }
    output.json["untouched_jobs"] = untouched_jobs(context, config, output.text);
    return {};
  }));
  if (config.jobs.empty()) output.text = "the file names no job\n" + output.text;
  return output;
}

}  // namespace pinrelay::cli
