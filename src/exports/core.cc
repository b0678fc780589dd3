#include "exports/core.h"

#include <algorithm>

namespace pinrelay::exports {

const AttemptEntry* List::in_flight(const Hash& hash) const {
  if (!open) return nullptr;
  const auto at = std::lower_bound(open->entries.begin(), open->entries.end(), hash,
                                   [](const AttemptEntry& entry, const Hash& h) { return entry.hash < h; });
  return at != open->entries.end() && at->hash == hash ? &*at : nullptr;
}

const store::EventAttempt* List::open_attempt(store::EventClass event_class) const {
  const auto found = std::ranges::find(events_open, event_class, &store::EventAttempt::event_class);
  return found == events_open.end() ? nullptr : &*found;
}

bool List::in_flight(store::EventNumber event) const {
  return std::ranges::any_of(events_open, [&](const store::EventAttempt& attempt) {
    return std::ranges::find(attempt.entries, event, &store::EventAttemptEntry::number) !=
           attempt.entries.end();
  });
}

std::vector<Job*> Core::jobs_of(ListNumber list) {
  std::vector<Job*> found;
  for (auto& [number, job] : jobs) {
    if (job.row.list == list) found.push_back(&job);
  }
  return found;
}

bool Core::driven(const List& list) {
  const auto sharing = jobs_of(list.row.number);
  return std::any_of(sharing.begin(), sharing.end(), [](const Job* job) { return job->running(); });
}

Millis Core::settle_after_unknown(const List& list) {
  Millis longest{0};
  for (const Job* job : jobs_of(list.row.number))
    longest = std::max(longest, job->settings.settle_after_unknown);
  return longest;
}

Millis Core::settle_after_success(const List& list) {
  Millis longest{0};
  for (const Job* job : jobs_of(list.row.number))
    longest = std::max(longest, job->settings.settle_after_success);
  return longest;
}

uint32_t Core::records_max(const List& list) {
  uint32_t smallest = list.row.records_max == 0 ? UINT32_MAX : list.row.records_max;
  for (const Job* job : jobs_of(list.row.number))
    smallest = std::min(smallest, job->settings.records_per_request);
  return std::max<uint32_t>(1, smallest);
}

}  // namespace pinrelay::exports
