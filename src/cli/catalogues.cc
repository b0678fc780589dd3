// What forms and explanations are made from: the settings of jobs, what is set of one, the reasons, and what
// this service is.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "alerts/kinds.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/reference.h"
#include "cli/suspended.h"
#include "config/job_text.h"
#include "config/keys.h"
#include "config/values.h"

namespace pinrelay::cli {
namespace {

using config::Key;
using config::Kind;

constexpr std::string_view kJobs = "jobs[].";
constexpr std::array<std::string_view, 2> kTypes{"audience_export", "conversions_export"};

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kGroup:
      return "group";
    case Kind::kOption:
      return "option";
    case Kind::kName:
      return "name";
    case Kind::kId:
      return "id";
    case Kind::kCount:
      return "count";
    case Kind::kDuration:
      return "duration";
    case Kind::kFlag:
      return "flag";
    case Kind::kChoice:
      return "choice";
    case Kind::kMapping:
      return "mapping";
    default:
      return "text";  // no job has one of the others
  }
}

// As `settings` has it in JSON. `text` is how a file would have it.
Json value_of(Kind kind, const std::string& text) {
  if (kind == Kind::kFlag) return text == "true";
  if (kind == Kind::kCount || text.starts_with('"')) return Json::parse(text);
  return text;
}

Json limit_of(Kind kind, int64_t limit) {
  return kind == Kind::kDuration ? Json(config::format_duration(limit)) : Json(limit);
}

bool has_limits(Kind kind) {
  return kind == Kind::kCount || kind == Kind::kDuration || kind == Kind::kText || kind == Kind::kMapping;
}

Json setting_json(const Key& key) {
  Json json = {{"key", key.path.substr(kJobs.size())}, {"type", name_of(key.kind)}};
  json["job_types"] = key.only_type.empty() ? Json(kTypes) : Json::array({key.only_type});
  json["required"] = key.required;
  json["level"] = key.advanced ? "advanced" : "basic";
  json["default"] = key.standard.empty() ? Json() : value_of(key.kind, std::string(key.standard));
  if (has_limits(key.kind))
    json.update({{"min", limit_of(key.kind, key.min)}, {"max", limit_of(key.kind, key.max)}});
  if (!key.choices.empty()) json["choices"] = config::split_choices(key.choices);
  json["help"] = key.help;
  return json;
}

Json mapping_json(const std::vector<config::MappedField>& fields) {
  Json json = Json::array();
  for (const config::MappedField& each : fields) {
    if (each.others.empty() && each.standard.empty()) {
      json.push_back({{each.field, each.target}});
      continue;
    }
    Json entry = {{"to", each.target}};
    if (each.is_constant()) {
      entry["constant"] = each.standard;
    } else if (!each.standard.empty()) {
      entry["default"] = each.standard;
    }
    if (!each.others.empty()) {
      entry["first_of"] = {each.field};
      for (const std::string& other : each.others) entry["first_of"].push_back(other);
    } else if (!each.is_constant()) {
      entry["field"] = each.field;
    }
    json.push_back(std::move(entry));
  }
  return json;
}

Json mapping_of(const config::JobSettings& job, std::string_view key) {
  if (job.type == config::JobType::kAudienceExport) return mapping_json(config::list_identifiers(job));
  return mapping_json(key == "identifiers" ? job.conversions.identifiers
                      : key == "event"     ? job.conversions.event
                                           : job.conversions.details);
}

Kind kind_of(const config::JobText& row) {
  const auto same = [&](const Key& key) {
    return key.path.starts_with(kJobs) && key.path.substr(kJobs.size()) == row.key &&
           key.only_type == row.only_type;
  };
  return std::ranges::find_if(config::keys(), same)->kind;
}

std::string host_of(std::string_view url) {
  const size_t begins = url.find("://") + 3;
  return std::string(url.substr(begins, url.find('/', begins) - begins));
}

}  // namespace

Json settings_json(const config::JobSettings& settings) {
  const std::string_view type = kTypes[settings.type == config::JobType::kConversionsExport];
  Json json = Json::object();
  for (const config::JobText& row : config::job_texts()) {
    if (row.text == nullptr || (!row.only_type.empty() && row.only_type != type)) continue;
    const std::string text = row.text(settings);
    if (text.empty()) continue;
    const Kind kind = kind_of(row);
    const size_t dot = row.key.find('.');
    Json& group = dot == std::string_view::npos ? json : json[std::string(row.key.substr(0, dot))];
    group[std::string(row.key.substr(dot + 1))] =
        kind == Kind::kMapping ? mapping_of(settings, row.key) : value_of(kind, text);
  }
  return json;
}

