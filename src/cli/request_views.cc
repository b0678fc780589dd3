// job requests: the last calls to Pinterest, or one of them with what it carried.
#include <fmt/format.h>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "cli/request_body.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kRequestsMax = 1'000;
constexpr size_t kEventsShown = 100;

Json request_json(const store::RequestRow& row) {
  return {{"number", row.number},
          {"at", json_time(row.at)},
          {"method", row.method},
          {"path", row.path},
          {"what", row.what},
          {"records", row.records},
          {"status", row.status == 0 ? Json() : Json(row.status)},
          {"verdict", row.verdict},
          {"message", row.message},
          {"duration_ms", row.duration.count()},
          {"retry_after_ms", row.retry_after.count() == 0 ? Json() : Json(row.retry_after.count())},
          {"pinterest_request_id", row.request_id}};
}

std::string status_text(const store::RequestRow& row) {
  return row.status == 0 ? "-" : std::to_string(row.status);
}

void list_requests(Context& context, const exports::Job& job, size_t limit, int64_t before, Output& output) {
  const Time now = context.clock.now();
  output.json["requests"] = Json::array();
  TextTable table;
  table.row({"NUMBER", "AT", "WHAT", "RECORDS", "STATUS", "VERDICT", "TOOK", "PINTEREST'S ID", "MESSAGE"});
  auto rows = context.store().requests(job.row.list, limit + 1, before);
  const bool more = rows.size() > limit;
  if (more) rows.pop_back();
  output.json["next_cursor"] = next_cursor(more, rows.empty() ? 0 : rows.back().number);
  for (const store::RequestRow& row : rows) {
    table.row({std::to_string(row.number), when_text(row.at, now), row.what, thousands(row.records),
               status_text(row), row.verdict, duration_text(row.duration), row.request_id, row.message});
    output.json["requests"].push_back(request_json(row));
  }
  output.text = output.json["requests"].empty() ? "Nothing has been asked of Pinterest yet.\n" : table.text();
}

// The events of a request of conversions, each with its person and its own outcome.
void show_events(Context& context, int64_t number, Output& output) {
  const auto attempt = context.store().events.attempt(number);
  if (!attempt) return;
  std::vector<store::ProfileId> people;
  for (const store::EventAttemptEntry& entry : attempt->entries) people.push_back(entry.profile);
  const auto hints = person_hints(context.store(), people);
  output.json["as_offline"] = attempt->offline;
  output.json["events"] = Json::array();
  TextTable table("  ");
  table.row({"PERSON", "ID", "EVENT TIME", "RESULT"});
  for (const store::EventAttemptEntry& entry : attempt->entries) {
    output.json["events"].push_back({{"number", entry.number},
                                     {"person", hints.at(entry.profile)},
                                     {"profile_id", id_text(entry.profile)},
                                     {"event_time", json_time(entry.happened)},
                                     {"result", store::kEventResultNames[entry.result]}});
    if (output.json["events"].size() <= kEventsShown)
      table.row({hints.at(entry.profile), id_text(entry.profile), format_rfc3339(entry.happened),
                 store::kEventResultNames[entry.result]});
  }
  output.text += table.text();
  if (attempt->entries.size() > kEventsShown)
    output.text += fmt::format("  … and {} more: see --json.\n",
                               thousands(static_cast<int64_t>(attempt->entries.size() - kEventsShown)));
}

Result<void> show_request(Context& context, const exports::Job& job, int64_t number, Output& output) {
  const auto row = context.store().request_log.get(number);
  if (!row || row->list != job.row.list)
    return Error{
        ErrorKind::kNotFound, "no_request",
        fmt::format("the job '{}' has no request {}, or it is no longer kept", plain(job.row.name), number),
        "", "see 'pinrelay job requests NAME'"};
  output.json.update(request_json(*row));
  const Time now = context.clock.now();
  TextTable table;
  table.row({"Request", fmt::format("{}, {}", row->number, row->what)});
  table.row({"At", when_text(row->at, now)});
  table.row({"Call", row->method + " " + row->path});
  table.row({"Records", thousands(row->records)});
  table.row({"Answer",
             fmt::format("{} {}, after {}", status_text(*row), row->verdict, duration_text(row->duration))});
  if (row->retry_after.count() != 0) table.row({"Asked to wait", duration_text(row->retry_after)});
  if (!row->message.empty()) table.row({"Message", row->message});
  if (!row->request_id.empty()) table.row({"Pinterest's id", row->request_id});
  output.text = table.text();
  show_events(context, number, output);
  const ShownBody shown = shown_body(context, job, *row);
  const std::string curl = curl_line(context.config.pinterest_base_url, *row, shown);
  output.json["body"] = shown.body;
  output.json["body_note"] = shown.note;
  output.json["curl"] = curl;
  if (!shown.body.is_null()) output.text += plain(json_text(shown.body)) + "\n";
  if (!shown.note.empty()) output.text += fmt::format("Body: {}.\n", shown.note);
  output.text += fmt::format("As a call, with values masked:\n{}\n", plain(curl));
  return {};
}

}  // namespace

Result<Output> run_job_requests(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", 20, kRequestsMax));
  const int64_t before = TRY(read_cursor(arguments));
  const size_t number = TRY(read_count(arguments, "number", 1, INT64_MAX));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const exports::Job* job = TRY(find_job(context, arguments.positional.at(0)));
    output.json = {{"as_of", json_time(context.clock.now())}, {"job", job->row.name}};
    if (arguments.has("number")) return show_request(context, *job, static_cast<int64_t>(number), output);
    list_requests(context, *job, limit, before, output);
    return {};
  }));
  output.text += as_of(context.clock.now());
  return output;
}

}  // namespace pinrelay::cli
