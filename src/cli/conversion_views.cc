#include "cli/conversion_views.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/event_scan.h"
#include "cli/handlers.h"
#include "cli/unknown_names.h"
#include "exports/mapping.h"
#include "exports/settings.h"

namespace pinrelay::cli {
namespace {

using store::EventClass;

constexpr int64_t kEventsInRequest = 1'000;

// Fields that a mapping could use: not mapped yet, with a name that says what they hold.
Json suggestions(const store::Catalog& catalog, const config::JobSettings& settings) {
  const std::vector<std::string> mapped = exports::mapped_fields(settings.conversions);
  const pinterest::EventMapping mapping = exports::event_mapping(settings.conversions);
  Json out = Json::array();
  for (const store::FieldInfo& field : catalog.fields()) {
    const pinterest::ConversionField* target = pinterest::suggest_conversion_field(field.name);
    const bool used = target == nullptr || std::ranges::find(mapped, field.name) != mapped.end() ||
                      std::ranges::find(mapping.targets, target) != mapping.targets.end();
    if (used || field.people == 0 || field.removed()) continue;
    out.push_back({{"field", field.name},
                   {"target", target->target},
                   {"group", pinterest::to_text(target->group)},
                   {"people", field.people}});
  }
  return out;
}

// How many frozen events are held once the job has these settings.
int64_t held_with(Context& context, const exports::Job& known, const config::JobSettings& settings) {
  exports::Job job = known;
  job.settings = settings;
  return exports::held_events(context.store(), job);
}

// How many frozen events the job would not make with these settings. They were owed when they were frozen, so
// an edit does not take them back. Which of them are exits is not stored, so a change of membership_events
// counts all.
int64_t no_longer_covered(Context& context, const exports::Job& known, const config::JobSettings& settings) {
  using store::EntryKind;
  const bool other_audience = known.settings.audience != settings.audience;
  const auto drops = [&](EntryKind kind) {
    return exports::wants(known.settings.conversions, kind) && !exports::wants(settings.conversions, kind);
  };
  int64_t count = 0;
  const auto add = [&](EventClass c) { count += context.store().events.count(known.row.list, c); };
  if (other_audience || drops(EntryKind::kEnter) || drops(EntryKind::kExit))
    for (const EventClass c :
         {EventClass::kLive, EventClass::kWaiting, EventClass::kHeld, EventClass::kRefused})
      add(c);
  if (other_audience) add(EventClass::kBackfill);
  return count;
}

}  // namespace

Json events_json(Context& context, const exports::Job& job) {
  const exports::List& list = context.engine.core().lists.at(job.row.list);
  const auto count = [&](EventClass c) { return context.store().events.count(list.row.number, c); };
  const int64_t held = exports::held_events(context.store(), job);
  const int64_t held_since_restore = count(EventClass::kHeld);
  int64_t in_flight = 0;
  for (const store::EventAttempt& attempt : list.events_open)
    in_flight += static_cast<int64_t>(attempt.entries.size());
  const auto oldest = context.store().events.earliest(list.row.number);
  return {{"live", count(EventClass::kLive)},
          {"backfill", count(EventClass::kBackfill)},
          {"waiting_for_another", count(EventClass::kWaiting)},
          {"test", count(EventClass::kTest)},
          {"in_flight", in_flight},
          {"held_in_test_mode", held - held_since_restore},
          {"held_since_restore", held_since_restore},
          {"scan_held_since_restore", exports::scan_held(job)},
          {"refused_until_resume", count(EventClass::kRefused)},
          {"oldest_event_time", oldest ? json_time(*oldest) : Json()},
          {"existing_users", job.settings.conversions.existing_users},
          {"test_mode", job.settings.conversions.test_mode}};
}

void add_events(TextTable& table, const Json& events) {
  const auto number = [&](const char* name) { return thousands(events[name].get<int64_t>()); };
  table.row({"Frozen", fmt::format("{} live, {} of the backfill; {} in flight", number("live"),
                                   number("backfill"), number("in_flight"))});
  if (!events["oldest_event_time"].is_null())
    table.row({"Oldest", "of " + events["oldest_event_time"].get<std::string>()});
  if (events["waiting_for_another"] != 0)
    table.row({"Waiting", number("waiting_for_another") + " for another event of the same name and id"});
  if (events["held_in_test_mode"] != 0)
    table.row({"Held", number("held_in_test_mode") +
                           " real events while test mode is on; they grow older, and go on after it"});
  if (events["held_since_restore"] != 0)
    table.row({"Held", number("held_since_restore") +
                           " restored events, until 'pinrelay job release' or 'pinrelay job discard'"});
  if (events["scan_held_since_restore"] == true)
    table.row(
        {"Held", "the scan of present members, until 'pinrelay job release' or 'pinrelay job discard'"});
  if (events["refused_until_resume"] != 0)
    table.row({"Refused", number("refused_until_resume") +
                              " lately; 'pinrelay job resume' sends them again if nothing succeeds before"});
  table.row({"Existing users", events["existing_users"] == true ? "are sent" : "are not sent"});
  if (events["test_mode"] == true)
    table.row({"TEST MODE", "Pinterest records nothing, and what is sent so is never sent again"});
}

Json conversion_plan(Context& context, const config::JobSettings& settings) {
  const exports::Job* known = context.engine.jobs().find(settings.name);
  const bool same = known != nullptr && known->row.settings == exports::write_settings(settings);
  return {{"name", settings.name},
          {"label", settings.label},
          {"type", "conversions_export"},
          {"change", known == nullptr ? "new"
                     : same           ? "unchanged"
                                      : "changed"},
          {"settings", known == nullptr ? Json::array() : changed_settings(known->settings, settings)},
          {"existing_users", settings.conversions.existing_users},
          {"scans_members", exports::scans_members(known, settings)},
          {"events_held", known == nullptr ? 0 : held_with(context, *known, settings)},
          {"events_no_longer_covered", known == nullptr ? 0 : no_longer_covered(context, *known, settings)},
          {"test_mode", settings.conversions.test_mode},
          {"unknown_names", unknown_names(context.store().catalog, settings)},
          {"warnings", exports::settings_warnings(settings)}};
}

void count_conversions(store::Snapshot& people, const config::JobSettings& settings, Time now, size_t shown,
                       const std::stop_token& stop, Json& plan) {
  EventScan scan(FieldNumbers(people.catalog), settings, now, shown);
  scan.run(people.profiles, false, stop);
  scan.write(plan);
  plan["requests"] = (scan.events() + kEventsInRequest - 1) / kEventsInRequest;
  plan["suggestions"] = suggestions(people.catalog, settings);
  if (shown == 0) return;
  plan["first_events"] = Json::array();
  for (const EventSample& sample : scan.samples()) plan["first_events"].push_back(sample.shown);
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
  for (const Json& field : plan["suggestions"])
    table.row({field == plan["suggestions"][0] ? "Could be mapped" : "",
               fmt::format("{}: {{{}: {}}}, known of {} people", field["group"].get<std::string>(),
                           plain(field["field"].get<std::string>()), field["target"].get<std::string>(),
                           thousands(field["people"].get<int64_t>()))});
  table.row({"Existing users",
             plan["scans_members"] == true
                 ? fmt::format("are sent once it runs, in about {} requests, but not again who has been sent",
                               number("requests"))
             : plan["existing_users"] == true ? "are asked for already"
                                              : "are not sent; only who enters or leaves from the start on"});
  if (plan["test_mode"] == true) table.row({"TEST MODE", "Pinterest records nothing"});
  if (plan["events_held"] != 0)
    table.row({"Held", number("events_held") + (plan["test_mode"] == true
                                                    ? " real events that wait are held while test mode is on"
                                                    : " restored events wait for a person's decision")});
  for (const Json& name : plan["unknown_names"]) table.row({"Warning", name.get<std::string>()});
  if (plan["events_no_longer_covered"] != 0)
    table.row(
        {"Still sent", "up to " + number("events_no_longer_covered") +
                           " events that wait, though the changed audience or membership_events no longer "
                           "covers them"});
  for (const Json& warning : plan["warnings"]) table.row({"Warning", warning.get<std::string>()});
  std::string text =
      fmt::format("Job {}: {}\n", plain(plan["name"].get<std::string>()), plan["change"].get<std::string>()) +
      table.text();
  if (!plan.contains("first_events")) return text;
  for (const Json& event : plan["first_events"]) text += sample_text(event);
  return text;
}

}  // namespace pinrelay::cli
