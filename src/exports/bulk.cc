#include "exports/bulk.h"

#include <algorithm>

#include "base/log.h"

namespace pinrelay::exports {
namespace {

constexpr size_t kItemBytes = 32 + 16 + 1 + 1 + sizeof(JobNumber);
constexpr uint8_t kPrimaryFlag = 1, kDropFlag = 2;
// Ledger entries visited in one step beside the items', and held removals.
constexpr size_t kEntriesMax = 20'000;

}  // namespace

BulkPass::BulkPass(Core& core, Sending& sending, Departures& departures, const Job& job)
    : core_(core),
      sending_(sending),
      departures_(departures),
      owner_(job.row.owner),
      sorter_(core.store.directory(), kItemBytes, core.options.sort_memory),
      scanned_(job.row.bulk == store::BulkKind::kEmpty) {
  if (scanned_) exhausted_ = sorter_.finish().ok();
  for (const store::LeftRow& left : core.lists.at(job.row.list).left)
    if (!scanned_) left_.push_back(left.owner);
}

bool BulkPass::step(Job& job, List& list) {
  if (finished_) return false;
  if (!scanned_) {
    scan_page(job);
    return true;
  }
  if (merged_) {
    if (!release_erased(core_, list, false, review_from_)) finish(job, list);
    return true;
  }
  if (!sending_.can_send(list)) return false;
  merge_page(job, list);
  return true;
}

void BulkPass::add_item(const Item& item) {
  std::array<uint8_t, kItemBytes> record;
  std::memcpy(record.data(), item.hash.data(), 32);
  std::memcpy(record.data() + 32, item.profile.bytes.data(), 16);
  record[48] = static_cast<uint8_t>((item.primary ? kPrimaryFlag : 0) | (item.drop ? kDropFlag : 0));
  record[49] = static_cast<uint8_t>(item.passes);
  std::memcpy(record.data() + 50, &item.owner, sizeof item.owner);
  sorter_.add(record);
}

void BulkPass::scan_page(Job& job) {
  std::vector<std::pair<ProfileId, Owned>> members;
  Bytes keys;
  size_t visited = 0;
  int64_t warnings = 0;
  std::optional<ProfileId> next;
  passing_.clear();
  counted_.clear();
  core_.store.profiles.scan(scan_from_, [&](const ProfileId& profile, const store::Person& person) {
    if (visited == core_.options.scan_page) {
      next = profile;
      return false;
    }
    ++visited;
    if (const Passes passes = passes_brake(job, person); passes != Passes::kNo)
      passing_.push_back({profile, passes});
    if (auto wanted = desire_.of(job, person, warnings)) {
      members.emplace_back(profile, std::move(*wanted));
      append(keys, profile.bytes);
    }
    return true;
  });
  const ByteView to = next ? ByteView(next->bytes) : ByteView();
  core_.store.owned.merge(owner_, scan_from_.bytes, to, keys, SIZE_MAX,
                          [&](size_t i, ByteView key, std::optional<ByteView> old, Bytes& record) {
                            if (i == store::LayeredMap::kNoKey) {
                              scan_member(job, store::profile_id_at(key.data()), {}, old);
                              return store::Write::kErase;
                            }
                            scan_member(job, members[i].first, members[i].second, old);
                            store::write_owned(members[i].second, record);
                            return old && as_text(*old) == as_text(record) ? store::Write::kKeep
                                                                           : store::Write::kPut;
                          });
  scan_left(next);
  job.row.members_scanned += static_cast<int64_t>(members.size());
  job.changed = true;
  if (warnings != 0) core_.tally.warning(job.row.bulk_run, warnings);
  if (next) {
    scan_from_ = *next;
    return;
  }
  scanned_ = true;
  (void)sorter_.finish();  // merge_page looks at how it went
}

// Hands the person's identifiers to the sorter; who has some is considered when the first of them is merged.
// No `wanted` hashes and reason: no member any more.
void BulkPass::scan_member(Job& job, const ProfileId& profile, const Owned& wanted,
                           std::optional<ByteView> old) {
  Owned before;
  if (old) store::read_owned(*old, before);
  const bool member = wanted.reason != 0 || !wanted.hashes.empty();
  bool primary = true;
  for (const Hash& hash : wanted.hashes) {
    add_item({hash, profile, primary, false, Passes::kNo, owner_});
    primary = false;
  }
  for (const Hash& hash : before.hashes) {
    if (std::binary_search(wanted.hashes.begin(), wanted.hashes.end(), hash)) continue;
    add_item({hash, profile, primary, true, passes_of(profile), owner_});
    primary = false;
  }
  if (!primary && !left_.empty()) counted_.push_back(profile);
  if (!primary || !member) return;
  core_.tally.consider(job.row.bulk_run);
  core_.tally.not_sent(job.row.bulk_run, static_cast<Reason>(wanted.reason));
}

Passes BulkPass::passes_of(const ProfileId& profile) const {
  const auto at = std::ranges::lower_bound(passing_, profile, {}, &Dropping::profile);
  return at != passing_.end() && at->profile == profile ? at->passes : Passes::kNo;
}

// Those of the scanned page whom jobs that have left the list had there. The job counts each of them once.
void BulkPass::scan_left(const std::optional<ProfileId>& next) {
  if (left_.empty()) return;
  std::ranges::sort(counted_);
  std::vector<Item> items;
  Owned owned;
  for (const JobNumber owner : left_) {
    core_.store.owned.scan(owner, scan_from_.bytes, [&](ByteView key, ByteView record) {
      const ProfileId profile = store::profile_id_at(key.data());
      if (next && profile >= *next) return false;
      const Passes passes = passes_of(profile) == Passes::kErased ? Passes::kErased : Passes::kNo;
      store::read_owned(record, owned);
      for (const Hash& hash : owned.hashes) items.push_back({hash, profile, false, true, passes, owner});
      return true;
    });
  }
  std::ranges::stable_sort(items, {}, &Item::profile);
  for (size_t i = 0; i < items.size(); ++i) {
    const bool first = i == 0 || items[i].profile != items[i - 1].profile;
    items[i].primary = first && !std::ranges::binary_search(counted_, items[i].profile);
    add_item(items[i]);
  }
}

// Reads items for up to `keys_max` identifiers, all items of one identifier together.
void BulkPass::fill_page(size_t keys_max) {
  size_t keys = 0;
  for (size_t i = 0; i < page_.size(); ++i) keys += i == 0 || page_[i].hash != page_[i - 1].hash;
  while (!exhausted_) {
    if (!lookahead_) {
      const uint8_t* record = sorter_.next();
      if (record == nullptr) {
        exhausted_ = true;
        break;
      }
      Item item{};
      std::memcpy(item.hash.data(), record, 32);
      item.profile = store::profile_id_at(record + 32);
      item.primary = (record[48] & kPrimaryFlag) != 0;
      item.drop = (record[48] & kDropFlag) != 0;
      item.passes = static_cast<Passes>(record[49]);
      std::memcpy(&item.owner, record + 50, sizeof item.owner);
      lookahead_ = item;
    }
    const bool new_key = page_.empty() || page_.back().hash != lookahead_->hash;
    if (new_key && keys == keys_max) break;
    keys += new_key;
    page_.push_back(*lookahead_);
    lookahead_.reset();
  }
}

bool BulkPass::still_owns(const Job& job, const ProfileId& profile, const Hash& hash) {
  bool owns = false;
  if (job.row.bulk == store::BulkKind::kEmpty) return false;
  core_.store.owned.read(owner_, profile.bytes, [&](size_t, ByteView record) {
    Owned owned;
    store::read_owned(record, owned);
    owns = std::binary_search(owned.hashes.begin(), owned.hashes.end(), hash);
  });
  return owns;
}

// Brings one ledger entry's owners up to date and returns its wish. When something has to be sent for it,
// `cause` is the person it counts for; people for whom nothing has to be sent end here.
Wish BulkPass::merge_entry(Job& job, const Hash& hash, std::span<const Item> items, LedgerEntry& entry,
                           AttemptEntry& cause, bool& changed) {
  const int64_t run = job.row.bulk_run;
  std::vector<ProfileId> waiting;  // person-changes that end with this identifier
  std::vector<ProfileId> known;    // sorted, as the items are
  Passes passes = Passes::kNo;
  ProfileId dropped{};
  bool drops = false;  // something that the job itself owned
  for (const Item& item : items) {
    const bool mine = item.owner == owner_;
    const bool owns =
        mine && (touched_.maybe(item.profile) ? still_owns(job, item.profile, hash) : !item.drop);
    if (mine) {
      drops |= set_owner(core_.options.policy, entry, {owner_, item.profile}, owns);
      known.push_back(item.profile);
    }
    if (!owns) dropped = item.profile;
    if (!owns && passes != Passes::kErased && item.passes != Passes::kNo) passes = item.passes;
    if (!item.primary) continue;
    core_.tally.consider(run);
    if (owns == item.drop) {
      core_.tally.not_sent(run, Reason::kSuperseded);
    } else {
      waiting.push_back(item.profile);
    }
  }
  for (const Owner& owner : std::vector<Owner>(entry.owners)) {
    if (owner.job != owner_ || std::binary_search(known.begin(), known.end(), owner.profile)) continue;
    if (touched_.maybe(owner.profile) && still_owns(job, owner.profile, hash)) continue;
    drops |= set_owner(core_.options.policy, entry, owner, false);
    core_.tally.consider(run);
    waiting.push_back(owner.profile);
  }
  changed |= drops;
  if (job.row.bulk == store::BulkKind::kReassert && entry.wanted() && entry.presence == Presence::kPresent) {
    entry.presence = Presence::kMaybe;
    changed = true;
  }
  const Wish wish = read_wish(entry, core_.settle.now());
  // Of a list that others share only what this job owned has been confirmed to go.
  const bool confirmed = job.row.bulk == store::BulkKind::kEmpty && (alone_ || drops);
  const bool removes = wish.difference == Operation::kRemove;
  cause = {hash,  {owner_, dropped},
           false, confirmed || (removes && passes != Passes::kNo),
           run,   removes && passes == Passes::kErased};
  for (const ProfileId& profile : waiting) {
    if (wish.difference && !cause.primary) {
      cause.cause = {owner_, profile};
      cause.primary = true;
    } else {
      core_.tally.not_sent(run, entry.rejected    ? Reason::kRejectedByPinterest
                                : wish.difference ? Reason::kSharedIdentifier
                                                  : Reason::kNoChange);
    }
  }
  if (removes && passes == Passes::kWithdrawn) ++withdrawn_;
  return wish;
}

void BulkPass::merge_page(Job& job, List& list) {
  fill_page(core_.records_max(list));
  // The disk was full, or could not be read: who is missing among the items is not gone. Begun anew.
  if (!sorter_.status().ok()) {
    log(LogLevel::kWarning, "exports", "a pass over everybody begins anew",
        {{"job", job.row.name}, {"reason", sorter_.status().error().text()}});
    job.bulk = nullptr;
    return;
  }
  Bytes keys;
  std::vector<size_t> starts;
  for (size_t i = 0; i < page_.size(); ++i) {
    if (i > 0 && page_[i].hash == page_[i - 1].hash) continue;
    starts.push_back(i);
    append(keys, page_[i].hash);
  }
  starts.push_back(page_.size());
  const Bytes to = lookahead_ ? Bytes(lookahead_->hash.begin(), lookahead_->hash.end()) : Bytes();
  alone_ = !core_.written(list.row.number, job.row.number);
  withdrawn_ = 0;
  Operations operations;
  LedgerEntry entry;
  AttemptEntry cause;
  const LedgerReader ledger(core_, list.row.number);
  const bool unsettled = list.open || !core_.store.queue.empty(list.row.number);
  size_t merged = 0;
  const Bytes resume =
      core_.store.ledger.merge(list.row.number, position_, to, keys, kEntriesMax,
                               [&](size_t i, ByteView key, std::optional<ByteView> old, Bytes& record) {
                                 bool changed = ledger.read(old, entry);
                                 std::span<const Item> items;
                                 if (i != store::LayeredMap::kNoKey) {
                                   items = std::span(page_).subspan(starts[i], starts[i + 1] - starts[i]);
                                   merged = i + 1;
                                 }
                                 Hash hash;
                                 std::memcpy(hash.data(), key.data(), hash.size());
                                 const Wish wish = merge_entry(job, hash, items, entry, cause, changed);
                                 if (wish.difference) {
                                   const bool adds = *wish.difference == Operation::kAdd;
                                   (adds ? operations.adds : operations.removes).push_back(cause);
                                   (adds ? operations.add_wishes : operations.remove_wishes).push_back(wish);
                                 } else if (changed && unsettled) {
                                   operations.ended.emplace_back(hash, wish);
                                 }
                                 if (!changed) return store::Write::kKeep;
                                 if (entry.empty()) return store::Write::kErase;
                                 store::write_ledger_entry(entry, record);
                                 return store::Write::kPut;
                               });
  page_.erase(page_.begin(), page_.begin() + static_cast<ptrdiff_t>(starts[merged]));
  position_ = resume;
  // What is queued for a wish that the pass has ended must not be sent, and what is in flight is taken back.
  for (const auto& [hash, wish] : operations.ended) {
    Cause ended{{owner_, {}}, job.row.bulk_run, job.row.bulk == store::BulkKind::kEmpty, true};
    place(core_, list, hash, wish, &ended);
  }
  if (withdrawn_ > 0) core_.store.count_hour(list.row.number, core_.now(), list.row.present, 0, withdrawn_);
  dispatch(list, operations);
  merged_ = resume.empty() && page_.empty() && exhausted_;
}

// A batch that is large enough goes out as it is; everything else waits in the queue like any other change.
void BulkPass::dispatch(List& list, Operations& operations) {
  const auto queue = [&](std::vector<AttemptEntry>& entries, const std::vector<Wish>& wishes) {
    for (size_t i = 0; i < entries.size(); ++i) {
      Cause cause{entries[i].cause,    entries[i].run, entries[i].unbraked,
                  !entries[i].primary, false,          entries[i].erases};
      place(core_, list, entries[i].hash, wishes[i], &cause);
    }
  };
  const bool queue_empty = core_.store.queue.empty(list.row.number);
  const auto goes_out = [&](const std::vector<AttemptEntry>& entries, const std::vector<Wish>& wishes) {
    return queue_empty && !list.open && entries.size() * 2 >= core_.records_max(list) &&
           entries.size() <= core_.records_max(list) &&
           std::none_of(wishes.begin(), wishes.end(),
                        [](const Wish& wish) { return wish.settles_at.has_value(); });
  };
  const bool adds_go_out = goes_out(operations.adds, operations.add_wishes);
  if (adds_go_out) sending_.open(list, Operation::kAdd, std::move(operations.adds));
  if (!adds_go_out) queue(operations.adds, operations.add_wishes);
  const bool removes_go_out = !operations.removes.empty() &&
                              std::ranges::all_of(operations.removes, &AttemptEntry::unbraked) &&
                              goes_out(operations.removes, operations.remove_wishes);
  if (removes_go_out) sending_.open(list, Operation::kRemove, std::move(operations.removes));
  if (!removes_go_out) queue(operations.removes, operations.remove_wishes);
}

void BulkPass::finish(Job& job, List& list) {
  finished_ = true;
  if (job.row.bulk == store::BulkKind::kReassert) job.row.reasserted_at = core_.now();
  if (job.row.bulk != store::BulkKind::kEmpty) job.row.bulk = store::BulkKind::kNone;
  departures_.taken_over(list, left_);
  job.row.consent_edited_at = Time{};
  job.row.erasures_missed = false;
  job.row.members_total = job.row.members_scanned;
  core_.tally.close(job.row.bulk_run, core_.now());
  job.changed = true;
  sending_.flush_now(list);
}

}  // namespace pinrelay::exports
