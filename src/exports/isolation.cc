// Halving a refused batch until the guilty record stands alone, and giving up when none is guilty.
#include <algorithm>

#include "exports/sending.h"

namespace pinrelay::exports {
namespace {

using pinterest::Verdict;

constexpr size_t kRequestsLookedAt = 500;  // for the last success before the refusals

}  // namespace

void Sending::split(List& list, const store::Attempt& attempt) {
  if (!list.isolation || list.isolation->operation != attempt.operation) {
    list.isolation = Isolation{attempt.operation, {}};
  }
  const size_t half = attempt.entries.size() / 2;
  std::vector<Hash> first, second;
  for (size_t i = 0; i < attempt.entries.size(); ++i)
    (i < half ? first : second).push_back(attempt.entries[i].hash);
  list.isolation->parts.push_back(std::move(second));
  list.isolation->parts.push_back(std::move(first));
}

// The next part of a refused batch: those of its rows that still wait with the same wish.
Sending::Batch Sending::isolated_batch(List& list) {
  Batch batch;
  batch.operation = list.isolation->operation;
  while (batch.entries.empty() && !list.isolation->parts.empty()) {
    for (const Hash& hash : list.isolation->parts.back()) {
      const auto row = core_.store.queue.get(list.row.number, hash);
      if (!row || row->queue_class != QueueClass::kWaiting || row->operation != batch.operation) continue;
      if (!row->erases && !core_.written(list.row.number)) continue;
      batch.entries.push_back({row->hash, row->cause, row->primary, row->unbraked, row->run, row->erases});
      core_.store.queue.erase(list.row.number, hash);
    }
    list.isolation->parts.pop_back();
  }
  if (batch.entries.empty()) {
    list.isolation.reset();
    core_.store.queue.release_waiting(list.row.number);
  }
  return batch;
}

// So many refusals are not about the records: those that were found guilty since the last success are not.
void Sending::give_up_isolating(List& list, const pinterest::Answer& answer) {
  list.row.isolation_calls = 0;
  list.row.records_max = 0;
  int64_t last_done = 0;
  for (const store::RequestRow& row : core_.store.requests(list.row.number, kRequestsLookedAt)) {
    if (last_done == 0 && row.write && row.verdict == pinterest::to_text(Verdict::kDone))
      last_done = row.number;
  }
  const auto sharing = core_.jobs_of(list.row.number);
  if (!sharing.empty()) retry_rejected(*sharing.front(), list, last_done);
  fail_jobs(list, "batch_refused",
            "Pinterest refuses whole batches and no single record explains it: " + answer.message);
}

}  // namespace pinrelay::exports
