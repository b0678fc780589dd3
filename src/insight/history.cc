#include "insight/history.h"

#include <algorithm>
#include <utility>

namespace pinrelay::insight {
namespace {

using exports::Ended;
using store::HistoryRow;

constexpr int64_t Ended::*kSums[] = {&Ended::added,    &Ended::removed,   &Ended::omitted, &Ended::invalid,
                                     &Ended::rejected, &Ended::uncertain, &Ended::late,    &Ended::requests};
constexpr size_t kFirstStand = std::size(kSums);

// So many rows of each step at most, over all jobs: about 64 MB together. With many jobs, each keeps less.
constexpr int64_t kRowsMax[] = {700'000, 400'000, 400'000};

int64_t slot_of(Time time, const StepInfo& step) { return to_millis(time) / step.length.count(); }
// The slot of a longer step that this minute lies in.
int64_t slot_of(int64_t minute, const StepInfo& step) { return minute / (step.length / kSteps[0].length); }

int64_t percent_used(exports::Budget& budget, Time now) {
  const size_t left = budget.left(now), used = budget.used(now);
  return left == SIZE_MAX || used == 0 ? 0 : static_cast<int64_t>(100 * used / (used + left));
}

int64_t waiting_of(exports::Core& core, const exports::Job& job) {
  if (job.converts()) return exports::due_events(core.store, job);
  int64_t users = 0;
  for (const store::QueueClass each :
       {store::QueueClass::kAdd, store::QueueClass::kRemove, store::QueueClass::kRemoveUnbraked,
        store::QueueClass::kSettling, store::QueueClass::kWaiting})
    users += core.store.queue.count(job.row.list, each).users;
  return users;
}

}  // namespace

const StepInfo* find_step(std::string_view name) {
  const auto found = std::ranges::find(kSteps, name, &StepInfo::name);
  return found == std::end(kSteps) ? nullptr : found;
}

Result<bool> History::run_once() {
  const int64_t minute = slot_of(engine_.core().now(), kSteps[0]);
  if (!minute_) minute_ = minute;
  if (*minute_ == minute) return false;
  TRY(finish());
  return true;
}

Result<void> History::finish() {
  exports::Core& core = engine_.core();
  for (const auto& [job, more] : core.tally.take_ended())
    for (const auto count : kSums) ended_[job].*count += more.*count;
  const int64_t minute = slot_of(core.now(), kSteps[0]);
  TRY(engine_.transact([&]() -> Result<void> {
    write(minute_.value_or(minute));
    return {};
  }));
  ended_.clear();
  minute_ = minute;
  return {};
}

void History::write(int64_t minute) {
  exports::Core& core = engine_.core();
  Amounts all{};
  const int64_t hour = slot_of(minute, kSteps[1]);
  const bool new_hour = hour != slot_of(minute - 1, kSteps[1]) || last_.empty();
  for (auto& [number, job] : core.jobs) {
    Amounts amounts = stand_of(job);
    if (const auto ended = ended_.find(number); ended != ended_.end())
      for (size_t i = 0; i < kFirstStand; ++i) amounts[i] = std::max<int64_t>(0, ended->second.*kSums[i]);
    for (size_t i = 0; i < kAmountCount; ++i)
      all[i] = kAmounts[i].shared ? std::max(all[i], amounts[i]) : all[i] + amounts[i];
    // A job that does nothing is written once an hour.
    const bool idle =
        std::all_of(amounts.begin(), amounts.begin() + kFirstStand, [](int64_t n) { return n == 0; });
    Amounts& last = last_[number];
    if (idle && !new_hour &&
        std::equal(amounts.begin() + kFirstStand, amounts.end(), last.begin() + kFirstStand))
      continue;
    last = amounts;
    add(number, amounts, minute);
  }
  add(0, all, minute);
  if (std::exchange(trimmed_, hour) != hour) trim(minute);
}

History::Amounts History::stand_of(const exports::Job& job) {
  exports::Core& core = engine_.core();
  exports::List& list = core.lists.at(job.row.list);
  const Time now = core.now();
  exports::Budget& budget = job.converts() ? core.event_accounts[list.row.ad_account].calls
                                           : engine_.sending().authorization(list).writes;
  Amounts amounts{};
  const int64_t stands[] = {waiting_of(core, job), core.store.catalog.audiences()[job.row.audience].size,
                            list.row.present, percent_used(budget, now)};
  std::copy(std::begin(stands), std::end(stands), amounts.begin() + kFirstStand);
  return amounts;
}

// The slots may have been begun before a restart, or before the clock was set back.
void History::add(store::JobNumber job, const Amounts& amounts, int64_t minute) {
  store::HistoryTable& table = engine_.core().store.history;
  for (const StepInfo& step : kSteps) {
    HistoryRow row{step.step, job, slot_of(minute, step), {}};
    const auto begun = table.get(step.step, job, row.slot);
    for (size_t i = 0; i < kAmountCount; ++i) {
      const bool more = kAmounts[i].sum && begun && i < begun->amounts.size();
      row.amounts.push_back(amounts[i] + (more ? begun->amounts[i] : 0));
    }
    table.put(row);
  }
}

void History::trim(int64_t minute) {
  exports::Core& core = engine_.core();
  core.store.history.drop_unknown_jobs();
  const auto jobs = static_cast<int64_t>(core.jobs.size() + 1);
  for (size_t i = 0; i < std::size(kSteps); ++i) {
    const StepInfo& step = kSteps[i];
    const int64_t kept = std::min(step.kept, kRowsMax[i] / jobs);
    core.store.history.drop_before(step.step, slot_of(minute, step) - kept);
  }
}

Chart chart_of(store::Store& store, const StepInfo& step, store::JobNumber job, Time now) {
  const int64_t end = slot_of(now, step) + 1, oldest = end - step.kept;
  const auto counted = store.history.read(step.step, 0, oldest);
  Chart chart{&step, counted.empty() ? end : counted.front().slot, {}};
  if (counted.empty()) return chart;
  chart.slots.resize(static_cast<size_t>(std::min(counted.back().slot + 1, end) - chart.first));
  const auto rows = store.history.read(step.step, job, chart.first);
  auto row = rows.begin();
  std::optional<std::vector<int64_t>> stands;
  for (const HistoryRow& each : counted) {
    if (each.slot >= end) break;  // the clock was set back
    while (row != rows.end() && row->slot < each.slot) stands = (row++)->amounts;
    const bool own = row != rows.end() && row->slot == each.slot;
    if (own) stands = row->amounts;
    auto& slot = chart.slots[static_cast<size_t>(each.slot - chart.first)];
    // Before its first row the job was not there, and what it does not write in an hour has not changed.
    if (!stands) continue;
    for (size_t i = 0; i < kAmountCount; ++i) {
      if (i >= stands->size()) continue;
      slot[i] = kAmounts[i].sum && !own ? 0 : (*stands)[i];
    }
  }
  return chart;
}

}  // namespace pinrelay::insight
