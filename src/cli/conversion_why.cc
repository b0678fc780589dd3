#include "cli/conversion_why.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/event_scan.h"
#include "cli/format.h"
#include "cli/job_status.h"

namespace pinrelay::cli {
namespace {

using store::Event;
using store::EventAttempt;
using store::EventAttemptEntry;
using store::EventClass;

constexpr const char* kClassNames[] = {"", "live", "backfill", "waiting", "test", "held", "refused"};
constexpr const char* kResultTexts[] = {"under way",
                                        "accepted",
                                        "refused",
                                        "no clear end, sent again with the same bytes",
                                        "not accepted as a whole, sent again with the same bytes",
                                        "accepted as a test; nothing is recorded"};
constexpr size_t kShown = 20;
constexpr size_t kRecordsSearched = 100'000;

// What happens with the event from here, in plain words.
std::string next_of(const exports::Job& job, const exports::List& list, const Event& event) {
  if (list.in_flight(event.number)) return "a request that carries it is open; its answer decides";
  if (event.event_class == EventClass::kWaiting)
    return "an event of the same name and id is being sent; this one is sent only if that one is refused";
  if (event.event_class == EventClass::kRefused)
    return fmt::format("nothing, unless this comes before a success: pinrelay job resume {}", job.row.name);
  if (event.event_class == EventClass::kHeld)
    return fmt::format(
        "held since the restore, because it may have been sent after the backup: pinrelay job release {} or "
        "pinrelay job discard {}",
        job.row.name, job.row.name);
  if (job.settings.conversions.test_mode && event.event_class != EventClass::kTest)
    return "held while the job is in test mode; it goes on when test_mode is false";
  if (!job.running()) return fmt::format("nothing, until: pinrelay job resume {}", job.row.name);
  if (to_millis(event.first_attempt_at) != 0)
    return "it is sent again with the same bytes, until 20 hours after the first attempt";
  return "it is sent with one of the next requests";
}

Json event_json(const exports::Job& job, const exports::List& list, const Event& event) {
  return {{"number", event.number},
          {"class", kClassNames[static_cast<size_t>(event.event_class)]},
          {"event_time", json_time(event.happened)},
          {"first_attempt_at", json_time(event.first_attempt_at)},
          {"attempts_of_unknown_outcome", event.attempts},
          {"in_flight", list.in_flight(event.number)},
          {"next", next_of(job, list, event)}};
}

// Frozen and without an outcome, oldest first.
Json waiting_json(Context& context, const exports::Job& job, const store::ProfileId& id) {
  store::Events& events = context.store().events;
  const exports::List& list = context.engine.core().lists.at(job.row.list);
  std::vector<Event> found;
  for (const store::PagePlace page : events.pages.with_person(id))
    for (Event& event : events.pages.get(page))
      if (event.profile == id && event.job == job.row.number) found.push_back(std::move(event));
  for (auto& [number, event] : events.of_person(id))
    if (event.job == job.row.number) found.push_back(std::move(event));
  std::ranges::sort(found, {}, &Event::number);
  Json out = Json::array();
  for (const Event& event : found) out.push_back(event_json(job, list, event));
  return out;
}

// What requests carried of this person, newest first.
Json attempts_json(Context& context, const exports::Job& job, const store::ProfileId& id) {
  Json out = Json::array();
  const auto add = [&](const EventAttempt& attempt) {
    if (attempt.list != job.row.list) return true;
    for (const EventAttemptEntry& entry : attempt.entries) {
      if (entry.profile != id) continue;
      const auto request = context.store().request_log.get(attempt.request);
      out.push_back({{"number", entry.number},
                     {"request", attempt.request},
                     {"at", json_time(attempt.started_at)},
                     {"event_time", json_time(entry.happened)},
                     {"as_offline", attempt.offline},
                     {"result", store::kEventResultNames[entry.result]},
                     {"status", request && request->status != 0 ? Json(request->status) : Json()},
                     {"pinterest_request_id", request ? Json(request->request_id) : Json()}});
    }
    return out.size() < kShown;
  };
  for (const EventAttempt& attempt : context.engine.core().lists.at(job.row.list).events_open) add(attempt);
  context.store().events.each_attempt(add);
  return out;
}

Json not_sent_json(Context& context, const exports::Job& job, const store::ProfileId& id) {
  Json out = Json::array();
  for (const store::RecordRow& row : context.store().records(job.row.number, kRecordsSearched)) {
    if (row.reason >= exports::kReasons.size() || !std::ranges::equal(row.profile, id.bytes)) continue;
    const exports::ReasonInfo& info = exports::info(static_cast<exports::Reason>(row.reason));
    out.push_back({{"at", json_time(row.at)},
                   {"reason", info.name},
                   {"meaning", info.meaning},
                   {"fix", info.fix},
                   {"request", row.request == 0 ? Json() : Json(row.request)},
                   {"detail", row.detail}});
    if (out.size() == kShown) break;
  }
  return out;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

}  // namespace

Json membership_json(Context& context, exports::Job& job, const store::Person& person) {
  const store::AudienceNumber audience = job.row.audience;
  const bool member = person.member_of(audience);
  Json json = {{"job", job.row.name},
               {"state", read_status(context, job).state},
               {"audience", job.settings.audience},
               {"member", member}};
  json["member_since"] = nullptr;
  for (const store::StoredMembership& membership : person.memberships)
    if (membership.audience == audience)
      json[member ? "member_since" : "left_at"] = json_time(from_millis(membership.at));
  return json;
}

Json conversion_way_json(Context& context, exports::Job& job, const store::ProfileId& id,
                         const store::Person& person) {
  Json json = membership_json(context, job, person);
  json["type"] = "conversions_export";
  EventScan scan(FieldNumbers(context.store().catalog), job.settings, context.clock.now());
  json["today"] = scan.look(person);
  json["waiting"] = waiting_json(context, job, id);
  json["attempts"] = attempts_json(context, job, id);
  json["not_sent"] = not_sent_json(context, job, id);
  return json;
}

std::string conversion_way_text(const Json& way, Time now) {
  const auto when = [&](const Json& at) {
    const auto time = at.is_string() ? parse_rfc3339(at.get<std::string>()) : Result<Time>(Time{});
    return when_text(time.ok() ? *time : Time{}, now);
  };
  TextTable table("  ");
  if (!way["today"]["reason"].is_null())
    table.row({"Today", "would become no event: " + text_of(way["today"]["reason"])});
  for (const Json& event : way["waiting"]) {
    table.row({fmt::format("Event {}", event["number"].get<int64_t>()),
               fmt::format("{}, of {}", text_of(event["class"]), text_of(event["event_time"]))});
    table.row({"  Next", text_of(event["next"])});
  }
  for (const Json& attempt : way["attempts"]) {
    const char* said = kResultTexts[std::ranges::find(store::kEventResultNames, text_of(attempt["result"])) -
                                    store::kEventResultNames];
    const std::string id = text_of(attempt["pinterest_request_id"]);
    table.row({fmt::format("Event {}", attempt["number"].get<int64_t>()),
               fmt::format("request {}, {}: {}{}{}", attempt["request"].get<int64_t>(), when(attempt["at"]),
                           said, attempt["as_offline"] == true ? "; as an offline event" : "",
                           id.empty() ? "" : "; Pinterest's id " + id)});
  }
  for (const Json& record : way["not_sent"]) {
    table.row({"Not sent", fmt::format("{}, {}: {}{}", text_of(record["reason"]), when(record["at"]),
                                       text_of(record["meaning"]),
                                       record["detail"] == "" ? "" : "; " + text_of(record["detail"]))});
    if (record["fix"] != "") table.row({"  Fix", text_of(record["fix"])});
  }
  if (way["waiting"].empty() && way["attempts"].empty() && way["not_sent"].empty())
    table.row({"Events", "none: nothing about this person has reached the job since it was started"});
  return "  From today's data:\n" + values_text(way["today"]["values"]) + table.text();
}

}  // namespace pinrelay::cli
