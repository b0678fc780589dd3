// job history: what a job, or all of them, did by the minute, the hour or the day.
#include <fmt/format.h>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "insight/history.h"

namespace pinrelay::cli {
namespace {

using insight::Chart;
using insight::kAmountCount;
using insight::kAmounts;

constexpr size_t kLinesMax = 48;  // of the newest; JSON has all

Result<const insight::StepInfo*> read_step(const std::string& name) {
  const insight::StepInfo* step = insight::find_step(name.empty() ? "hour" : name);
  if (step == nullptr)
    return usage_error(fmt::format("--step {} is not known", plain(name)), "say minute, hour or day");
  return step;
}

Time begin_of(const Chart& chart, size_t slot) {
  return from_millis((chart.first + static_cast<int64_t>(slot)) * chart.step->length.count());
}

Json chart_json(const Chart& chart) {
  Json json{
      {"step", chart.step->name}, {"step_ms", chart.step->length.count()}, {"slots", chart.slots.size()}};
  json["first"] = chart.slots.empty() ? Json() : json_time(begin_of(chart, 0));
  json["amounts"] = Json::object();
  for (size_t i = 0; i < kAmountCount; ++i) {
    Json values = Json::array();
    for (const auto& slot : chart.slots) values.push_back(slot[i] ? Json(*slot[i]) : Json());
    json["amounts"][std::string(kAmounts[i].name)] = {
        {"help", kAmounts[i].help}, {"sum", kAmounts[i].sum}, {"values", std::move(values)}};
  }
  return json;
}

std::string chart_text(const Chart& chart) {
  if (chart.slots.empty())
    return "Nothing has been counted yet: it begins a minute after the service does.\n";
  TextTable table;
  std::vector<std::string> heads{"FROM (UTC)"};
  for (const insight::Amount& amount : kAmounts) {
    std::string head(amount.name);
    for (char& letter : head) letter = letter == '_' ? ' ' : static_cast<char>(std::toupper(letter));
    heads.push_back(std::move(head));
  }
  table.row(heads);
  const size_t from = chart.slots.size() - std::min(chart.slots.size(), kLinesMax);
  for (size_t slot = from; slot < chart.slots.size(); ++slot) {
    std::vector<std::string> cells{format_rfc3339(begin_of(chart, slot))};
    for (const auto& amount : chart.slots[slot]) cells.push_back(amount ? thousands(*amount) : "-");
    table.row(cells);
  }
  return table.text();
}

}  // namespace

Result<Output> run_job_history(Context& context, const Arguments& arguments) {
  const insight::StepInfo* step = TRY(read_step(arguments.value("step")));
  store::JobNumber job = 0;
  Output output;
  output.json["job"] = nullptr;
  if (!arguments.positional.empty()) {
    const exports::Job* found = TRY(find_job(context, arguments.positional.at(0)));
    job = found->row.number;
    output.json["job"] = found->row.name;
  }
  const Chart chart = insight::chart_of(context.store(), *step, job, context.clock.now());
  output.json.update(chart_json(chart));
  output.text = chart_text(chart);
  return output;
}

}  // namespace pinrelay::cli
