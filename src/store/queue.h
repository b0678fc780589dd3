// Pending operations of a list: one row per identifier whose presence differs from the wish and which is not
// in an open attempt.
#pragma once

#include <array>
#include <map>

#include "store/ledger.h"

namespace pinrelay::store {

enum class QueueClass : uint8_t {
  kAdd = 1,
  kRemove = 2,
  kRemoveUnbraked = 3,  // erasure, a confirmed delete, or released by a person: the brake lets it pass
  kSettling = 4,        // may not go yet: its opposite may still take effect; `at` is on the settle clock
  kWaiting = 5,         // the same identifier is in the open attempt, or its batch is being halved
};

struct QueueRow {
  Hash hash{};
  QueueClass queue_class = QueueClass::kAdd;
  Operation operation = Operation::kAdd;
  bool unbraked = false;  // becomes kRemoveUnbraked when it settles
  bool erases = false;    // unbraked, because the person was deleted
  int64_t at = 0;         // wall milliseconds since when it could have been sent (settling: when it can)
  Owner cause{};          // the person-change that is waiting for this row
  bool primary = false;   // exactly one row of a person-change is: it counts the person
  int64_t run = 0;
};

struct QueueCount {
  int64_t rows = 0;
  int64_t users = 0;  // primary rows
};

class Queue {
 public:
  explicit Queue(Db& db);
  void load();  // after opening and after each rollback

  std::optional<QueueRow> get(ListNumber list, const Hash& hash);
  void put(ListNumber list, const QueueRow& row);
  void erase(ListNumber list, const Hash& hash);
  // Additions that wait because of this job's changes, wherever they wait.
  std::vector<QueueRow> additions(ListNumber list, JobNumber job, size_t limit);
  // Rows of the class with at <= until, oldest first.
  std::vector<QueueRow> page(ListNumber list, QueueClass queue_class, int64_t until, size_t limit);
  // Rows that wait because of this owner's change. Reads the list's whole queue: for a person's question.
  std::vector<QueueRow> caused_by(ListNumber list, const Owner& owner);
  // When the oldest row of the class could have been sent.
  std::optional<int64_t> oldest(ListNumber list, QueueClass queue_class);
  QueueCount count(ListNumber list, QueueClass queue_class) const;
  // Rows that could have been sent later than `now` could have been sent now.
  void clamp(ListNumber list, int64_t now);
  bool empty(ListNumber list) const;
  // Lets removals pass the brake that wait because of one of these owners (sorted).
  void unbrake(ListNumber list, const std::vector<Owner>& causes, bool erases);
  // Removals that the brake may hold, in order of their hashes, from the one after `after` on.
  std::vector<QueueRow> removals(ListNumber list, const Hash& after, size_t limit);
  // What waits because of one job's changes waits because of the other's.
  void give(ListNumber list, JobNumber from, JobNumber to);
  // No removal passes the brake any more, but for those of deleted people.
  void brake_all(ListNumber list);
  // Removals of deleted people, and since when the oldest could have been sent.
  struct Erasures {
    int64_t rows = 0;
    int64_t oldest = 0;  // wall milliseconds; 0: none could have been yet
  };
  Erasures erasures(ListNumber list);
  // All that wait because of this job.
  void unbrake_job(ListNumber list, JobNumber job);
  void move_all(ListNumber list, QueueClass from, QueueClass to);
  // Waiting rows become what they would be if nothing were in flight.
  void release_waiting(ListNumber list);
  void erase_all(ListNumber list);

 private:
  void add(ListNumber list, const QueueRow& row, int sign);

  Statement get_, put_, erase_, page_, caused_by_, removals_, unbrake_job_, additions_, removals_after_,
      give_, brake_all_, erasures_, oldest_, count_, move_, release_, clamp_, erase_all_;
  std::map<ListNumber, std::array<QueueCount, 6>> counts_;
};

}  // namespace pinrelay::store
