#include "exports/settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace pinrelay::config {

// For nlohmann::json, by their names.
void to_json(nlohmann::json& out, const MappedField& mapped) {
  out = {mapped.field, mapped.target};
  if (!mapped.others.empty() || !mapped.standard.empty())
    out.insert(out.end(), {nlohmann::json(mapped.others), nlohmann::json(mapped.standard)});
}
void from_json(const nlohmann::json& in, MappedField& mapped) {
  mapped = {in.at(0).get<std::string>(), in.at(1).get<std::string>()};
  if (in.size() < 4) return;
  mapped.others = in.at(2).get<std::vector<std::string>>();
  mapped.standard = in.at(3).get<std::string>();
}

}  // namespace pinrelay::config

namespace pinrelay::exports {
namespace {

using nlohmann::json;

template <typename Settings, typename F>
void each_conversion_setting(Settings& settings, F f) {
  f("identifiers", settings.identifiers), f("event", settings.event), f("details", settings.details);
  f("action_source_default", settings.action_source_default),
      f("event_name_default", settings.event_name_default);
  f("partner_name_default", settings.partner_name_default), f("existing_users", settings.existing_users);
  f("membership_events", settings.membership_events);
  f("on_event_time_unparsable", settings.on_event_time_unparsable),
      f("event_max_age", settings.event_max_age);
  f("date_order", settings.date_order), f("time_zone", settings.time_zone);
  f("default_country", settings.default_country), f("content_ids_separator", settings.content_ids_separator);
  f("test_mode", settings.test_mode);
}

// The settings once, for reading and writing alike: f(name, member). The type comes first: it says which
// follow.
template <typename Job, typename F>
void each_setting(Job& job, F f) {
  f("type", job.type), f("name", job.name), f("label", job.label), f("description", job.description);
  f("authorization", job.authorization), f("audience", job.audience), f("ad_account", job.ad_account);
  f("list_prefix", job.list_prefix), f("create_audience", job.create_audience);
  f("email_field", job.email_field), f("sha256_email_field", job.sha256_email_field);
  f("mobile_id_field", job.mobile_id_field), f("maid_case", job.maid_case),
      f("consent_field", job.consent_field);
  f("flush_after", job.flush_after), f("flush_users", job.flush_users);
  f("records_per_request", job.records_per_request), f("settle_after_unknown", job.settle_after_unknown);
  f("settle_after_success", job.settle_after_success), f("brake_enabled", job.brake.enabled);
  f("brake_percent", job.brake.percent), f("brake_people", job.brake.people);
  f("reassert_weekly", job.reassert_weekly);
  if (job.type == config::JobType::kConversionsExport) each_conversion_setting(job.conversions, f);
}

}  // namespace

std::string new_list_name(const config::JobSettings& job, Time now) {
  const std::string name = fmt::format("{} {}", job.audience, to_millis(now) / 1000);
  return job.list_prefix.empty() ? name : job.list_prefix + " " + name;
}

std::string write_settings(const config::JobSettings& job) {
  json out;
  each_setting(job, [&](const char* name, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Millis>) {
      out[name] = value.count();
    } else {
      out[name] = value;
    }
  });
  if (job.list) out["list"] = {{"id", job.list->id}, {"type", job.list->type}, {"shared", job.list->shared}};
  return json_text(out);
}

Result<config::JobSettings> read_settings(const std::string& text) {
  config::JobSettings job;
  try {
    const json in = json::parse(text);
    each_setting(job, [&](const char* name, auto& value) {
      using T = std::decay_t<decltype(value)>;
      if (!in.contains(name)) return;  // written before this setting existed: its default
      if constexpr (std::is_same_v<T, Millis>) {
        value = Millis{in.at(name).get<int64_t>()};
      } else {
        value = in.at(name).get<T>();
      }
    });
    if (in.contains("list")) {
      const json& list = in.at("list");
      job.list = config::ExistingList{list.at("id").get<std::string>(),
                                      list.at("type").get<config::ListType>(), list.at("shared").get<bool>()};
    }
  } catch (const json::exception& e) {
    return Error{ErrorKind::kCorrupt, "store_corrupt",
                 std::string("a job's settings are damaged: ") + e.what(), "",
                 "apply the configuration again"};
  }
  return job;
}

}  // namespace pinrelay::exports
