#include "cli/event_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/people.h"
#include "cli/shown_value.h"
#include "exports/mapping.h"
#include "identity/blank.h"
#include "identity/mask.h"
#include "identity/placeholder.h"

namespace pinrelay::cli {
namespace {

using exports::OutcomeClass;
using exports::Reason;
using pinterest::ConversionField;
using pinterest::FieldValue;
using pinterest::Place;

// What stands in the event under the target, as far as it is shown.
Json sent(const Json& event, const ConversionField& target) {
  const char* object = target.place == Place::kUserData     ? "user_data"
                       : target.place == Place::kCustomData ? "custom_data"
                       : target.place == Place::kContents   ? "custom_data"
                       : target.place == Place::kAppInfo    ? "app_info"
                       : target.place == Place::kDeviceInfo ? "device_info"
                                                            : "";
  const Json& from = *object == '\0' ? event : event.contains(object) ? event.at(object) : event;
  const std::string key(target.key());
  if (target.place == Place::kContents) {
    Json items = Json::array();
    if (from.contains("contents"))
      for (const Json& item : from.at("contents"))
        items.push_back(item.contains(key) ? shown_json(target, item.at(key)) : Json());
    return items;
  }
  if (!from.contains(key)) return nullptr;
  return shown_json(target, from.at(key));
}

}  // namespace

EventScan::EventScan(const FieldNumbers& fields, const config::JobSettings& settings, Time now,
                     size_t samples)
    : catalog_(fields.catalog()),
      settings_(settings),
      now_(now),
      builder_(exports::event_mapping(settings.conversions)),
      fields_(exports::mapped_fields(settings.conversions)),
      filled_(fields_.size()),
      samples_max_(samples) {
  for (const std::string& field : fields_) numbers_.push_back(fields.find(field));
  consent_ = fields.find(settings.consent_field);
}

void EventScan::run(store::Profiles& profiles, bool until_sampled, const std::stop_token& stop) {
  store::AudienceNumber audience = 0;
  if (!catalog_.find_audience(settings_.audience, audience)) return;
  profiles.scan({}, [&](const store::ProfileId& profile, const store::Person& person) {
    if (person.member_of(audience)) count(profile, person);
    return !stop.stop_requested() && (!until_sampled || samples_.size() < samples_max_);
  });
}

void EventScan::write(Json& out) const {
  Json not_sent = Json::object(), notes = Json::object();
  for (size_t i = 0; i < reasons_.size(); ++i) {
    if (reasons_[i] == 0) continue;
    const bool note = exports::kReasons[i].outcome == OutcomeClass::kNote;
    (note ? notes : not_sent)[std::string(exports::kReasons[i].name)] = reasons_[i];
  }
  out["members"] = members_;
  out["events"] = events_;
  out["not_sent"] = not_sent;
  out["notes"] = notes;
  out["coverage"] = Json::array();
  for (size_t i = 0; i < fields_.size(); ++i)
    out["coverage"].push_back(
        {{"field", fields_[i]}, {"target", builder_.mapping().targets[i]->target}, {"people", filled_[i]}});
}

Reason EventScan::consent_of(const store::Person& person) const {
  if (settings_.consent_field.empty()) return Reason::kNone;
  const store::StoredField* consent = consent_ ? person.field(*consent_) : nullptr;
  return consent == nullptr ? Reason::kNoConsent : exports::read_consent(consent->type, consent->value);
}

std::vector<FieldValue> EventScan::values_of(const store::Person& person) const {
  std::vector<FieldValue> values(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    const store::StoredField* field = numbers_[i] ? person.field(*numbers_[i]) : nullptr;
    if (field != nullptr) values[i] = {field->type, field->value};
  }
  return values;
}

void EventScan::count(const store::ProfileId& profile, const store::Person& person) {
  ++members_;
  if (const Reason consent = consent_of(person); consent != Reason::kNone) return add(consent);
  const std::vector<FieldValue> values = values_of(person);
  for (size_t i = 0; i < values.size(); ++i) filled_[i] += values[i].type != store::ValueType::kNull;
  const pinterest::BuiltEvent& event = builder_.build(values, now_);
  for (const pinterest::DroppedValue& dropped : event.dropped) add(exports::reason_of(dropped.problem));
  if (event.problem != pinterest::EventProblem::kNone) return add(exports::reason_of(event.problem));
  ++events_;
  if (event.late) add(Reason::kLate);
  if (event.ambiguous_time) add(Reason::kAmbiguousTime);
  if (samples_.size() == samples_max_) return;
  samples_.push_back({event.json,
                      {{"profile_id", id_text(profile)},
                       {"event_time", event.event_time},
                       {"values", values_json(values, event)}}});
}

Json EventScan::look(const store::Person& person) {
  const std::vector<FieldValue> values = values_of(person);
  const pinterest::BuiltEvent& event = builder_.build(values, now_);
  const bool builds = event.problem == pinterest::EventProblem::kNone;
  Json reason;
  if (!builds) reason = exports::info(exports::reason_of(event.problem)).name;
  if (const Reason consent = consent_of(person); consent != Reason::kNone)
    reason = exports::info(consent).name;
  return {{"values", values_json(values, event)}, {"reason", reason}};
}

// A row for each mapped field, then one for what is the same for everybody, where it counts.
Json EventScan::values_json(const std::vector<FieldValue>& values, const pinterest::BuiltEvent& event) {
  const Json json = event.json.empty() ? Json::object() : Json::parse(event.json);
  Json out = Json::array();
  std::set<const ConversionField*> filled;
  const auto add = [&](const std::string& field, const ConversionField& target, Json raw, Json normalised,
                       bool counts) {
    Json left_out = Json::array();
    for (const pinterest::DroppedValue& dropped : event.dropped)
      if (counts && dropped.target == &target) left_out.push_back(pinterest::to_text(dropped.problem));
    out.push_back({{"field", field},
                   {"target", target.target},
                   {"raw", std::move(raw)},
                   {"normalised", std::move(normalised)},
                   {"left_out", left_out},
                   {"sent", counts ? sent(json, target) : Json()}});
  };
  for (size_t i = 0; i < fields_.size(); ++i) {
    const ConversionField& target = *builder_.mapping().targets[i];
    Json raw = Json::array();
    bool blank = true;
    store::for_each_item(values[i].type, values[i].value, [&](const store::ItemView& item) {
      raw.push_back(shown_value(target, item.text));
      const std::string_view text = identity::trim(item.text);
      blank = blank && (text.empty() || identity::is_placeholder(text));
    });
    if (!blank) filled.insert(&target);
    // What is sent where this field is blank has come from another one, unless we have filled it in (the
    // time).
    const auto& mapping = builder_.mapping();
    const bool alone =
        std::ranges::count(mapping.targets, &target) == 1 &&
        std::ranges::find(mapping.fixed, &target, &pinterest::FixedValue::target) == mapping.fixed.end();
    add(fields_[i], target, std::move(raw), normalised(target, values[i]), !blank || alone);
  }
  for (const pinterest::FixedValue& each : builder_.mapping().fixed)
    if (!filled.contains(each.target)) add("", *each.target, {each.text}, nullptr, true);
  return out;
}

Json EventScan::normalised(const ConversionField& target, const FieldValue& value) {
  if (!target.hashed()) return nullptr;
  Json out = Json::array();
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    if (const auto text = builder_.normalised(target, item.text)) out.push_back(identity::mask(*text));
  });
  return out.empty() ? Json() : out;
}

std::string values_text(const Json& values) {
  std::string text;
  for (const Json& value : values) {
    const Json& normalised = value["normalised"];
    text += fmt::format(
        "    {} → {}: {}{} → {}",
        value["field"] == "" ? "the same for everybody" : plain(value["field"].get<std::string>()),
        value["target"].get<std::string>(), plain(json_text(value["raw"])),
        normalised.is_null() ? "" : " → " + plain(json_text(normalised)), plain(json_text(value["sent"])));
    for (const Json& reason : value["left_out"]) text += ", left out: " + reason.get<std::string>();
    text += "\n";
  }
  return text;
}

std::string sample_text(const Json& shown) {
  return "  " + shown["profile_id"].get<std::string>() + "\n" + values_text(shown["values"]);
}

}  // namespace pinrelay::cli
