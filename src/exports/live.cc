#include "exports/live.h"

#include <algorithm>

#include "exports/bulk.h"

namespace pinrelay::exports {
namespace {

// Sorted symmetric difference of what was owned and what should be.
void diff_hashes(const std::vector<Hash>& old, const std::vector<Hash>& wanted, const Owner& owner,
                 size_t cause, std::vector<OwnerChange>& out) {
  for (const Hash& hash : old) {
    if (!std::binary_search(wanted.begin(), wanted.end(), hash)) out.push_back({hash, owner, false, cause});
  }
  for (const Hash& hash : wanted) {
    if (!std::binary_search(old.begin(), old.end(), hash)) out.push_back({hash, owner, true, cause});
  }
}

}  // namespace

// Also of an erased person who had left before, and whose removal may wait behind the brake.
void Live::unbrake_erased(List& list, const std::vector<Cause>& causes) {
  const auto rows = [&](QueueClass c) { return core_.store.queue.count(list.row.number, c).rows; };
  if (rows(QueueClass::kRemove) + rows(QueueClass::kSettling) + rows(QueueClass::kWaiting) == 0) return;
  std::vector<Owner> erased;  // in order of their profiles, as the causes are
  for (const Cause& cause : causes)
    if (cause.unbraked) erased.push_back(cause.owner);
  if (!erased.empty()) core_.store.queue.unbrake(list.row.number, erased);
}

bool Live::step(Job& job) {
  if (job.row.cursor >= core_.store.profiles.log_head()) return false;
  std::vector<Touched> people;
  job.row.cursor = core_.store.profiles.read_log(job.row.cursor, core_.options.log_page,
                                                 [&](const store::LogEntry& entry) {
                                                   switch (entry.kind) {
                                                     case store::EntryKind::kEnter:
                                                     case store::EntryKind::kExit:
                                                       if (entry.audience == job.row.audience)
                                                         people.push_back({entry.profile, true});
                                                       break;
                                                     case store::EntryKind::kFields:
                                                       if ((entry.field_mask & job.field_mask) != 0)
                                                         people.push_back({entry.profile, false});
                                                       break;
                                                     case store::EntryKind::kDeleted:
                                                       people.push_back({entry.profile, false});
                                                       break;
                                                   }
                                                 });
  job.changed = true;
  std::sort(people.begin(), people.end(), [](const Touched& a, const Touched& b) {
    return a.profile != b.profile ? a.profile < b.profile : a.membership > b.membership;
  });
  people.erase(std::unique(people.begin(), people.end(),
                           [](const Touched& a, const Touched& b) { return a.profile == b.profile; }),
               people.end());
  if (!people.empty()) process(job, people);
  return true;
}

void Live::process(Job& job, std::vector<Touched>& people) {
  const int64_t run = job.row.live_run != 0
                          ? job.row.live_run
                          : core_.tally.open(job.row.number, store::RunKind::kLive, core_.now());
  job.row.live_run = run;
  std::vector<ProfileId> ids;
  Bytes keys;
  for (const Touched& touched : people) {
    ids.push_back(touched.profile);
    append(keys, touched.profile.bytes);
  }
  std::vector<std::optional<Owned>> wanted(people.size());
  std::vector<bool> erased(people.size());
  int64_t warnings = 0;
  core_.store.profiles.read(ids, [&](size_t i, const store::Person& person) {
    wanted[i] = desire_.of(job, person, warnings);
    erased[i] = person.deleted_at != 0 && !person.exists();
  });
  if (warnings != 0) core_.tally.warning(run, warnings);

  std::vector<Cause> causes(people.size());
  std::vector<OwnerChange> changes;
  std::vector<bool> considered(people.size());
  Owned old_owned;
  core_.store.owned.update(job.row.number, keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    old_owned = {};
    if (old) store::read_owned(*old, old_owned);
    causes[i].owner = {job.row.number, ids[i]};
    causes[i].run = run;
    causes[i].unbraked = erased[i];
    considered[i] = people[i].membership || old || wanted[i];
    if (job.bulk) job.bulk->touch(ids[i]);
    static const std::vector<Hash> kNobody;
    diff_hashes(old_owned.hashes, wanted[i] ? wanted[i]->hashes : kNobody, causes[i].owner, i, changes);
    if (!wanted[i]) return old ? store::Write::kErase : store::Write::kKeep;
    store::write_owned(*wanted[i], record);
    return old && as_text(*old) == as_text(record) ? store::Write::kKeep : store::Write::kPut;
  });
  for (size_t i = 0; i < people.size(); ++i) {
    if (considered[i]) core_.tally.consider(run);
  }
  List& list = core_.lists.at(job.row.list);
  change_owners(core_, list, changes, causes);
  unbrake_erased(list, causes);

  for (size_t i = 0; i < people.size(); ++i) {
    if (!considered[i] || causes[i].placed) continue;
    const auto reason = wanted[i] ? static_cast<Reason>(wanted[i]->reason) : Reason::kNone;
    const Reason why = reason != Reason::kNone ? reason
                       : causes[i].shared      ? Reason::kSharedIdentifier
                                               : Reason::kNoChange;
    core_.tally.not_sent(run, why);
    store::RecordRow record;
    record.number = core_.store.next_number("records");
    record.job = job.row.number;
    record.at = core_.now();
    append(record.profile, ids[i].bytes);
    record.reason = static_cast<uint8_t>(why);
    core_.store.record_log.put(record);
  }
}

}  // namespace pinrelay::exports
