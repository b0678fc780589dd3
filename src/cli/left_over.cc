#include "cli/left_over.h"

#include <fmt/format.h>

#include "cli/format.h"

namespace pinrelay::cli {
namespace {

void add_job(Context& context, const exports::Job& job, std::vector<std::string>& lines) {
  using enum store::JobState;
  const exports::List& list = context.engine.core().lists.at(job.row.list);
  const std::string name = plain(job.row.name);
  const int64_t held = context.store().queue.count(job.row.list, store::QueueClass::kRemove).rows;
  if (list.row.braked && held > 0)
    lines.push_back(fmt::format("{}: the brake holds {} removals; to send them: pinrelay job release {}",
                                name, thousands(held), name));
  if (job.row.state == kFailed)
    lines.push_back(fmt::format("{}: the job has failed: {}; see: pinrelay job show {}", name,
                                plain(job.row.reason), name));
  if (job.row.state == kPaused)
    lines.push_back(fmt::format("{}: the job is paused; to go on: pinrelay job resume {}", name, name));
}

}  // namespace

std::vector<std::string> left_over(Context& context) {
  std::vector<std::string> lines;
  for (const auto& [number, job] : context.engine.core().jobs) add_job(context, job, lines);
  for (const store::ImportRow& row : context.store().imports.all()) {
    if (row.state != store::ImportState::kHeld || row.released) continue;
    lines.push_back(
        fmt::format("import {}: its exits are held; see: pinrelay import show {}", row.number, row.number));
  }
  return lines;
}

}  // namespace pinrelay::cli
