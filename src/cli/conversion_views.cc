#include "cli/conversion_views.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/people.h"
#include "exports/mapping.h"
#include "exports/settings.h"
#include "identity/mask.h"

namespace pinrelay::cli {
namespace {

using exports::OutcomeClass;
using exports::Reason;
using store::EventClass;

// What the present members would become.
class PlanScan {
 public:
  PlanScan(Context& context, const config::JobSettings& settings, size_t shown)
      : context_(context),
        settings_(settings),
        builder_(exports::event_mapping(settings.conversions)),
        fields_(exports::mapped_fields(settings.conversions)),
        filled_(fields_.size()),
        shown_(shown) {
    store::Catalog& catalog = context.store().catalog;
    for (const std::string& field : fields_) {
      store::FieldNumber number = 0;
      numbers_.push_back(catalog.find_field(field, number) ? std::optional(number) : std::nullopt);
    }
    store::FieldNumber number = 0;
    if (catalog.find_field(settings.consent_field, number)) consent_ = number;
  }

  void run() {
    store::AudienceNumber audience = 0;
    if (!context_.store().catalog.find_audience(settings_.audience, audience)) return;
    context_.store().profiles.scan({}, [&](const store::ProfileId& profile, const store::Person& person) {
      if (person.member_of(audience)) count(profile, person);
      return true;
    });
  }

  void write(Json& out) const {
    Json invalid = Json::object(), notes = Json::object();
    for (size_t i = 0; i < reasons_.size(); ++i) {
      if (reasons_[i] == 0) continue;
      const bool note = exports::kReasons[i].outcome == OutcomeClass::kNote;
      (note ? notes : invalid)[std::string(exports::kReasons[i].name)] = reasons_[i];
    }
    out["members"] = members_;
    out["events"] = events_;
    out["not_sent"] = invalid;
    out["notes"] = notes;
    out["coverage"] = Json::array();
    for (size_t i = 0; i < fields_.size(); ++i)
      out["coverage"].push_back(
          {{"field", fields_[i]}, {"target", builder_.mapping().targets[i]->target}, {"people", filled_[i]}});
    out["requests"] = (events_ + kEventsInRequest - 1) / kEventsInRequest;
    if (shown_ > 0) out["first_events"] = first_;
  }

 private:
  static constexpr int64_t kEventsInRequest = 1'000;

  void count(const store::ProfileId& profile, const store::Person& person) {
    ++members_;
    if (!settings_.consent_field.empty()) {
      const store::StoredField* consent = consent_ ? person.field(*consent_) : nullptr;
      if (consent == nullptr || !exports::says_yes(consent->type, consent->value))
        return add(Reason::kNoConsent);
    }
    std::vector<pinterest::FieldValue> values(fields_.size());
    for (size_t i = 0; i < fields_.size(); ++i) {
      const store::StoredField* field = numbers_[i] ? person.field(*numbers_[i]) : nullptr;
      if (field == nullptr) continue;
      values[i] = {field->type, field->value};
      ++filled_[i];
    }
    const pinterest::BuiltEvent& event = builder_.build(values, context_.clock.now());
    for (const pinterest::DroppedValue& dropped : event.dropped) add(exports::reason_of(dropped.problem));
    if (event.problem != pinterest::EventProblem::kNone) return add(exports::reason_of(event.problem));
    ++events_;
    if (event.late) add(Reason::kLate);
    if (event.ambiguous_time) add(Reason::kAmbiguousTime);
    if (first_.size() < shown_) show(profile, values, event);
  }
  void add(Reason reason) { ++reasons_[static_cast<size_t>(reason)]; }

  // Raw (masked) and as it is sent; what goes in clear and tells a person apart is masked, too.
  void show(const store::ProfileId& profile, const std::vector<pinterest::FieldValue>& values,
            const pinterest::BuiltEvent& event) {
    const Json json = Json::parse(event.json);
    Json shown = {
        {"profile_id", id_text(profile)}, {"event_time", event.event_time}, {"values", Json::array()}};
    for (size_t i = 0; i < fields_.size(); ++i) {
      const pinterest::ConversionField& target = *builder_.mapping().targets[i];
      Json raw = Json::array();
      store::for_each_item(values[i].type, values[i].value,
                           [&](const store::ItemView& item) { raw.push_back(identity::mask(item.text)); });
      shown["values"].push_back(
          {{"field", fields_[i]}, {"target", target.target}, {"raw", raw}, {"sent", sent(json, target)}});
    }
    first_.push_back(std::move(shown));
  }
  static Json sent(const Json& event, const pinterest::ConversionField& target) {
    using pinterest::Place;
    const char* object = target.place == Place::kUserData     ? "user_data"
                         : target.place == Place::kCustomData ? "custom_data"
                         : target.place == Place::kAppInfo    ? "app_info"
                         : target.place == Place::kDeviceInfo ? "device_info"
                                                              : "";
    const Json& from = *object == '\0' ? event : event.contains(object) ? event.at(object) : event;
    const std::string key(target.key());
    if (!from.contains(key)) return nullptr;
    Json value = from.at(key);
    if (target.place != Place::kUserData) return value;
    if (value.is_string()) return identity::mask(value.get<std::string>());
    for (Json& item : value) item = identity::mask(item.get<std::string>());
    return value;
  }

