#include "cli/given_settings.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "cli/authorization_views.h"
#include "cli/format.h"
#include "exports/mapping.h"

namespace pinrelay::cli {
namespace {

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

}  // namespace

Result<GivenSettings> read_settings(Context& context, const std::string& name, const std::string& json) {
  Json settings = Json::parse(json, nullptr, false);
  if (!settings.is_object())
    return Error{ErrorKind::kInvalid, "settings_not_json", "the settings are no JSON object", "settings",
                 "write what would stand under jobs: in a file, as JSON"};
  if (settings.value("name", Json(name)) != Json(name))
    return Error{ErrorKind::kInvalid, "other_name", "the settings name another job", "settings",
                 "leave the name out"};
  settings["name"] = name;
  config::Loaded loaded =
      config::load_config(configuration_of(context, std::move(settings)), "/", exports::check_mappings);
  if (!loaded.problems.empty()) return GivenSettings{{}, refused_settings(name, loaded.problems)};
  return GivenSettings{std::move(loaded.config), std::nullopt};
}

}  // namespace pinrelay::cli
