// job records: the people a job has not sent, and why.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "cli/record_search.h"

namespace pinrelay::cli {
namespace {

using exports::Reason;

constexpr size_t kRecordsMax = 100'000;
constexpr const char* kOutcomeNames[] = {"omitted", "invalid", "rejected", "uncertain", "noted"};

const char* outcome_of(Reason reason) {
  return kOutcomeNames[static_cast<size_t>(exports::info(reason).outcome)];
}

Result<std::optional<exports::OutcomeClass>> read_outcome(const Arguments& arguments) {
  if (!arguments.has("outcome")) return std::optional<exports::OutcomeClass>();
  const auto found = std::ranges::find(kOutcomeNames, arguments.value("outcome"));
  if (found != std::end(kOutcomeNames))
    return std::optional(static_cast<exports::OutcomeClass>(found - std::begin(kOutcomeNames)));
  return usage_error(fmt::format("there is no outcome '{}'", plain(arguments.value("outcome"))),
                     "use omitted, invalid, rejected or uncertain");
}

// For a spreadsheet: quoted where needed, and nothing that one could take for a formula.
std::string csv_cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

// Pages after the first have no heading, so that one behind the other they are one file.
std::string records_csv(const Json& records, bool heading) {
  static constexpr const char* kColumns[] = {"profile_id", "person",     "reason",  "outcome",
                                             "at",         "identifier", "request", "detail"};
  std::string text;
  if (heading) {
    for (const char* column : kColumns) text += (text.empty() ? "" : ",") + std::string(column);
    text += "\r\n";
  }
  for (const Json& record : records) {
    bool first = true;
    for (const char* column : kColumns) {
      const Json& value = record.at(column);
      if (!std::exchange(first, false)) text += ',';
      text += csv_cell(value.is_null()     ? ""
                       : value.is_string() ? value.get<std::string>()
                                           : json_text(value));
    }
    text += "\r\n";
  }
  return text;
}

Json record_json(const FoundRecord& found, const std::string& hint) {
  const exports::ReasonInfo& info = exports::info(found.reason);
  return {{"person", hint},
          {"profile_id", id_text(found.profile)},
          {"reason", info.name},
          {"outcome", outcome_of(found.reason)},
          {"at", json_time(found.at)},
          {"identifier", found.hash},
          {"request", found.request == 0 ? Json() : Json(found.request)},
          {"detail", found.detail},
          {"meaning", info.meaning},
          {"fix", info.fix}};
}

// The most frequent reason first.
Json counts_json(const ReasonCounts& all) {
  std::vector<size_t> order;
  for (size_t i = 1; i < all.counts.size(); ++i)
    if (all.counts[i] > 0) order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](size_t i) { return -all.counts[i]; });
  Json json = Json::array();
  for (const size_t i : order)
    json.push_back({{"reason", exports::kReasons[i].name},
                    {"outcome", outcome_of(exports::kReasons[i].reason)},
                    {"count", all.counts[i]}});
  return json;
}

std::string reasons_text(const Json& reasons, bool complete) {
  Json counts = Json::object();
  for (const Json& each : reasons) counts[each["reason"].get<std::string>()] = each["count"];
  return fmt::format("By reason{}: {}\n", complete ? "" : ", at least", counts_text(counts));
}

void show_records(const RecordPage& page, size_t limit, const std::map<store::ProfileId, std::string>& hints,
                  Time now, Output& output) {
  TextTable table, legend("  ");
  table.row({"PERSON", "ID", "REASON", "OUTCOME", "SINCE", "PINTEREST SAYS"});
  std::array<bool, static_cast<size_t>(Reason::kCount)> explained{};
  for (const FoundRecord& found : page.found) {
    const exports::ReasonInfo& info = exports::info(found.reason);
    output.json["records"].push_back(record_json(found, hints.at(found.profile)));
    table.row({hints.at(found.profile), id_text(found.profile), std::string(info.name),
               outcome_of(found.reason), to_millis(found.at) == 0 ? "now" : when_text(found.at, now),
               found.detail});
    if (!std::exchange(explained[static_cast<size_t>(found.reason)], true))
      legend.row({std::string(info.name),
                  fmt::format("{}{}{}", info.meaning, info.fix.empty() ? "" : ". Fix: ", info.fix)});
  }
  output.text = !page.found.empty() ? table.text() + "\n" + legend.text()
                : page.next         ? "Nobody is left out among those looked at.\n"
                                    : "Nobody is left out.\n";
  if (page.next)
    output.text += fmt::format("There {} more: --limit, --reason, or go on with --cursor '{}'\n",
                               page.found.size() == limit ? "are" : "may be", *page.next);
}

}  // namespace

Result<Output> run_job_records(Context& context, const Arguments& arguments) {
  RecordSearch search;
  search.filter.reason = TRY(read_reason(arguments));
  search.filter.outcome = TRY(read_outcome(arguments));
  search.cursor = arguments.value("cursor");
  const bool csv = arguments.has("csv");
  search.limit = TRY(read_count(arguments, "limit", csv ? kRecordsMax : 100, kRecordsMax));
  search.bounded = !csv || arguments.has("limit");  // without a limit, a file is to be whole
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const exports::Job* job = TRY(find_job(context, arguments.positional.at(0)));
    if (arguments.has("key")) search.filter.person = TRY(find_person(context, arguments.value("key")));
    const RecordPage page = TRY(search_records(context, *job, search));
    std::vector<store::ProfileId> ids;
    for (const FoundRecord& found : page.found) ids.push_back(found.profile);
    output.json = {{"as_of", json_time(context.clock.now())},
                   {"job", job->row.name},
                   {"more", page.next.has_value()},
                   {"next_cursor", page.next ? Json(*page.next) : Json()},
                   {"records", Json::array()}};
    show_records(page, search.limit, person_hints(context.store(), ids), context.clock.now(), output);
    if (csv || !search.cursor.empty()) return {};
    const ReasonCounts counts = count_reasons(context, *job, search.filter);
    output.json["reasons"] = counts_json(counts);
    output.json["reasons_complete"] = counts.complete;
    if (!output.json["reasons"].empty()) output.text += reasons_text(output.json["reasons"], counts.complete);
    return {};
  }));
  output.text = csv ? records_csv(output.json["records"], search.cursor.empty())
                    : output.text + as_of(context.clock.now());
  return output;
}

}  // namespace pinrelay::cli
