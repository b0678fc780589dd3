// Deleting a job whose list has to be emptied first. The wish is durable (BulkKind::kEmpty in the job's row):
// restarts and restores go on with it, edits are refused, and only keep() gives it up.
#include <fmt/format.h>

#include "exports/bulk.h"
#include "exports/jobs.h"

namespace pinrelay::exports {

using store::BulkKind;
using store::JobState;

Result<void> Jobs::remove(Job& job, bool empty_first) {
  if (job.removes_everyone()) return {};  // asked again, it goes on
  if (!empty_first) {
    erase(job);
    return {};
  }
  TRY(only_lists(job, "emptied"));
  if (job.row.state == JobState::kStopped || job.row.state == JobState::kDraft) return refuse(job, "emptied");
  job.row.state = JobState::kRunning;
  job.row.reason_code.clear();
  job.row.reason.clear();
  confirm_removals(job);
  owe(job, BulkKind::kEmpty);
  return {};
}

// The brake does not hold what is on its way already.
void Jobs::confirm_removals(Job& job) {
  core_.store.queue.unbrake_job(job.row.list, job.row.owner);
  List& list = core_.lists.at(job.row.list);
  if (!list.open || list.open->operation != Operation::kRemove) return;
  for (AttemptEntry& entry : list.open->entries) entry.unbraked |= entry.cause.job == job.row.owner;
  core_.store.attempts.erase(job.row.list);
  core_.store.attempts.put(job.row.list, *list.open);
}

// Nobody we added is left when no removal is on its way any more, also none of a person's second identifier
// and none of a pass before a crash.
bool Jobs::emptied(const Job& job) {
  if (!job.bulk || !job.bulk->finished()) return false;
  const auto rows = [&](QueueClass c) { return core_.store.queue.count(job.row.list, c).rows; };
  // What else there is in the queue of a shared list is the other job's.
  const bool alone = core_.jobs_of(job.row.list).size() == 1;
  if (alone && (rows(QueueClass::kAdd) + rows(QueueClass::kRemove) > 0 || departures_.settling(job.row.list)))
    return false;
  return !core_.lists.at(job.row.list).open && rows(QueueClass::kRemoveUnbraked) == 0 &&
         rows(QueueClass::kSettling) == 0 && rows(QueueClass::kWaiting) == 0;
}

void Jobs::finish_removed() {
  std::vector<std::pair<JobNumber, const char*>> finished;
  for (auto& [number, job] : core_.jobs) {
    if (!job.running() || !job.removes_everyone()) continue;
    const List& list = core_.lists.at(job.row.list);
    if (list.row.state == store::ListState::kWanted && !list.open) {
      finished.emplace_back(number, "its list was never made, so there was nobody to remove");
    } else if (list.gone == List::Gone::kConfirmed) {
      finished.emplace_back(number, "the list is gone at Pinterest");
    } else if (emptied(job)) {
      finished.emplace_back(number, "everybody we added has been removed");
    }
  }
  for (const auto& [number, how] : finished) {
    Job& job = core_.jobs.at(number);
    store::AuditRow entry;
    entry.at = core_.now();
    entry.who = "pinrelay";
    entry.origin = "local";
    entry.action = "job removed";
    entry.object = job.row.name;
    entry.detail = how;
    entry.outcome = "done";
    core_.store.audit.append(std::move(entry));
    erase(job);
  }
}

Result<int64_t> Jobs::keep(Job& job) {
  if (!job.removes_everyone()) {
    return Error{ErrorKind::kConflict, "not_being_removed", "the job is not being removed",
                 "job " + job.row.name, fmt::format("see 'pinrelay job show {}'", job.row.name)};
  }
  int64_t gone = 0;
  core_.store.each_run(job.row.number, [&](const store::RunRow& run) {
    if (run.kind == store::RunKind::kEmpty) gone += run.removed;
    return run.kind == store::RunKind::kEmpty || run.kind == store::RunKind::kLive;
  });
  job.row.bulk = BulkKind::kNone;
  core_.lists.at(job.row.list).gone = List::Gone::kNo;
  owe(job, BulkKind::kResync);
  return gone;
}

Error Jobs::refuse_while_removing(const Job& job, const char* verb) const {
  return {ErrorKind::kConflict, "being_removed",
          fmt::format("everybody the job added is being removed from its list, so it cannot be {}", verb),
          "job " + job.row.name,
          fmt::format("wait until it is gone, or give the removal up: pinrelay job keep {}", job.row.name)};
}

}  // namespace pinrelay::exports
