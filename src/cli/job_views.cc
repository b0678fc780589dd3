// job list and job show: where each job stands, and everything that is known about one.
#include <fmt/format.h>

#include "cli/conversion_views.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/run_views.h"
#include "cli/unknown_names.h"
#include "exports/verbs.h"
#include "pinterest/tables.h"

namespace pinrelay::cli {
namespace {

using store::QueueClass;

constexpr Millis kProcessingMax{48 * 3600'000LL};

const char* type_name(uint8_t type) {
  return static_cast<config::ListType>(type) == config::ListType::kMaid ? "MAID" : "EMAIL";
}

std::string list_name(const store::ListRow& row) {
  if (!row.name.empty()) return row.name;
  if (!row.id.empty()) return row.id;
  return "(created with the first batch)";
}

struct Readiness {
  std::string status, meaning, alert;
};

// Pinterest's word on the list, explained; an alert when it stays away from READY for too long.
Readiness read_readiness(const store::ListRow& row, Time now) {
  Readiness out{row.status, "", ""};
  if (row.state == store::ListState::kWanted) {
    out.meaning = "The list is created with the first batch, because Pinterest refuses an empty one.";
  } else if (row.state == store::ListState::kSearching) {
    out.meaning = "Whether Pinterest has created the list is not known yet; it is being looked for.";
  } else if (row.status.empty()) {
    out.meaning = "Pinterest has not been asked yet.";
  } else {
    for (const pinterest::ListStatus& status : pinterest::kListStatuses)
      if (status.name == row.status) out.meaning = status.meaning;
    if (row.status != "READY")
      out.meaning += " Ads Manager hides the list until it is processed and at least 100 accounts match.";
  }
  const bool stuck = row.status == "PROCESSING" && to_millis(row.processing_since) != 0 &&
                     now - row.processing_since > kProcessingMax;
  if (stuck)
    out.alert = fmt::format(
        "Pinterest has been processing for {}, longer than the two days it names: ask its support.",
        duration_text(now - row.processing_since));
  return out;
}

Json list_json(const exports::List& list, Time now) {
  const store::ListRow& row = list.row;
  const Readiness readiness = read_readiness(row, now);
  return {{"id", row.id},
          {"name", row.name},
          {"type", type_name(row.type)},
          {"ad_account", row.ad_account},
          {"created_by_us", row.ours},
          {"content", row.ours ? "our additions" : "our additions, plus what was there"},
          {"identifiers", row.present},
          {"status", row.status},
          {"status_meaning", readiness.meaning},
          {"status_alert", readiness.alert},
          {"status_at", json_time(row.status_at)},
          {"processing_since", json_time(row.processing_since)},
          {"audience_id", row.audience_id}};
}

struct Counts {
  int64_t queued_users = 0;
  store::QueueCount adds, removes, settling, braked, waiting;
  int64_t in_flight = 0;
};

Counts count_queue(Context& context, exports::List& list) {
  const auto count = [&](QueueClass c) { return context.store().queue.count(list.row.number, c); };
  Counts counts;
  counts.queued_users = context.engine.sending().queued_users(list);
  counts.adds = count(QueueClass::kAdd);
  counts.removes = count(QueueClass::kRemoveUnbraked);
  const store::QueueCount removes = count(QueueClass::kRemove);
  if (list.row.braked) {
    counts.braked = removes;
  } else {
    counts.removes.rows += removes.rows, counts.removes.users += removes.users;
  }
  counts.settling = count(QueueClass::kSettling);
  counts.waiting = count(QueueClass::kWaiting);
  counts.in_flight = list.open ? static_cast<int64_t>(list.open->entries.size()) : 0;
  return counts;
}

Json queue_json(const Counts& counts, std::optional<Time> next_flush) {
  const auto both = [](const store::QueueCount& count) {
    return Json{{"users", count.users}, {"identifiers", count.rows}};
  };
  return {{"queued_users", counts.queued_users},
          {"adds", both(counts.adds)},
          {"removes", both(counts.removes)},
          {"settling", both(counts.settling)},
          {"braked", both(counts.braked)},
          {"waiting", both(counts.waiting)},
          {"identifiers_in_flight", counts.in_flight},
          {"next_flush", next_flush ? json_time(*next_flush) : Json()}};
}

struct Runs {
  std::vector<store::RunRow> last;  // newest first
  store::RunRow total;
};

// The last three runs, and the sum of all.
Runs read_runs(Context& context, const exports::Job& job) {
  Runs runs;
  std::array<int64_t, static_cast<size_t>(exports::Reason::kCount)> reasons{};
  context.store().each_run(job.row.number, [&](const store::RunRow& run) {
    if (runs.last.size() < 3) runs.last.push_back(run);
    store::RunRow& sum = runs.total;
    sum.considered += run.considered, sum.added += run.added, sum.removed += run.removed;
    sum.omitted += run.omitted, sum.invalid += run.invalid, sum.rejected += run.rejected;
    sum.pending += run.pending, sum.uncertain += run.uncertain, sum.requests += run.requests,
        sum.warnings += run.warnings;
    sum.identifiers_added += run.identifiers_added, sum.identifiers_removed += run.identifiers_removed;
    const auto counts = exports::read_reasons(run.reasons);
    for (size_t i = 0; i < counts.size(); ++i) reasons[i] += counts[i];
    return true;
  });
  for (size_t i = 0; i < reasons.size(); ++i) {
    runs.total.reasons.push_back(static_cast<uint8_t>(i));
    append_fixed(runs.total.reasons, reasons[i]);
  }
  return runs;
}

Json total_json(const store::RunRow& total) {
  Json json = run_json(total);
  for (const char* name : {"number", "kind", "started_at", "ended_at"}) json.erase(name);
  return json;
}

Json status_json(const JobStatus& status) {
  return {{"state", status.state},
          {"phase", {{"name", status.phase}, {"scanned", status.scanned}, {"total", status.total}}},
          {"reason_code", status.code},
          {"reason", status.reason},
          {"fix", status.fix},
          {"until", json_time(status.until)},
          {"warning", status.warning.empty() ? Json() : Json(status.warning)}};
}

std::string_view type_of(const exports::Job& job) {
  return job.converts() ? "conversions_export" : "audience_export";
}

// What only a job with a customer list has.
void add_list_json(Context& context, const exports::Job& job, exports::List& list, Json& json) {
  json["list"] = list_json(list, context.clock.now());
  json["queue"] = queue_json(count_queue(context, list), context.engine.sending().due_at(list));
  json["flush"] = {
      {"after_seconds", context.engine.sending().flush_after(list).count() / 1000},
      {"users", job.settings.flush_users},
      {"stretched_by_tier", context.engine.sending().flush_after(list) > job.settings.flush_after}};
  json["brake"] = {{"holds", list.row.braked},
                   {"release", list.row.braked ? "pinrelay job release " + job.row.name : ""}};
  json["log_entries_waiting"] = context.store().profiles.log_head() - job.row.cursor;
}

Json job_json(Context& context, exports::Job& job) {
  exports::List& list = context.engine.core().lists.at(job.row.list);
  const Time now = context.clock.now();
  const config::JobSettings& settings = job.settings;
  const auto authorization = context.engine.core().authorizations.find(settings.authorization);
  const bool trial = authorization != context.engine.core().authorizations.end() &&
                     authorization->second.tier == config::Tier::kTrial;
  Json json = {{"name", job.row.name},
               {"label", settings.label},
               {"description", settings.description},
               {"type", type_of(job)}};
  json.update(status_json(read_status(context, job)));
  json["verbs"] = exports::possible_verbs(context.engine.core(), job);
  json["unknown_names"] = job.row.state == store::JobState::kStopped
                              ? std::vector<std::string>()
                              : unknown_names(context.store().catalog, settings);
  json["integration"] = {{"implementation_type", "server-side"},
                         {"technique", "REST API, audience trigger"},
                         {"frequency", "real time"}};
  json["authorization"] = {{"name", settings.authorization},
                           {"tier", trial ? "trial" : "standard"},
                           {"configured", authorization != context.engine.core().authorizations.end()}};
  json["audience"] = {{"name", settings.audience},
                      {"members", context.store().catalog.audiences()[job.row.audience].size}};
  if (job.converts()) {
    json["ad_account"] = list.row.ad_account;
    json["events"] = events_json(context, job);
  } else {
    add_list_json(context, job, list, json);
  }
  json["settings"] = settings_json(settings);
  json["version"] = job_version(job);
  json.update(file_json(context, job));
  json["created_at"] = json_time(job.row.created_at);
  json["started_at"] = json_time(job.row.started_at);
  json["last_success_at"] = json_time(list.row.last_success_at);
  const Runs runs = read_runs(context, job);
  json["runs"] = Json::array();
  for (const store::RunRow& run : runs.last) json["runs"].push_back(run_json(run));
  json["total"] = total_json(runs.total);
  json["simulated"] = !is_pinterest(context.config.pinterest_base_url);
  json["as_of"] = json_time(now);
  return json;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

std::string users_text(const Json& count) {
  return fmt::format("{} ({} identifiers)", thousands(count["users"].get<int64_t>()),
                     thousands(count["identifiers"].get<int64_t>()));
}

void add_queue(TextTable& table, const Json& job, std::optional<Time> next_flush, Time now) {
  const Json& queue = job["queue"];
  table.row({"Queued", fmt::format("{} people: +{}, -{}", thousands(queue["queued_users"].get<int64_t>()),
                                   users_text(queue["adds"]), users_text(queue["removes"]))});
  const auto more = [&](const char* name, const char* key, const char* meaning) {
    if (queue[key]["identifiers"] == 0) return;
    table.row({name, fmt::format("{}: {}", users_text(queue[key]), meaning)});
  };
  more("Settling", "settling", "wait until an earlier request can no longer take effect");
  more("Braked", "braked", "removals that a person has to release");
  more("Waiting", "waiting", "wait for the end of the open request, or are being isolated");
  if (queue["identifiers_in_flight"] != 0)
    table.row({"In flight", thousands(queue["identifiers_in_flight"].get<int64_t>()) + " identifiers"});
  std::string next = "when something is queued";
  if (next_flush) next = *next_flush <= now ? "now" : when_text(*next_flush, now);
  const Json& flush = job["flush"];
  table.row({"Next flush", fmt::format("{}; every {} or at {} people", next,
                                       duration_text(Millis{flush["after_seconds"].get<int64_t>() * 1000}),
                                       thousands(flush["users"].get<int64_t>()))});
}

void add_list(TextTable& table, const exports::List& list, Time now) {
  const store::ListRow& row = list.row;
  table.row(
      {"List", fmt::format("{}{}, {}, ad account {}", list_name(row),
                           row.id.empty() ? "" : " (" + row.id + ")", type_name(row.type), row.ad_account)});
  table.row({"On the list", fmt::format("{} identifiers{}", thousands(row.present),
                                        row.ours ? "" : ": our additions, plus what was there")});
  const Readiness readiness = read_readiness(row, now);
  table.row({"At Pinterest", readiness.status.empty()
                                 ? readiness.meaning
                                 : fmt::format("{}: {} Seen {}.", readiness.status, readiness.meaning,
                                               when_text(row.status_at, now))});
  if (!readiness.alert.empty()) table.row({"Alert", readiness.alert});
  if (!row.audience_id.empty()) table.row({"Audience there", row.audience_id});
}

void add_status(TextTable& table, const JobStatus& status, Time now) {
  std::string state = status.state;
  if (!status.reason.empty())
    state += fmt::format(": {}{}", status.reason, status.code.empty() ? "" : " [" + status.code + "]");
  table.row({"State", state});
  if (to_millis(status.until) != 0) table.row({"Goes on", when_text(status.until, now)});
  if (!status.warning.empty()) table.row({"Warning", status.warning});
  if (!status.fix.empty()) table.row({"What to do", status.fix});
  table.row({"Phase", status.phase_text()});
}

std::string authorization_text(const Json& job) {
  const Json& authorization = job["authorization"];
  std::string text = text_of(authorization["name"]) + ", " + text_of(authorization["tier"]) + " access";
  if (authorization["tier"] == "trial")
    text +=
        fmt::format(": {} list writes a day",
                    pinterest::rate_limit(pinterest::Tier::kTrial, pinterest::Category::kAdsWrite).requests);
  if (job.contains("flush") && job["flush"]["stretched_by_tier"] == true)
    text += ", so flushes are further apart than the job says";
  if (authorization["configured"] == false) text += " (not in the configuration)";
  return text;
}

std::string job_text(Context& context, exports::Job& job, const Json& json) {
  exports::List& list = context.engine.core().lists.at(job.row.list);
  const Time now = context.clock.now();
  TextTable table;
  table.row({"Job", job.settings.label == job.row.name ? job.row.name
                                                       : job.settings.label + " (" + job.row.name + ")"});
  if (!job.settings.description.empty()) table.row({"Description", job.settings.description});
  add_status(table, read_status(context, job), now);
  std::string verbs;
  for (const Json& verb : json["verbs"]) verbs += (verbs.empty() ? "" : ", ") + text_of(verb);
  table.row({"Possible now", verbs});
  for (const Json& name : json["unknown_names"]) table.row({"Warning", text_of(name)});
  add_file(table, json);
  table.row({"Integration", "server-side, REST API, real time"});
  table.row({"Authorization", authorization_text(json)});
  table.row({"Audience", fmt::format("{}, {} members", job.settings.audience,
                                     thousands(json["audience"]["members"].get<int64_t>()))});
  if (job.converts()) {
    table.row({"Ad account", list.row.ad_account});
    add_events(table, json["events"]);
  } else {
    add_list(table, list, now);
    add_queue(table, json, context.engine.sending().due_at(list), now);
  }
  if (list.row.braked)
    table.row({"Brake", "holds removals; if they are right: pinrelay job release " + job.row.name});
  table.row({"Last success", when_text(list.row.last_success_at, now)});
  const int64_t behind = job.converts() ? 0 : json["log_entries_waiting"].get<int64_t>();
  if (behind > 0 && job.row.started)
    table.row({"Changes waiting", fmt::format("{} entries of the change log", thousands(behind))});
  for (const Json& run : json["runs"]) {
    const bool open = run["ended_at"].is_null();
    table.row({fmt::format("Run {}, {}", run["number"].get<int64_t>(), text_of(run["kind"])),
               fmt::format("{}{}", open ? "" : "ended: ", run_text(run, job.converts()))});
    if (!run["reasons"].empty()) table.row({"", counts_text(run["reasons"])});
  }
  table.row({"All runs", run_text(json["total"], job.converts())});
  if (!json["total"]["reasons"].empty()) table.row({"", counts_text(json["total"]["reasons"])});
  return table.text() + notices(context) + as_of(now);
}

std::string job_type(const exports::Job& job, const exports::List& list) {
  if (!job.converts()) return type_name(list.row.type);
  return job.settings.conversions.test_mode ? "conversions, TEST MODE" : "conversions";
}

}  // namespace

Result<Output> run_job_list(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"jobs", Json::array()}};
    TextTable table;
    std::string warnings;
    table.row({"NAME", "LABEL", "AUDIENCE", "DESTINATION", "TYPE", "AUTHORIZATION", "STATE", "PHASE",
               "LAST SUCCESS", "CREATED"});
    for (auto& [number, job] : context.engine.core().jobs) {
      if (!arguments.sees(job.row.name)) continue;
      const exports::List& list = context.engine.core().lists.at(job.row.list);
      const JobStatus status = read_status(context, job);
      table.row({job.row.name, job.settings.label, job.settings.audience,
                 job.converts() ? "ad account " + list.row.ad_account : list_name(list.row),
                 job_type(job, list), job.settings.authorization,
                 status.state + (status.code.empty() ? "" : " (" + status.code + ")"), status.phase_text(),
                 to_millis(list.row.last_success_at) == 0
                     ? "never"
                     : duration_text(now - list.row.last_success_at) + " ago",
                 format_rfc3339(job.row.created_at)});
      if (!status.warning.empty())
        warnings += fmt::format("Warning: job {}: {}.\n", plain(job.row.name), status.warning);
      Json json = {{"name", job.row.name}, {"label", job.settings.label}, {"type", type_of(job)}};
      json.update(status_json(status));
      json["audience"] = job.settings.audience;
      if (job.converts()) {
        json["ad_account"] = list.row.ad_account;
        json["test_mode"] = job.settings.conversions.test_mode;
      } else {
        json["list"] = {{"id", list.row.id}, {"name", list.row.name}, {"type", type_name(list.row.type)}};
      }
      json["authorization"] = job.settings.authorization;
      json["last_success_at"] = json_time(list.row.last_success_at);
      json["created_at"] = json_time(job.row.created_at);
      output.json["jobs"].push_back(std::move(json));
    }
    output.text = context.engine.core().jobs.empty()
                      ? "There is no job: describe one in the configuration, then 'pinrelay apply FILE'.\n"
                      : table.text();
    output.text += warnings + notices(context) + as_of(now);
    return {};
  }));
  return output;
}

Result<Output> run_job_show(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    exports::Job* job = TRY(find_job(context, arguments.positional.at(0)));
    output.json = job_json(context, *job);
    output.text = job_text(context, *job, output.json);
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
