// The open attempt of a list: written before the first byte leaves, gone when its outcome is known and
// recorded.
#pragma once

#include "base/clock.h"
#include "store/ledger.h"

namespace pinrelay::store {

struct AttemptEntry {
  Hash hash{};
  Owner cause{};
  bool primary = false;
  bool unbraked = false;
  int64_t run = 0;
  bool erases = false;  // as in QueueRow
};

struct Attempt {
  int64_t request = 0;  // number of its row in the request table
  Operation operation = Operation::kAdd;
  bool creates_list = false;
  Time started_at{};
  std::vector<AttemptEntry> entries;  // by hash
};

class Attempts {
 public:
  explicit Attempts(Db& db);
  void put(ListNumber list, const Attempt& attempt);
  std::optional<Attempt> get(ListNumber list);
  void erase(ListNumber list);

 private:
  Db& db_;
  Statement put_, get_, erase_;
};

}  // namespace pinrelay::store