Json changed_settings(const config::JobSettings& before, const config::JobSettings& after) {
  const Json old = settings_json(before), wanted = settings_json(after);
  Json changes = Json::array();
  for (const auto& [name, value] : wanted.items()) {
    const Json was = old.contains(name) ? old[name] : Json();
    if (was != value) changes.push_back({{"setting", name}, {"from", was}, {"to", value}});
  }
  for (const auto& [name, value] : old.items())
    if (!wanted.contains(name)) changes.push_back({{"setting", name}, {"from", value}, {"to", nullptr}});
  return changes;
}

Result<Output> run_provider_settings(const Arguments&) {
  Output output;
  output.json = {{"settings", Json::array()}};
  TextTable table;
  table.row({"KEY", "TYPE", "OF", "DEFAULT", "LEVEL"});
  for (const Key& key : config::keys()) {
    if (!key.path.starts_with(kJobs)) continue;
    const Json json = setting_json(key);
    table.row({std::string(key.path.substr(kJobs.size())), std::string(name_of(key.kind)),
               key.only_type.empty() ? "all jobs" : std::string(key.only_type),
               key.required ? "(required)" : std::string(key.standard), json["level"].get<std::string>()});
    output.json["settings"].push_back(json);
  }
  output.text = table.text();
  return output;
}

Result<Output> run_reason_list(const Arguments&) {
  Output output;
  output.json = {{"reasons", Json::array()}, {"conditions", Json::array()}};
  TextTable table;
  table.row({"CODE", "COUNTS AS", "MEANING", "FIX"});
  for (const exports::ReasonInfo& each : exports::kReasons) {
    if (each.reason == exports::Reason::kNone) continue;
    const std::string_view outcome = outcome_name(each.outcome);
    output.json["reasons"].push_back(
        {{"code", each.name}, {"outcome", outcome}, {"meaning", each.meaning}, {"fix", each.fix}});
    table.row(
        {std::string(each.name), std::string(outcome), std::string(each.meaning), std::string(each.fix)});
  }
  for (const Condition& each : conditions()) {
    output.json["conditions"].push_back({{"code", each.code}, {"meaning", each.meaning}, {"fix", each.fix}});
    table.row({std::string(each.code), "(of a job)", std::string(each.meaning), std::string(each.fix)});
  }
  output.text = table.text();
  return output;
}

Result<Output> run_alert_kinds(const Arguments&) {
  Output output;
  output.json = {{"kinds", Json::array()}};
  TextTable table;
  table.row({"KIND", "WATCHES", "TAKES", "MEANING"});
  for (const alerts::Kind& each : alerts::kinds()) {
    std::vector<std::string> takes;
    Json standards = Json::object();
    for (const alerts::Threshold& threshold : alerts::thresholds_of(each)) {
      takes.emplace_back(threshold.name);
      if (threshold.standard != alerts::kNone) standards[takes.back()] = threshold.standard;
    }
    table.row({std::string(each.name), std::string(each.watches), joined(takes), std::string(each.meaning)});
    output.json["kinds"].push_back({{"kind", each.name},
                                    {"watches", each.watches},
                                    {"meaning", each.meaning},
                                    {"takes", std::move(takes)},
                                    {"defaults", std::move(standards)},
                                    {"daily", each.daily},
                                    {"next_step", each.next_step}});
  }
  output.text = table.text();
  return output;
}

Result<Output> run_service_show(Context& context, const Arguments&) {
  const config::Config& config = context.config;
  const std::string host = host_of(config.pinterest_base_url);
  Output output;
  output.json = {{"version", program_version()},
                 {"simulated", !is_pinterest(config.pinterest_base_url)},
                 {"pinterest_host", host},
                 {"public_url", config.public_url.empty() ? Json() : Json(config.public_url)},
                 {"plain_http", config.plain_http},
                 {"suspended", suspended_text(context)}};
  TextTable table;
  table.row({"Version", std::string(program_version())});
  table.row({"Sends to", plain(host)});
  table.row({"Address", config.public_url.empty() ? "(no public_url)" : plain(config.public_url)});
  output.text = table.text() + notices(context);
  return output;
}

}  // namespace pinrelay::cli
