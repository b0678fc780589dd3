#include <fmt/format.h>

#include <algorithm>

#include "cli/authorization_views.h"
#include "cli/format.h"
#include "cli/given_settings.h"
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
  GivenSettings given = TRY(read_settings(context, name, arguments.value("settings", "{}")));
  if (given.refused) return std::move(*given.refused);
  Output output;
  output.json = {{"job", name}};
  TRY(context.engine.transact([&]() -> Result<void> {
    TRY(check_version(context.engine.jobs().find(name), arguments));
    const std::string change = TRY(context.engine.jobs().apply(given.job()));
    output.json["change"] = change;
    output.json["version"] = job_version(*context.engine.jobs().find(name));
    output.json["warnings"] = warnings_of(given.config, "settings");
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
