// One pass over everybody for a job (backfill, resync, re-assert, removing everyone), in key order from end
// to end: scan people by profile, sort their identifiers on bounded memory, merge them with the ledger. The
// pass lives in memory; a crash begins it anew, which costs reading but sends nothing twice, because the
// ledger knows what has been acknowledged.
//
// Live changes go on meanwhile. A profile that live has touched since the pass began may have been scanned
// before; so whatever the pass believes about a touched profile is looked up again before it is used.
//
// Whom jobs had on the list that have left it (departure.h) the pass takes over: they are removed unless
// somebody still owns their identifiers.
#pragma once

#include "base/sorter.h"
#include "exports/brake.h"
#include "exports/departure.h"

namespace pinrelay::exports {

// Says "untouched" for sure or "touched" perhaps, in a fixed megabyte.
class TouchedFilter {
 public:
  TouchedFilter() : bits_(kBits / 64) {}
  void set(const ProfileId& profile) { bits_[index(profile) / 64] |= 1ULL << (index(profile) % 64); }
  bool maybe(const ProfileId& profile) const {
    return (bits_[index(profile) / 64] >> (index(profile) % 64) & 1) != 0;
  }

 private:
  static constexpr size_t kBits = 1 << 23;
  static size_t index(const ProfileId& profile) {
    uint64_t value;
    std::memcpy(&value, profile.bytes.data() + 8, sizeof value);
    return value % kBits;
  }
  std::vector<uint64_t> bits_;
};

class BulkPass {
 public:
  BulkPass(Core& core, Sending& sending, Departures& departures, const Job& job);

  void touch(const ProfileId& profile) { touched_.set(profile); }
  // One page of work, within a transaction; false when nothing can be done now. Ends by setting job.row.bulk
  // to none.
  bool step(Job& job, List& list);
  bool scanning() const { return !scanned_; }
  // Everything has been handed to the queue or sent.
  bool finished() const { return finished_; }

 private:
  struct Item {
    Hash hash;
    ProfileId profile;
    bool primary, drop;
    Passes passes;    // a drop
    JobNumber owner;  // the job's, or one that has left
  };
  struct Dropping {
    ProfileId profile;
    Passes passes;
  };
  struct Operations {
    std::vector<AttemptEntry> adds, removes;
    std::vector<Wish> add_wishes, remove_wishes;
    std::vector<std::pair<Hash, Wish>> ended;  // nothing has to be sent for them any more
  };

  void scan_page(Job& job);
  void scan_member(Job& job, const ProfileId& profile, const Owned& wanted, std::optional<ByteView> old);
  void scan_left(const std::optional<ProfileId>& next);
  Passes passes_of(const ProfileId& profile) const;
  void add_item(const Item& item);
  void merge_page(Job& job, List& list);
  void fill_page(size_t keys_max);
  Wish merge_entry(Job& job, const Hash& hash, std::span<const Item> items, LedgerEntry& entry,
                   AttemptEntry& cause, bool& changed);
  bool still_owns(const Job& job, const ProfileId& profile, const Hash& hash);
  void dispatch(List& list, Operations& operations);
  void finish(Job& job, List& list);

  Core& core_;
  Sending& sending_;
  Departures& departures_;
  const JobNumber owner_;
  std::vector<JobNumber> left_;  // owners that it takes over
  Desire desire_;
  TouchedFilter touched_;
  Sorter sorter_;
  ProfileId scan_from_{};
  std::vector<Dropping> passing_;   // of the scanned page: whose removals the brake lets pass; sorted
  std::vector<ProfileId> counted_;  // of the scanned page: who has a primary item; sorted
  bool scanned_ = false;
  std::vector<Item> page_;
  std::optional<Item> lookahead_;
  bool exhausted_ = false;
  bool merged_ = false;
  Hash review_from_{};
  bool finished_ = false;
  bool alone_ = false;     // no other job writes to the list
  int64_t withdrawn_ = 0;  // of the page: removals because of withdrawn consent
  Bytes position_;
};

}  // namespace pinrelay::exports
