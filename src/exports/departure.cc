#include "exports/departure.h"

#include <algorithm>

#include "base/log.h"
#include "exports/brake.h"
#include "exports/bulk.h"

namespace pinrelay::exports {
namespace {

using store::BulkKind;
using store::LeftRow;

constexpr size_t kQueuePage = 10'000;
constexpr size_t kUnmergedBytes = 100;  // in memory, of one identifier that a person may have lost
constexpr Millis kLookAgain{60 * 60'000};

void sort_people(std::vector<ProfileId>& people) {
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
}

// The job that goes on with what waits in the list's queue; null when nobody writes it.
const Job* heir_of(Core& core, const Job& leaving) {
  const Job* heir = nullptr;
  for (const Job* job : core.jobs_of(leaving.row.list)) {
    if (job->row.number == leaving.row.number || !job->writes()) continue;
    if (heir == nullptr || (job->running() && !heir->running())) heir = job;
  }
  return heir;
}

// An addition counts for one person only. If it counts for the leaving job's, another job may still want it,
// and nothing else would queue it again.
void end_additions(Core& core, List& list, JobNumber owner, const Job* heir) {
  const LedgerReader ledger(core, list.row.number);
  LedgerEntry entry;
  const auto others_own = [&](ByteView record) {
    ledger.read(record, entry);
    return std::ranges::any_of(entry.owners, [&](const Owner& each) { return each.job != owner; });
  };
  for (auto rows = core.store.queue.additions(list.row.number, owner, kQueuePage); !rows.empty();
       rows = core.store.queue.additions(list.row.number, owner, kQueuePage)) {
    std::ranges::sort(rows, {}, &QueueRow::hash);
    Bytes keys;
    for (const QueueRow& row : rows) append(keys, row.hash);
    std::vector<bool> wanted(rows.size());
    if (heir != nullptr)
      core.store.ledger.read(list.row.number, keys,
                             [&](size_t i, ByteView record) { wanted[i] = others_own(record); });
    for (size_t i = 0; i < rows.size(); ++i) {
      QueueRow& row = rows[i];
      if (row.primary) core.tally.not_sent(row.run, Reason::kSuperseded);
      if (!wanted[i]) {
        core.store.queue.erase(list.row.number, row.hash);
        continue;
      }
      row.cause.job = heir->row.owner, row.primary = false;
      core.store.queue.put(list.row.number, row);
    }
  }
}

}  // namespace

Leaving Departures::preview(const Job& job) {
  const List& list = core_.lists.at(job.row.list);
  Leaving leaving;
  if (job.converts() || !job.writes()) return leaving;
  leaving.removed = core_.written(job.row.list, job.row.number);
  if (!leaving.removed) {
    leaving.identifiers = list.row.present;
    return leaving;
  }
  LedgerEntry entry;
  const LedgerReader ledger(core_, job.row.list);
  core_.store.ledger.scan(job.row.list, {}, [&](ByteView, ByteView record) {
    ledger.read(record, entry);
    const bool alone =
        std::ranges::all_of(entry.owners, [&](const Owner& owner) { return owner.job == job.row.owner; });
    leaving.identifiers += entry.wanted() && alone && entry.presence != Presence::kAbsent;
    return true;
  });
  return leaving;
}

void Departures::leave(Job& job) {
  List& list = core_.lists.at(job.row.list);
  const JobNumber owner = job.row.owner;
  const bool emptied = job.row.bulk == BulkKind::kEmpty && job.bulk && job.bulk->finished();
  const bool passing = job.row.bulk != BulkKind::kNone;
  if (job.writes() && !emptied) {
    LeftRow left;
    left.owner = owner, left.list = job.row.list, left.job = job.row.name;
    left.left_at = core_.now();
    left.cursor = std::max(job.row.cursor, job.row.erasure_cursor);
    if (job.row.erasures_missed || left.cursor < core_.store.profiles.log_tail()) {
      // We cannot tell which deletions the job missed, so everybody who was ever deleted counts.
      left.scan_from.assign(sizeof(ProfileId), 0);
    } else {
      left.followed_at = left.left_at;
    }
    core_.store.left.put(left);
    list.left.push_back(std::move(left));
  } else {
    core_.store.owned.erase_all(owner);
  }
  for (int64_t* run : {&job.row.bulk_run, &job.row.live_run}) {
    if (*run != 0) core_.tally.close(*run, core_.now());
    *run = 0;
  }
  job.row.bulk = BulkKind::kNone;
  job.bulk = nullptr;
  job.changed = list.changed = true;
  const Job* heir = heir_of(core_, job);
  end_additions(core_, list, owner, heir);
  if (heir == nullptr) {
    quieten(list);
  } else {
    hand_over(list, owner, heir->row.owner);
  }
  // Check the queue once more. The pass never reaches its final check, and removals that a withdrawal let
  // through are held from now on.
  Hash reviewed{};
  while (release_erased(core_, list, true, reviewed)) {
  }
  const auto left = std::ranges::find(list.left, owner, &LeftRow::owner);
  if (passing && left != list.left.end()) recall_unmerged(list, *left);
}

// What waits or is under way for the leaving job counts for another one from now on.
void Departures::hand_over(List& list, JobNumber from, JobNumber to) {
  core_.store.queue.give(list.row.number, from, to);
  if (!list.open) return;
  for (AttemptEntry& entry : list.open->entries)
    if (entry.cause.job == from) entry.cause.job = to;
  core_.store.attempts.erase(list.row.number);
  core_.store.attempts.put(list.row.number, *list.open);
}

// A pass takes an identifier from its owner when it scans the person, and from the ledger only when it merges
// the identifier. Between the two, the pass alone remembers it, and the pass ends here or died with an
// earlier process. The identifier is still on the list, so its owner gets it back from the ledger; a deletion
// would not find it otherwise.
void Departures::recall_unmerged(List& list, LeftRow& left) {
  const size_t page_max = core_.options.sort_memory / kUnmergedBytes;
  std::vector<Unmerged> page;
  LedgerEntry entry;
  Bytes from, next;
  do {
    page.clear(), next.clear();
    core_.store.ledger.scan(list.row.number, from, [&](ByteView key, ByteView record) {
      if (!page.empty() && page.size() >= page_max) {
        next.assign(key.begin(), key.end());
        return false;
      }
      store::read_ledger_entry(record, entry);
      for (const Owner& each : entry.owners) {
        if (each.job != left.owner) continue;
        std::memcpy(page.emplace_back(Unmerged{each.profile, {}}).hash.data(), key.data(), key.size());
      }
      return true;
    });
    recall_page(list, left, page);
    from = std::move(next);
  } while (!from.empty());
  core_.store.left.put(left);
}

// People who were ever deleted do not get it back: the deletion may have come after the scan, and then the
// identifier has not been removed yet.
void Departures::recall_page(List& list, LeftRow& left, std::vector<Unmerged>& page) {
  if (page.empty()) return;
  std::ranges::sort(page);
  std::vector<ProfileId> people;
  std::vector<size_t> starts;
  Bytes keys;
  for (size_t i = 0; i < page.size(); ++i) {
    if (i > 0 && page[i].profile == page[i - 1].profile) continue;
    people.push_back(page[i].profile);
    starts.push_back(i);
    append(keys, page[i].profile.bytes);
  }
  starts.push_back(page.size());
  std::vector<bool> owned_still(page.size());
  Owned owned;
  core_.store.owned.read(left.owner, keys, [&](size_t person, ByteView record) {
    store::read_owned(record, owned);
    for (size_t i = starts[person]; i < starts[person + 1]; ++i)
      owned_still[i] = std::ranges::binary_search(owned.hashes, page[i].hash);
  });
  People unmerged;
  for (size_t i = 0; i < page.size(); ++i)
    if (!owned_still[i]) unmerged[page[i].profile].push_back(page[i].hash);
  people.clear();
  for (const auto& [profile, hashes] : unmerged) people.push_back(profile);
  std::vector<OwnerChange> changes;
  std::vector<Cause> causes;
  core_.store.profiles.read(people, [&](size_t i, const store::Person& known) {
    if (known.deleted_at == 0) return;
    const auto found = unmerged.find(people[i]);
    for (const Hash& hash : found->second)
      changes.push_back({hash, {left.owner, people[i]}, false, causes.size()});
    causes.push_back({.owner = {left.owner, people[i]}, .unbraked = true, .erases = true});
    unmerged.erase(found);
  });
  own_again(left.owner, unmerged);
  erase_owners(list, left, changes, causes);
}

// Nobody writes the list any more: nothing but erasures is sent to it.
void Departures::quieten(List& list) {
  using store::AudienceState;
  core_.store.queue.brake_all(list.row.number);
  if (list.open) {
    for (AttemptEntry& entry : list.open->entries) entry.unbraked = entry.erases;
    core_.store.attempts.erase(list.row.number);
    core_.store.attempts.put(list.row.number, *list.open);
  } else {
    list.isolation.reset();
    core_.store.queue.release_waiting(list.row.number);
  }
  const AudienceState audience = list.row.audience_state;
  if (audience == AudienceState::kWanted || audience == AudienceState::kSearching)
    list.row.audience_state = AudienceState::kNone;
  const bool nobody = list.row.present == 0 && !list.open && list.row.state != store::ListState::kSearching;
  if (nobody) forget(list);
}

void Departures::settle(ListNumber number) {
  const auto found = core_.lists.find(number);
  if (found != core_.lists.end() && found->second.left.empty() && core_.jobs_of(number).empty()) drop(number);
}

// The list's queue goes, and with it the person-changes that waited in it or in the open attempt.
void Departures::drop(ListNumber number) {
  List& list = core_.lists.at(number);
  if (list.open) {
    for (const AttemptEntry& entry : list.open->entries)
      if (entry.primary) core_.tally.not_sent(entry.run, Reason::kSuperseded);
  }
  end_queue(number);
  core_.store.ledger.erase_all(number);
  core_.store.attempts.erase(number);
  core_.store.lists.erase(number);
  --core_.authorizations[list.row.authorization].lists;
  core_.lists.erase(number);
}

void Departures::end_queue(ListNumber number) {
  for (const QueueClass c : {QueueClass::kAdd, QueueClass::kRemove, QueueClass::kRemoveUnbraked,
                             QueueClass::kSettling, QueueClass::kWaiting}) {
    std::vector<QueueRow> rows;
    do {
      rows = core_.store.queue.page(number, c, INT64_MAX, kQueuePage);
      for (const QueueRow& row : rows) {
        if (row.primary) core_.tally.not_sent(row.run, Reason::kSuperseded);
        core_.store.queue.erase(number, row.hash);
      }
    } while (!rows.empty());
  }
}

void Departures::forget(List& list) {
  end_queue(list.row.number);
  std::vector<JobNumber> owners;
  for (const LeftRow& left : list.left) owners.push_back(left.owner);
  taken_over(list, owners);
}

void Departures::taken_over(List& list, const std::vector<JobNumber>& owners) {
  for (const JobNumber owner : owners) {
    core_.store.owned.erase_all(owner);
    core_.store.left.erase(owner);
    std::erase_if(list.left, [owner](const LeftRow& left) { return left.owner == owner; });
  }
}

bool Departures::owes_pass(const Job& job) {
  const List& list = core_.lists.at(job.row.list);
  if (list.left.empty() || job.row.bulk != BulkKind::kNone) return false;
  return std::ranges::none_of(core_.jobs_of(job.row.list), [](const Job* other) {
    return other->running() && other->row.bulk != BulkKind::kNone;
  });
}

// A list is reached by an authorization of a job that writes it. The one it had may be that of a job that
// has left, and nobody is kept from removing it then.
void Departures::follow_writers(List& list) {
  const Job* writer = nullptr;
  for (const auto& [number, job] : core_.jobs) {
    if (job.row.list != list.row.number || !job.writes()) continue;
    if (job.settings.authorization == list.row.authorization) return;
    if (writer == nullptr) writer = &job;
  }
  if (writer != nullptr) core_.authorize(list, writer->settings.authorization);
}

bool Departures::step(ListNumber number) {
  const auto found = core_.lists.find(number);
  if (found == core_.lists.end()) return false;
  List& list = found->second;
  follow_writers(list);
  if (list.left.empty()) return false;
  const bool written = core_.written(number);
  if (!written && list.gone == List::Gone::kConfirmed) {
    log(LogLevel::kInfo, "exports", "a list that jobs have left is gone at Pinterest, and forgotten",
        {{"list", list.row.name}});
    list.gone = List::Gone::kNo;
    forget(list);
    settle(number);
    return true;
  }
  if (!written && list.open) return false;  // its outcome decides what is remembered
  if (!written && clear_page(list)) return true;
  bool worked = false;
  for (LeftRow& left : list.left) worked |= follow(list, left);
  if (worked || written) return worked;
  return finish_left(list);
}

// Empties the queue after the last job has left. Additions are dropped; people who were about to be removed
// stay on the list, and we remember them as left. This has to happen before the log is followed, or a
// deletion that comes now would not find them. Removals of deleted people stay in the queue.
bool Departures::clear_page(List& list) {
  const ListNumber number = list.row.number;
  std::vector<QueueRow> rows =
      core_.store.queue.page(number, QueueClass::kAdd, INT64_MAX, core_.options.left_page);
  const bool removals = rows.empty();
  if (removals) rows = core_.store.queue.removals(number, {}, core_.options.left_page);
  for (const QueueRow& row : rows) {
    if (row.primary) core_.tally.not_sent(row.run, Reason::kSuperseded);
    core_.store.queue.erase(number, row.hash);
  }
  if (removals) keep(list, rows);
  return !rows.empty();
}

// They have left the audience and stay on the list: that they are there is all we know of them.
void Departures::keep(List& list, const std::vector<QueueRow>& rows) {
  std::map<JobNumber, People> by_owner;
  for (const QueueRow& row : rows) {
    if (row.cause.profile == ProfileId{}) continue;
    const bool known = std::ranges::find(list.left, row.cause.job, &LeftRow::owner) != list.left.end();
    by_owner[known ? row.cause.job : list.left.front().owner][row.cause.profile].push_back(row.hash);
  }
  for (const auto& [owner, people] : by_owner) own_again(owner, people);
}

void Departures::own_again(JobNumber owner, const People& people) {
  Bytes keys;
  std::vector<const std::vector<Hash>*> hashes;
  for (const auto& [profile, theirs] : people) {
    append(keys, profile.bytes);
    hashes.push_back(&theirs);
  }
  Owned owned;
  core_.store.owned.update(owner, keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    owned = {};
    if (old) store::read_owned(*old, owned);
    owned.reason = 0;
    owned.hashes.insert(owned.hashes.end(), hashes[i]->begin(), hashes[i]->end());
    std::sort(owned.hashes.begin(), owned.hashes.end());
    owned.hashes.erase(std::unique(owned.hashes.begin(), owned.hashes.end()), owned.hashes.end());
    store::write_owned(owned, record);
    return store::Write::kPut;
  });
}

bool Departures::follow(List& list, LeftRow& left) {
  const bool follows = follow_log(list, left);
  if (left.scan_from.empty()) return follows;
  return scan_page(list, left) || follows;
}

bool Departures::follow_log(List& list, LeftRow& left) {
  store::Profiles& profiles = core_.store.profiles;
  if (left.cursor >= profiles.log_head()) return false;
  if (left.cursor < profiles.log_tail()) {
    // Entries are lost: everybody who is kept is looked at.
    left.scan_from.assign(sizeof(ProfileId), 0);
    left.cursor = profiles.log_head();
  } else {
    std::vector<ProfileId> people;
    left.cursor = profiles.read_log(left.cursor, core_.options.log_page, [&](const store::LogEntry& entry) {
      const bool erases = entry.kind == store::EntryKind::kDeleted;
      if (erases && core_.options.policy.erasure_reaches_left_lists) people.push_back(entry.profile);
    });
    sort_people(people);
    erase_people(list, left, people);
    if (left.cursor >= profiles.log_head() && left.scan_from.empty()) left.followed_at = core_.now();
  }
  core_.store.left.put(left);
  return true;
}

bool Departures::scan_page(List& list, LeftRow& left) {
  std::vector<ProfileId> people, gone;
  Bytes next;
  core_.store.owned.scan(left.owner, left.scan_from, [&](ByteView key, ByteView) {
    if (people.size() == core_.options.left_page) {
      next.assign(key.begin(), key.end());
      return false;
    }
    people.push_back(store::profile_id_at(key.data()));
    return true;
  });
  core_.store.profiles.read(people, [&](size_t i, const store::Person& person) {
    const bool came_back = person.deleted_at != 0 && person.deleted_at >= to_millis(left.followed_at);
    if (erased(person) || came_back) gone.push_back(people[i]);
  });
  erase_people(list, left, gone);
  left.scan_from = std::move(next);
  core_.store.left.put(left);
  return true;
}

// Identifiers that somebody's job still owns stay; those of others who were left there do not.
void Departures::erase_people(List& list, LeftRow& left, const std::vector<ProfileId>& people) {
  if (people.empty()) return;
  Bytes keys;
  for (const ProfileId& profile : people) append(keys, profile.bytes);
  std::vector<OwnerChange> changes;
  std::vector<Cause> causes;
  Owned owned;
  core_.store.owned.update(left.owner, keys, [&](size_t i, std::optional<ByteView> old, Bytes&) {
    if (!old) return store::Write::kKeep;
    store::read_owned(*old, owned);
    for (const Hash& hash : owned.hashes)
      changes.push_back({hash, {left.owner, people[i]}, false, causes.size()});
    causes.push_back({.owner = {left.owner, people[i]}, .unbraked = true, .erases = true});
    return store::Write::kErase;
  });
  erase_owners(list, left, changes, causes);
}

void Departures::erase_owners(List& list, LeftRow& left, std::vector<OwnerChange>& changes,
                              std::vector<Cause>& causes) {
  if (causes.empty()) return;
  if (left.run == 0) left.run = core_.tally.open(left.owner, store::RunKind::kLive, core_.now());
  for (Cause& cause : causes) {
    cause.run = left.run;
    core_.tally.consider(left.run);
  }
  change_owners(core_, list, changes, causes);
  for (const Cause& cause : causes)
    if (!cause.placed)
      core_.tally.not_sent(left.run, cause.shared ? Reason::kSharedIdentifier : Reason::kNoChange);
  list.next_left_look = Time{};
}

bool Departures::settling(ListNumber list) {
  bool found = false;
  LedgerEntry entry;
  core_.store.ledger.scan(list, {}, [&](ByteView, ByteView record) {
    store::read_ledger_entry(record, entry);
    found = entry.marked && entry.mark_until > core_.settle.now();
    return !found;
  });
  return found;
}

bool Departures::finish_left(List& list) {
  if (list.open || !core_.store.queue.empty(list.row.number)) return false;
  if (waits(list.next_left_look, core_.now(), kLookAgain)) return false;
  list.next_left_look = core_.now() + kLookAgain;
  const auto somebody = [&](const LeftRow& left) {
    bool found = false;
    core_.store.owned.scan(left.owner, {}, [&](ByteView, ByteView) {
      found = true;
      return false;
    });
    return found;
  };
  const bool there = list.row.present > 0 || list.row.state == store::ListState::kSearching;
  if ((there && std::ranges::any_of(list.left, somebody)) || settling(list.row.number)) return false;
  const ListNumber number = list.row.number;
  forget(list);
  settle(number);
  return true;
}

}  // namespace pinrelay::exports
