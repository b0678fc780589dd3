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

bool Core::written(ListNumber list, JobNumber except) {
  return std::ranges::any_of(jobs, [&](const auto& item) {
    const Job& job = item.second;
    return job.row.list == list && job.row.number != except && job.writes();
  });
}

bool Core::driven(const List& list) {
  const auto sharing = jobs_of(list.row.number);
  if (std::any_of(sharing.begin(), sharing.end(), [](const Job* job) { return job->running(); })) return true;
  if (list.left.empty() || written(list.row.number)) return false;
  return list.open || list.row.state == store::ListState::kSearching || !store.queue.empty(list.row.number);
}

void Core::authorize(List& list, const std::string& authorization) {
  if (list.row.authorization == authorization) return;
  --authorizations[list.row.authorization].lists;
  ++authorizations[authorization].lists;
  list.row.authorization = authorization;
  list.account_checked = false;
  list.verified = list.verified && list.row.ours;
  if (list.row.wait_code == "auth_error") {  // said of the other one
    list.row.wait_code.clear();
    list.row.wait_reason.clear();
    list.row.not_before = Time{};
  }
  list.changed = true;
}

Millis Core::settle_after_unknown(const List& list) {
  const auto sharing = jobs_of(list.row.number);
  if (sharing.empty()) return config::JobSettings{}.settle_after_unknown;
  Millis longest{0};
  for (const Job* job : sharing) longest = std::max(longest, job->settings.settle_after_unknown);
  return longest;
}

Millis Core::settle_after_success(const List& list) {
  Millis longest{0};
  for (const Job* job : jobs_of(list.row.number))
    longest = std::max(longest, job->settings.settle_after_success);
  return longest;
}

uint32_t Core::records_max(const List& list) {
  const auto sharing = jobs_of(list.row.number);
  uint32_t smallest = list.row.records_max == 0 ? UINT32_MAX : list.row.records_max;
  if (sharing.empty()) smallest = std::min(smallest, config::JobSettings{}.records_per_request);
  for (const Job* job : sharing) smallest = std::min(smallest, job->settings.records_per_request);
  return std::max<uint32_t>(1, smallest);
}

LedgerReader::LedgerReader(Core& core, ListNumber list) : all_own_(!core.options.policy.over_means_left) {
  for (const Job* job : core.jobs_of(list))
    if (job->row.state != store::JobState::kStopped) owners_.push_back(job->row.owner);
}

bool LedgerReader::read(const std::optional<ByteView>& record, LedgerEntry& out) const {
  out.clear();
  if (!record) return false;
  store::read_ledger_entry(*record, out);
  const bool left = !all_own_ && std::erase_if(out.owners, [&](const Owner& owner) {
                                   return std::ranges::find(owners_, owner.job) == owners_.end();
                                 }) > 0;
  if (left && !out.wanted()) out.rejected = false;
  return left;
}

}  // namespace pinrelay::exports
