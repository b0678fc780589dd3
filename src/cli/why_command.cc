// job why KEY: one person on the way from profile to list, step by step, and what comes next. Of conversions
// see conversion_why.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "cli/conversion_why.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "exports/ownership.h"
#include "identity/mask.h"

namespace pinrelay::cli {
namespace {

using exports::Reason;
using store::Operation;
using store::Presence;
using store::QueueClass;

constexpr const char* kQueueClassNames[] = {"", "add", "remove", "remove_unbraked", "settling", "waiting"};
constexpr const char* kPresenceNames[] = {"not_on_list", "on_list", "unknown"};
constexpr const char* kPresenceTexts[] = {"not on the list", "on the list",
                                          "unknown: the last request that carried it had no clear end"};

const char* operation_name(Operation operation) { return operation == Operation::kAdd ? "add" : "remove"; }

// A person, copied out of the store's buffers.
struct Known {
  store::ProfileId id;
  store::Person person;
  Bytes record;
};

Known read_known(store::Store& store, const store::ProfileId& id) {
  Known known{id, {}, {}};
  store.profiles.read(
      {id}, [&](size_t, const store::Person& person) { store::write_person(person, known.record); });
  store::read_person(known.record, known.person);
  return known;
}

// One identifier of the person on the way to the job's list.
struct Step {
  Hash hash{};
  bool wanted = false;  // by the person's present fields
  bool owned = false;   // the job has taken note of it
  store::LedgerEntry entry;
  std::optional<store::QueueRow> row;
  bool in_flight = false;
  std::optional<store::RequestRow> request;
};

Step read_step(Context& context, const exports::Job& job, const Known& known, const Hash& hash) {
  store::Store& store = context.store();
  const exports::List& list = context.engine.core().lists.at(job.row.list);
  Step step;
  step.hash = hash;
  const exports::LedgerReader ledger(context.engine.core(), job.row.list);
  store.ledger.read(job.row.list, hash, [&](size_t, ByteView record) { ledger.read(record, step.entry); });
  const auto mine = [&](const store::Owner& owner) { return owner == store::Owner{job.row.owner, known.id}; };
  step.owned = std::any_of(step.entry.owners.begin(), step.entry.owners.end(), mine);
  step.row = store.queue.get(job.row.list, hash);
  step.in_flight = list.in_flight(hash) != nullptr;
  if (step.in_flight) {
    step.request = store.request_log.get(list.open->request);
  } else if (step.entry.request != 0) {
    step.request = store.request_log.get(step.entry.request);
  }
  return step;
}

// What happens with the identifier from here, in plain words.
std::string next_of(const exports::Job& job, const exports::List& list, const Step& step) {
  if (step.in_flight) return "a request that carries it is open; its answer decides";
  if (job.row.state == store::JobState::kDraft) return "nothing: the job has not been started";
  if (job.row.state == store::JobState::kStopped) return "nothing: the job is stopped for good";
  if (!job.running()) return fmt::format("nothing, until: pinrelay job resume {}", job.row.name);
  if (step.wanted != step.owned)
    return "the job takes note of it with the next changes, or when its pass gets there";
  if (step.entry.rejected)
    return fmt::format("nothing: Pinterest refused it; correct the value, or: pinrelay job retry {}",
                       job.row.name);
  if (!step.row) {
    if (!step.entry.difference())
      return step.entry.wanted() ? "nothing: it is where it belongs" : "nothing: it is not wanted";
    return "it is sent with the pass that runs";
  }
  const char* verb = step.row->operation == Operation::kAdd ? "added to" : "removed from";
  if (step.row->queue_class == QueueClass::kSettling)
    return fmt::format(
        "it is {} the list once an earlier request of unknown outcome can no longer take effect", verb);
  if (step.row->queue_class == QueueClass::kWaiting)
    return fmt::format("it is {} the list after the open request, or once its batch has been taken apart",
                       verb);
  if (step.row->queue_class == QueueClass::kRemove && list.row.braked)
    return fmt::format("the brake holds it; if the removals are right: pinrelay job release {}",
                       job.row.name);
  return fmt::format("it is {} the list with the next flush", verb);
}

Json request_json(const std::optional<store::RequestRow>& row) {
  if (!row) return nullptr;
  return {{"number", row->number},   {"at", json_time(row->at)},
          {"what", row->what},       {"status", row->status == 0 ? Json() : Json(row->status)},
          {"verdict", row->verdict}, {"pinterest_request_id", row->request_id}};
}

Json queue_json(Context& context, const exports::List& list, const Step& step) {
  if (!step.row) return nullptr;
  exports::Core& core = context.engine.core();
  const bool settling = step.row->queue_class == QueueClass::kSettling;
  const Time at =
      settling ? core.now() + (Millis{step.row->at} - core.settle.now()) : from_millis(step.row->at);
  const auto due = context.engine.sending().due_at(core.lists.at(list.row.number));
  return {{"operation", operation_name(step.row->operation)},
          {"class", kQueueClassNames[static_cast<size_t>(step.row->queue_class)]},
          {settling ? "settles_at" : "since", json_time(at)},
          {"next_flush", due ? json_time(*due) : Json()}};
}

Json step_json(Context& context, const exports::Job& job, const Step& step) {
  exports::Core& core = context.engine.core();
  const exports::List& list = core.lists.at(job.row.list);
  const auto owners = static_cast<int64_t>(step.entry.owners.size());
  Json json = {{"identifier", hash_hint(step.hash)},
               {"desired", step.wanted},
               {"owners", owners},
               {"shared_with", owners - (step.owned ? 1 : 0)},
               {"acknowledged", kPresenceNames[static_cast<size_t>(step.entry.presence)]},
               {"rejected", step.entry.rejected}};
  const bool settles = step.entry.marked && step.entry.mark_until > core.settle.now();
  json["settling_until"] =
      settles ? json_time(core.now() + (step.entry.mark_until - core.settle.now())) : Json();
  json["queue"] = queue_json(context, list, step);
  json["in_flight"] = step.in_flight;
  json["last_request"] = request_json(step.request);
  json["next"] = next_of(job, list, step);
  return json;
}

std::vector<Step> read_steps(Context& context, const exports::Job& job, const Known& known,
                             const std::optional<store::Owned>& desired) {
  store::Owned owned;
  context.store().owned.read(job.row.owner, known.id.bytes,
                             [&](size_t, ByteView record) { store::read_owned(record, owned); });
  std::vector<Hash> hashes = owned.hashes;
  // What the person no longer has is still on its way from the list.
  const store::Owner owner{job.row.owner, known.id};
  for (const store::QueueRow& row : context.store().queue.caused_by(job.row.list, owner))
    hashes.push_back(row.hash);
  if (const auto& open = context.engine.core().lists.at(job.row.list).open) {
    for (const store::AttemptEntry& entry : open->entries)
      if (entry.cause == owner) hashes.push_back(entry.hash);
  }
  if (desired) hashes.insert(hashes.end(), desired->hashes.begin(), desired->hashes.end());
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  std::vector<Step> steps;
  for (const Hash& hash : hashes) {
    steps.push_back(read_step(context, job, known, hash));
    steps.back().wanted = desired && std::binary_search(desired->hashes.begin(), desired->hashes.end(), hash);
  }
  return steps;
}

std::string next_without_identifiers(const Known& known, bool member, Reason reason) {
  if (!known.person.exists()) return "nothing: the person was deleted";
  if (!member) return "nothing: the person is not a member of the audience";
  return std::string(exports::info(reason).fix);
}

Json way_json(Context& context, exports::Job& job, const Known& known) {
  const bool member = known.person.member_of(job.row.audience);
  int64_t warnings = 0;
  const auto desired = exports::Desire().of(job, known.person, warnings);
  const auto reason = desired ? static_cast<Reason>(desired->reason) : Reason::kNone;
  Json json = membership_json(context, job, known.person);
  const bool refused = reason == Reason::kNoConsent || reason == Reason::kConsentUnreadable;
  json["consent"] = !job.consent_field || !desired ? Json() : Json(!refused);
  json["fields"] = identifier_values(FieldNumbers(context.store().catalog), job, known.person);
  json["reason"] = reason == Reason::kNone ? Json() : Json(exports::info(reason).name);
  json["meaning"] = reason == Reason::kNone ? "" : exports::info(reason).meaning;
  json["identifiers"] = Json::array();
  for (const Step& step : read_steps(context, job, known, desired))
    json["identifiers"].push_back(step_json(context, job, step));
  json["next"] = json["identifiers"].empty() ? Json(next_without_identifiers(known, member, reason)) : Json();
  return json;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

void add_fields(TextTable& table, const Json& way) {
  for (const Json& field : way["fields"]) {
    const std::string name = "Field " + text_of(field["field"]);
    if (field["values"].empty()) table.row({name, "no value"});
    for (const Json& value : field["values"]) {
      table.row({name, fmt::format("{} → {}", text_of(value["value"]),
                                   value["reason"].is_null() ? text_of(value["identifier"])
                                                             : text_of(value["reason"]))});
    }
  }
}

void add_identifier(TextTable& table, const Json& step) {
  const auto others = step["shared_with"].get<int64_t>();
  table.row({"Identifier " + text_of(step["identifier"]),
             fmt::format("{}; {}{}", step["desired"] == true ? "wanted" : "not wanted by this person",
                         others == 0 ? "shared with nobody" : fmt::format("shared with {} others", others),
                         step["rejected"] == true ? "; refused by Pinterest" : "")});
  for (size_t i = 0; i < std::size(kPresenceNames); ++i)
    if (step["acknowledged"] == kPresenceNames[i]) table.row({"  At Pinterest", kPresenceTexts[i]});
  if (!step["settling_until"].is_null()) table.row({"  Settling until", text_of(step["settling_until"])});
  const Json& queue = step["queue"];
  if (queue.is_object()) {
    const bool settling = queue.contains("settles_at");
    table.row({"  Queued",
               fmt::format("{} ({}), {} {}", text_of(queue["operation"]), text_of(queue["class"]),
                           settling ? "until" : "since", text_of(queue[settling ? "settles_at" : "since"]))});
    if (!queue["next_flush"].is_null()) table.row({"  Next flush", text_of(queue["next_flush"])});
  }
  const Json& request = step["last_request"];
  if (request.is_object()) {
    const std::string id = text_of(request["pinterest_request_id"]);
    table.row({step["in_flight"] == true ? "  In flight" : "  Last request",
               fmt::format("{} ({}) at {}: {}{}{}", request["number"].get<int64_t>(),
                           text_of(request["what"]), text_of(request["at"]),
                           request["status"].is_null() ? "" : json_text(request["status"]) + " ",
                           text_of(request["verdict"]), id.empty() ? "" : ", Pinterest's id " + id)});
  }
  table.row({"  Next", text_of(step["next"])});
}

std::string way_text(const Json& way, Time now) {
  TextTable table("  ");
  const std::string since = way["member"] == true     ? text_of(way["member_since"])
                            : way.contains("left_at") ? text_of(way["left_at"])
                                                      : "";
  table.row({"Audience", fmt::format("{}: {}{}", text_of(way["audience"]),
                                     way["member"] == true ? "member since "
                                     : since.empty()       ? "never a member"
                                                           : "not a member since ",
                                     since)});
  const std::string head = fmt::format("Job {}, {}\n", plain(text_of(way["job"])), text_of(way["state"]));
  if (way.contains("today")) return head + table.text() + conversion_way_text(way, now);
  if (way["consent"].is_boolean()) table.row({"Consent", way["consent"] == true ? "given" : "not given"});
  add_fields(table, way);
  if (!way["reason"].is_null())
    table.row({"Reason", text_of(way["reason"]) + ": " + text_of(way["meaning"])});
  for (const Json& step : way["identifiers"]) add_identifier(table, step);
  if (!way["next"].is_null()) table.row({"Next", text_of(way["next"])});
  return head + table.text();
}

std::string person_text(const Known& known, Time now) {
  if (known.person.exists())
    return fmt::format("{} ({}), known\n", plain(identity::mask(known.person.key)), id_text(known.id));
  return fmt::format("{}, deleted {}\n", id_text(known.id),
                     when_text(from_millis(known.person.deleted_at), now));
}

}  // namespace

Result<Output> run_job_why(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    exports::Job* only = arguments.has("job") ? TRY(find_job(context, arguments.value("job"))) : nullptr;
    const Known known = read_known(context.store(), TRY(find_person(context, arguments.positional.at(0))));
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)},
                   {"person", identity::mask(known.person.key)},
                   {"profile_id", id_text(known.id)},
                   {"exists", known.person.exists()},
                   {"deleted_at", json_time(from_millis(known.person.deleted_at))},
                   {"jobs", Json::array()}};
    output.text = person_text(known, now);
    for (auto& [number, job] : context.engine.core().jobs) {
      if (only != nullptr && only != &job) continue;
      output.json["jobs"].push_back(job.converts() ? conversion_way_json(context, job, known.id, known.person)
                                                   : way_json(context, job, known));
      output.text += way_text(output.json["jobs"].back(), now);
    }
    if (output.json["jobs"].empty()) output.text += "There is no job.\n";
    output.text += notices(context) + as_of(now);
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
