#include <fmt/format.h>

#include <algorithm>

#include "cli/handlers.h"

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

}  // namespace

Result<Output> run_apply(Context& context, const Arguments& arguments) {
  const std::string path = arguments.path(arguments.positional.at(0));
  const config::Config config = TRY(load_configuration(path));
  TRY(check_fits(context, config, path));
  Output output;
  output.json["jobs"] = Json::array();
  TRY(context.engine.transact([&]() -> Result<void> {
    apply_fields(context, config);
    for (const config::JobSettings& settings : config.jobs) {
      const std::string change = TRY(context.engine.jobs().apply(settings));
      exports::Job& job = *context.engine.jobs().find(settings.name);
      const bool starts = arguments.has("start") && job.row.state == store::JobState::kDraft;
      if (starts) TRY(context.engine.jobs().start(job));
      output.json["jobs"].push_back({{"name", settings.name}, {"change", change}, {"started", starts}});
      output.text += fmt::format("{}: {}{}\n", settings.name, change, starts ? ", started" : "");
    }
    return {};
  }));
  if (config.jobs.empty()) output.text = "the file names no job\n";
  return output;
}

}  // namespace pinrelay::cli