  Context& context_;
  const config::JobSettings& settings_;
  pinterest::EventBuilder builder_;
  const std::vector<std::string> fields_;
  std::vector<std::optional<store::FieldNumber>> numbers_;
  std::optional<store::FieldNumber> consent_;
  int64_t members_ = 0, events_ = 0;
  std::array<int64_t, static_cast<size_t>(Reason::kCount)> reasons_{};
  std::vector<int64_t> filled_;
  const size_t shown_;
  Json first_ = Json::array();
};

std::string counts_text(const Json& counts) {
  std::string text;
  for (const auto& [name, count] : counts.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, thousands(count.get<int64_t>()));
  return text;
}

}  // namespace

Json events_json(Context& context, const exports::Job& job) {
  const exports::List& list = context.engine.core().lists.at(job.row.list);
  const auto count = [&](EventClass c) { return context.store().events.count(list.row.number, c); };
  int64_t in_flight = 0;
  for (const store::EventAttempt& attempt : list.events_open)
    in_flight += static_cast<int64_t>(attempt.entries.size());
  return {{"live", count(EventClass::kLive)},
          {"backfill", count(EventClass::kBackfill)},
          {"waiting_for_another", count(EventClass::kWaiting)},
          {"test", count(EventClass::kTest)},
          {"in_flight", in_flight},
          {"existing_users", job.settings.conversions.existing_users},
          {"test_mode", job.settings.conversions.test_mode}};
}

void add_events(TextTable& table, const Json& events) {
  const auto number = [&](const char* name) { return thousands(events[name].get<int64_t>()); };
  table.row({"Frozen", fmt::format("{} live, {} of the backfill; {} in flight", number("live"),
                                   number("backfill"), number("in_flight"))});
  if (events["waiting_for_another"] != 0)
    table.row({"Waiting", number("waiting_for_another") + " for another event of the same name and id"});
  table.row({"Existing users", events["existing_users"] == true ? "are sent" : "are not sent"});
  if (events["test_mode"] == true)
    table.row({"TEST MODE", "Pinterest records nothing, and what is sent so is never sent again"});
}

Json conversion_plan(Context& context, const config::JobSettings& settings, size_t shown) {
  const exports::Job* known = context.engine.jobs().find(settings.name);
  const bool same = known != nullptr && known->row.settings == exports::write_settings(settings);
  Json out = {{"name", settings.name},
              {"label", settings.label},
              {"type", "conversions_export"},
              {"change", known == nullptr ? "new"
                         : same           ? "unchanged"
                                          : "changed"},
              {"existing_users", settings.conversions.existing_users},
              {"test_mode", settings.conversions.test_mode}};
  PlanScan scan(context, settings, shown);
  scan.run();
  scan.write(out);
  return out;
}

std::string conversion_plan_text(const Json& plan) {
  TextTable table("  ");
  const auto number = [&](const char* name) { return thousands(plan[name].get<int64_t>()); };
  table.row(
      {"Members", fmt::format("{}, of whom {} would become an event", number("members"), number("events"))});
  if (!plan["not_sent"].empty()) table.row({"Not sent", counts_text(plan["not_sent"])});
  if (!plan["notes"].empty()) table.row({"Noted", counts_text(plan["notes"])});
  for (const Json& field : plan["coverage"])
    table.row({field == plan["coverage"][0] ? "Coverage" : "",
               fmt::format("{} → {}: {} people", plain(field["field"].get<std::string>()),
                           field["target"].get<std::string>(), thousands(field["people"].get<int64_t>()))});
  table.row(
      {"Existing users", plan["existing_users"] == true
                             ? fmt::format("are sent at the start, in about {} requests", number("requests"))
                             : "are not sent; only who enters or leaves from the start on"});
  if (plan["test_mode"] == true) table.row({"TEST MODE", "Pinterest records nothing"});
  std::string text =
      fmt::format("Job {}: {}\n", plain(plan["name"].get<std::string>()), plan["change"].get<std::string>()) +
      table.text();
  if (!plan.contains("first_events")) return text;
  for (const Json& event : plan["first_events"]) {
    text += "  " + event["profile_id"].get<std::string>() + "\n";
    for (const Json& value : event["values"])
      text += fmt::format("    {} → {}: {} → {}\n", plain(value["field"].get<std::string>()),
                          value["target"].get<std::string>(), plain(value["raw"].dump()),
                          plain(value["sent"].dump()));
  }
  return text;
}

}  // namespace pinrelay::cli
