// The profile store: everyone we know, by keyed hash of their key, and the ordered change log of what changed
// about them.
#pragma once

#include <functional>

#include "base/random.h"
#include "base/sha256.h"
#include "store/catalog.h"
#include "store/layered_map.h"

namespace pinrelay::store {

// Positions in the change log start at 1; a cursor is the last position that was dealt with.
using Position = int64_t;

struct ApplyCounts {
  uint64_t rows = 0, older = 0, repeated = 0, enters = 0, exits = 0, new_people = 0, deleted = 0;
  uint64_t too_large = 0;  // values that were left out, because the person would have become too large

  ApplyCounts& operator+=(const ApplyCounts& more) {
    rows += more.rows, older += more.older, repeated += more.repeated, enters += more.enters;
    exits += more.exits, new_people += more.new_people, deleted += more.deleted;
    too_large += more.too_large;
    return *this;
  }
};

// Follows what happens to people while rows are applied.
class ChangeObserver {
 public:
  virtual ~ChangeObserver() = default;
  // Whether enters of the audience matter to it: only those wait for the rest of their request.
  virtual bool follows(AudienceNumber audience) const = 0;
  // One log entry, with the person as of then. `place` is where its row begins in the buffer; `deleting`: the
  // entry is part of the deletion of the person.
  virtual void observe(const LogEntry& entry, const Person& person, size_t place, bool deleting) = 0;
};

class Notices;

class Profiles {
 public:
  Profiles(Db& db, Catalog& catalog);
  // After opening and after each rollback.
  void load();

  // How many bytes of values a person may have. A value that would make one larger than that is left out, and
  // whatever makes one smaller is taken: who is too large already stays as they are.
  void set_person_bytes_max(size_t bytes) { person_bytes_max_ = bytes; }

  // Applies a buffer of changes (store/change.h) in the order of the buffer; the work is done in key order.
  // `arrival` is the log entries' time. Within a transaction.
  //
  // Each caller says who observes; null: nobody does. A person's entries are observed in their order, people
  // in the order of their ids. An enter is observed with the values that the person's profile rows behind it
  // in the same request bring for the same `at`, up to their next enter or exit of that audience, or delete.
  ApplyCounts apply(ByteView changes, Time arrival, ChangeObserver* observer) {
    return apply(changes, changes.size(), arrival, observer);
  }
  // Applies the rows before `end`. Those behind it are looked at as far as they continue the last request.
  ApplyCounts apply(ByteView changes, size_t end, Time arrival, ChangeObserver* observer);

  ProfileId id_of(std::string_view key);
  // What ids are made with.
  const std::string& secret() const { return secret_; }
  // Who is not known, or exists no more: rows from before `at` bring nobody back. Sorted, distinct ids;
  // others stay as they are.
  struct Tombstone {
    ProfileId id;
    int64_t at;
  };
  void bury(const std::vector<Tombstone>& tombstones);
  // Calls visit(i, person) for each of the sorted, distinct ids that is known; also for who has been deleted
  // (then person.exists() is false), as does scan.
  void read(const std::vector<ProfileId>& ids, const std::function<void(size_t i, const Person&)>& visit);
  // In id order from `from`; stops when visit returns false.
  void scan(const ProfileId& from, const std::function<bool(const ProfileId&, const Person&)>& visit);

  // Erases values and memberships whose names were removed from up to `people_max` people from `from` on, in
  // id order. Where the next ones begin; nothing once all have been looked at. Within a transaction.
  std::optional<ProfileId> erase_removed(const ProfileId& from, size_t people_max);

  // How many people exist.
  int64_t people() const { return people_count_; }

  Position log_head() const { return head_; }
  // The position before the oldest entry still kept.
  Position log_tail();
  // Visits entries after `cursor` in order, up to about `entries_max`; returns the new cursor.
  Position read_log(Position cursor, size_t entries_max, const std::function<void(const LogEntry&)>& visit);
  // When the first entry after the cursor was written; nothing when there is none.
  std::optional<Time> log_time_after(Position cursor);
  void drop_log_before(Time time);

 private:
  struct Row {
    ProfileId id;
    uint32_t offset;  // of the change in the buffer
  };
  struct Pending {
    uint32_t offset;
    LogEntry entry;
  };
  // A buffer of changes while it is applied.
  struct Batch {
    ByteView changes;
    size_t end = 0;  // of the rows to apply
    std::vector<Row> rows;
    std::vector<size_t> starts;  // of each person's rows, and the end
    // Where somebody observes: the row that begins each request, and rows behind the end that an enter before
    // it may wait for.
    std::vector<uint32_t> requests;
    std::vector<Row> ahead;
    Notices* notices = nullptr;
    Bytes keys;  // each person once
    std::vector<Pending> log;
    NumberedChange numbered{};        // reused
    std::vector<LogEntry> entries;    // reused
    std::vector<StoredField> before;  // reused: the person's fields before the rows
    size_t person_bytes = 0;          // at most: the person's record, and the rows that were applied since
    ApplyCounts counts;
  };
  bool sort_rows(Batch& batch, const ChangeObserver* observer);
  bool find_rows_ahead(Batch& batch, const ChangeObserver& observer);
  bool apply_rows(std::span<const Row> rows, Person& person, Batch& batch);
  Applied apply_row(const Row& row, Person& person, Batch& batch);
  void finish_notices(const ProfileId& id, const Person& person, Batch& batch);
  // False, and the database has failed, when the record is damaged.
  bool read_known(ByteView record, Person& out);
  void number_change(const ChangeView& change, NumberedChange& out);
  void keep_within_size(const Person& person, NumberedChange& change, ApplyCounts& counts) const;
  void number_groups(const ChangeView& change, NumberedChange& out);
  void count_fields(const Person& person, int64_t by);
  void append_log(std::vector<Pending>& entries, Time arrival);

  static constexpr MapNumber kPeopleMap = 0;

  Db& db_;
  Catalog& catalog_;
  LayeredMap people_;
  Statement put_log_, select_log_, select_log_from_, log_bounds_, log_time_, trim_log_, select_secret_,
      put_meta_;
  Sha256 sha256_;
  std::string secret_;
  Position head_ = 0;
  int64_t people_count_ = 0;
  size_t person_bytes_max_ = SIZE_MAX;
};

}  // namespace pinrelay::store
