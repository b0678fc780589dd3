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

// Also of people who had left the audience before, and whose removals may wait behind the brake.
void Live::unbrake(List& list, const std::vector<Touched>& people, const std::vector<Cause>& causes) {
  const auto rows = [&](QueueClass c) { return core_.store.queue.count(list.row.number, c).rows; };
  if (rows(QueueClass::kRemove) + rows(QueueClass::kSettling) + rows(QueueClass::kWaiting) == 0) return;
  std::vector<Owner> deleted, withdrawn;  // in order of their profiles, as the causes are
  for (size_t i = 0; i < causes.size(); ++i) {
    if (causes[i].erases) deleted.push_back(causes[i].owner);
    // Only what a row has said: the state may be why its removal is held.
    if (causes[i].unbraked && !causes[i].erases && people[i].log.consent)
      withdrawn.push_back(causes[i].owner);
  }
  if (!deleted.empty()) core_.store.queue.unbrake(list.row.number, deleted, true);
  if (!withdrawn.empty()) core_.store.queue.unbrake(list.row.number, withdrawn, false);
}

// What the brake has let pass without anybody's word is watched by an alert.
void Live::count_withdrawn(Job& job, const std::vector<Passes>& passes,
                           const std::vector<OwnerChange>& changes, const std::vector<Cause>& causes) {
  const auto withdrawn = std::ranges::count_if(changes, [&](const OwnerChange& change) {
    return !change.owns && passes[change.cause] == Passes::kWithdrawn && causes[change.cause].placed;
  });
  if (withdrawn == 0) return;
  const List& list = core_.lists.at(job.row.list);
  core_.store.count_hour(list.row.number, core_.now(), list.row.present, 0, withdrawn);
}

// Each person once, with all that was said.
void Live::sort_people(std::vector<Touched>& people) {
  std::sort(people.begin(), people.end(),
            [](const Touched& a, const Touched& b) { return a.profile < b.profile; });
  size_t last = 0;
  for (size_t i = 1; i < people.size(); ++i) {
    if (people[i].profile != people[last].profile) {
      people[++last] = people[i];
      continue;
    }
    people[last].membership |= people[i].membership;
    people[last].log.deleted |= people[i].log.deleted;
    people[last].log.consent |= people[i].log.consent;
  }
  if (!people.empty()) people.resize(last + 1);
}

bool Live::step(Job& job) {
  if (job.row.cursor >= core_.store.profiles.log_head()) return false;
  std::vector<Touched> people;
  const uint64_t consent_bit = job.consent_field ? 1ULL << (*job.consent_field % 64) : 0;
  job.row.cursor = core_.store.profiles.read_log(
      job.row.cursor, core_.options.log_page, [&](const store::LogEntry& entry) {
        switch (entry.kind) {
          case store::EntryKind::kEnter:
          case store::EntryKind::kExit:
            if (entry.audience == job.row.audience) people.push_back({entry.profile, true, {}});
            break;
          case store::EntryKind::kFields:
            if ((entry.field_mask & job.field_mask) != 0)
              people.push_back({entry.profile, false, {.consent = (entry.field_mask & consent_bit) != 0}});
            break;
          case store::EntryKind::kDeleted:
            people.push_back({entry.profile, false, {.deleted = true}});
            break;
        }
      });
  job.changed = true;
  sort_people(people);
  if (!people.empty()) process(job, people);
  return true;
}

bool Live::follow_erasures(Job& job) {
  if (!job.writes()) return false;
  const store::Position from =
      std::max({job.row.cursor, job.row.erasure_cursor, core_.store.profiles.log_tail()});
  if (from >= core_.store.profiles.log_head()) return false;
  std::vector<Touched> people;
  job.row.erasures_missed |= std::max(job.row.cursor, job.row.erasure_cursor) < from;
  job.row.erasure_cursor =
      core_.store.profiles.read_log(from, core_.options.log_page, [&](const store::LogEntry& entry) {
        if (entry.kind == store::EntryKind::kDeleted)
          people.push_back({entry.profile, false, {.deleted = true}});
      });
  job.changed = true;
  sort_people(people);
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
  std::vector<Passes> passes(people.size());
  int64_t warnings = 0;
  core_.store.profiles.read(ids, [&](size_t i, const store::Person& person) {
    wanted[i] = desire_.of(job, person, warnings);
    passes[i] = passes_brake(job, person, people[i].log);
  });
  if (warnings != 0) core_.tally.warning(run, warnings);

  std::vector<Cause> causes(people.size());
  std::vector<OwnerChange> changes;
  std::vector<bool> considered(people.size());
  Owned old_owned;
  core_.store.owned.update(job.row.owner, keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    old_owned = {};
    if (old) store::read_owned(*old, old_owned);
    causes[i].owner = {job.row.owner, ids[i]};
    causes[i].run = run;
    causes[i].unbraked = passes[i] != Passes::kNo;
    causes[i].erases = passes[i] == Passes::kErased;
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
  unbrake(list, people, causes);
  count_withdrawn(job, passes, changes, causes);

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
