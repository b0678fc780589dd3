#include "alerts/job_hours.h"

#include <algorithm>

namespace pinrelay::alerts {
namespace {

constexpr int64_t kHourMillis = 3'600'000;
// Hours before silence means anything: in so many there is a whole weekend that has ended.
constexpr int64_t kWatchedMin = 10 * 24;
constexpr int64_t kActiveMin = 5;

constexpr int64_t HourCounts::*kCounts[] = {&HourCounts::changes, &HourCounts::added, &HourCounts::removed,
                                            &HourCounts::rejected, &HourCounts::invalid};

HourCounts counts_of(const store::RunRow& run) {
  return {run.kind == store::RunKind::kLive ? run.considered : 0, run.added, run.removed, run.rejected,
          run.invalid};
}

void append_counts(Bytes& out, const HourCounts& counts) {
  for (const auto count : kCounts) append_varint(out, static_cast<uint64_t>(counts.*count));
}
HourCounts read_counts(ByteReader& in) {
  HourCounts counts;
  for (const auto count : kCounts) counts.*count = static_cast<int64_t>(in.varint());
  return counts;
}

// Whole hours at the end without a change.
int64_t quiet_hours(const Hours& hours) {
  if (hours.empty() || hours.back().changes > 0) return 0;
  const auto last =
      std::find_if(hours.rbegin(), hours.rend(), [](const HourCounts& h) { return h.changes > 0; });
  return last - hours.rbegin() - 1;
}

bool has_something_to_send(exports::Core& core, const exports::Job& job, const exports::List& list) {
  using store::QueueClass;
  if (job.converts()) {
    return !list.events_open.empty() || exports::due_events(core.store, job) > 0;
  }
  if (list.open || job.row.bulk != store::BulkKind::kNone) return true;
  for (const QueueClass each : {QueueClass::kAdd, QueueClass::kRemove, QueueClass::kRemoveUnbraked,
                                QueueClass::kSettling, QueueClass::kWaiting}) {
    const bool held = each == QueueClass::kRemove && list.row.braked;
    if (!held && core.store.queue.count(list.row.number, each).rows > 0) return true;
  }
  return false;
}

}  // namespace

HourCounts sum_of(const Hours& hours, int64_t hours_back) {
  HourCounts sum;
  const auto entries = std::min(static_cast<int64_t>(hours.size()), hours_back + 1);
  for (auto hour = hours.end() - entries; hour != hours.end(); ++hour)
    for (const auto count : kCounts) sum.*count += (*hour).*count;
  return sum;
}

Quiet quiet_of(const Hours& hours) {
  Quiet quiet;
  quiet.now = quiet_hours(hours);
  int64_t active = 0, gap = 0;
  for (const HourCounts& hour : hours) {
    if (hour.changes == 0) {
      ++gap;
      continue;
    }
    // Also before the first: who is watched from a Friday on has had a weekend.
    quiet.usual = std::max(quiet.usual, gap);
    ++active;
    gap = 0;
  }
  quiet.known = static_cast<int64_t>(hours.size()) > kWatchedMin && active >= kActiveMin;
  return quiet;
}

const Hours* JobHours::of(store::JobNumber job) const {
  const auto found = watched_.find(job);
  return found == watched_.end() ? nullptr : &found->second.hours;
}

std::optional<Time> JobHours::waiting_since(const exports::Core& core, const exports::Job& job) const {
  const auto found = waiting_.find(job.row.number);
  if (found == waiting_.end()) return std::nullopt;
  return std::max(found->second, core.lists.at(job.row.list).row.last_success_at);
}

void JobHours::load(store::Store& store) {
  for (const store::JobWaitingRow& row : store.alerts.job_waiting.all()) waiting_[row.job] = row.since;
  for (const store::JobHoursRow& row : store.alerts.job_hours.all()) {
    Watched& watched = watched_[row.job];
    watched.hour = row.hour;
    ByteReader runs(row.runs), hours(row.hours);
    while (runs.ok() && !runs.done()) {
      Seen& seen = watched.runs[static_cast<int64_t>(runs.varint())];
      seen.counts = read_counts(runs);
      seen.ended = runs.varint() != 0;
    }
    while (hours.ok() && !hours.done()) watched.hours.push_back(read_counts(hours));
  }
  loaded_ = true;
}

void JobHours::write(store::Store& store, store::JobNumber job, const Watched& watched) {
  store::JobHoursRow row;
  row.job = job;
  row.hour = watched.hour;
  for (const auto& [number, seen] : watched.runs) {
    append_varint(row.runs, static_cast<uint64_t>(number));
    append_counts(row.runs, seen.counts);
    append_varint(row.runs, seen.ended ? 1 : 0);
  }
  for (const HourCounts& hour : watched.hours) append_counts(row.hours, hour);
  store.alerts.job_hours.put(row);
}

void JobHours::look(exports::Core& core) {
  if (!loaded_) load(core.store);
  for (auto& [number, job] : core.jobs) {
    look_at_waiting(core, job);
    if (job.running()) look_at(core, job);
  }
  const auto gone = [&](const auto& each) { return !core.jobs.contains(each.first); };
  for (const auto& each : watched_)
    if (gone(each)) core.store.alerts.job_hours.erase(each.first);
  for (const auto& each : waiting_)
    if (gone(each)) core.store.alerts.job_waiting.erase(each.first);
  std::erase_if(watched_, gone);
  std::erase_if(waiting_, gone);
}

// Only what begins or ends is written; what Pinterest has accepted meanwhile, the list knows.
void JobHours::look_at_waiting(exports::Core& core, exports::Job& job) {
  const bool waits = job.running() && has_something_to_send(core, job, core.lists.at(job.row.list));
  const auto known = waiting_.find(job.row.number);
  if (waits && known == waiting_.end()) {
    waiting_[job.row.number] = core.now();
    core.store.alerts.job_waiting.put({job.row.number, core.now()});
  } else if (!waits && known != waiting_.end()) {
    waiting_.erase(known);
    core.store.alerts.job_waiting.erase(job.row.number);
  }
}

// Written once an hour: what is lost by a kill is counted anew by the difference.
void JobHours::look_at(exports::Core& core, const exports::Job& job) {
  const bool first = !watched_.contains(job.row.number);
  Watched& watched = watched_[job.row.number];
  const bool rolled = next_hour(watched, to_millis(core.now()) / kHourMillis);
  count_runs(core.store, job.row.number, watched, first);
  if (rolled) write(core.store, job.row.number, watched);
}

// A long silence does not push what was usual before it out of memory. Set back, the clock stands still.
bool JobHours::next_hour(Watched& watched, int64_t hour) {
  if (!watched.hours.empty() && hour <= watched.hour) return false;
  watched.hour = hour;
  if (quiet_hours(watched.hours) > kWindowMax) return true;
  watched.hours.push_back({});
  if (watched.hours.size() > kHoursMax) watched.hours.erase(watched.hours.begin());
  return true;
}

// Runs that had ended at the last look count no more; only they are forgotten. What a job did before it was
// looked at for the first time is not of this hour, unless its run is.
void JobHours::count_runs(store::Store& store, store::JobNumber job, Watched& watched, bool first) {
  int64_t down_to = watched.runs.empty() ? 0 : watched.runs.rbegin()->first + 1;
  std::map<int64_t, Seen> runs;
  if (!watched.runs.empty()) runs.insert(*watched.runs.rbegin());
  for (const auto& [number, seen] : watched.runs)
    if (!seen.ended) down_to = std::min(down_to, number);
  store.each_run(job, [&](const store::RunRow& run) {
    if (run.number < down_to) return false;
    const HourCounts before = watched.runs[run.number].counts, now = counts_of(run);
    runs[run.number] = {now, to_millis(run.ended_at) != 0 && run.pending == 0};
    const bool counts = !first || to_millis(run.started_at) / kHourMillis >= watched.hour;
    for (const auto count : kCounts)
      if (counts) watched.hours.back().*count += std::max<int64_t>(0, now.*count - before.*count);
    return true;
  });
  watched.runs = std::move(runs);
}

}  // namespace pinrelay::alerts
