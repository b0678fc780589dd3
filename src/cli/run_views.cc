// job runs: what each run of a job considered, and what became of it.
#include "cli/run_views.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kRunsMax = 1'000;

void show_run(const store::RunRow& run, bool converts, Time now, TextTable& table, Output& output) {
  Json json = run_json(run);
  const bool open = to_millis(run.ended_at) == 0;
  table.row({std::to_string(run.number), json["kind"].get<std::string>(), when_text(run.started_at, now),
             open ? "going on" : duration_text(run.ended_at - run.started_at), run_text(json, converts)});
  if (!json["reasons"].empty()) table.row({"", "", "", "", counts_text(json["reasons"])});
  output.json["runs"].push_back(std::move(json));
}

}  // namespace

Json run_json(const store::RunRow& run) {
  Json reasons = Json::object();
  const auto counts = exports::read_reasons(run.reasons);
  for (size_t i = 1; i < counts.size(); ++i)
    if (counts[i] != 0) reasons[std::string(exports::kReasons[i].name)] = counts[i];
  return {{"number", run.number},
          {"kind", store::kRunKindNames[static_cast<size_t>(run.kind)]},
          {"started_at", json_time(run.started_at)},
          {"ended_at", json_time(run.ended_at)},
          {"considered", run.considered},
          {"added", run.added},
          {"removed", run.removed},
          {"omitted", run.omitted},
          {"invalid", run.invalid},
          {"rejected", run.rejected},
          {"uncertain", run.uncertain},
          {"pending", run.pending},
          {"identifiers_added", run.identifiers_added},
          {"identifiers_removed", run.identifiers_removed},
          {"requests", run.requests},
          {"warnings", run.warnings},
          {"reasons", reasons}};
}

std::string run_text(const Json& run, bool converts) {
  const auto number = [&](const char* name) { return thousands(run[name].get<int64_t>()); };
  const std::string done = converts
                               ? "sent " + number("added")
                               : fmt::format("added {} + removed {}", number("added"), number("removed"));
  const std::string uncertain = converts ? " + uncertain " + number("uncertain") : "";
  std::string text = fmt::format("considered {} = {} + omitted {} + invalid {} + rejected {}{} + pending {}",
                                 number("considered"), done, number("omitted"), number("invalid"),
                                 number("rejected"), uncertain, number("pending"));
  if (!converts)
    text += fmt::format("; identifiers +{} -{}", number("identifiers_added"), number("identifiers_removed"));
  return text + fmt::format("; {} requests", number("requests"));
}

Result<Output> run_job_runs(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", 20, kRunsMax));
  const int64_t before = TRY(read_cursor(arguments));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const exports::Job* job = TRY(find_job(context, arguments.positional.at(0)));
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"job", job->row.name}, {"runs", Json::array()}};
    TextTable table;
    table.row({"RUN", "KIND", "STARTED", "TOOK", "WHAT BECAME OF IT"});
    bool more = false;
    int64_t last = 0;
    context.store().each_run(
        job->row.number,
        [&](const store::RunRow& run) {
          more = output.json["runs"].size() == limit;
          if (more) return false;
          last = run.number;
          show_run(run, job->converts(), now, table, output);
          return true;
        },
        before);
    output.json["next_cursor"] = next_cursor(more, last);
    output.text = output.json["runs"].empty() ? "There is no run: the first begins when the job is started.\n"
                                              : table.text();
    if (more) output.text += fmt::format("There are more: --cursor n{}\n", last);
    return {};
  }));
  output.text += as_of(context.clock.now());
  return output;
}

}  // namespace pinrelay::cli
