// What was counted by the minute, the hour and the day, for charts: rows of amounts, each a list of whole
// numbers whose meaning their user knows (insight/history.h).
#pragma once

#include "store/db.h"
#include "store/rows.h"

namespace pinrelay::store {

// Stored numbers; a new one goes to the end.
enum class HistoryStep : uint8_t { kMinute = 0, kHour = 1, kDay = 2 };

// Slots are counted from 1970 on, in UTC. Job 0: all jobs together, and that somebody was counting at all.
struct HistoryRow {
  HistoryStep step = HistoryStep::kMinute;
  JobNumber job = 0;
  int64_t slot = 0;
  std::vector<int64_t> amounts;
};

class HistoryTable {
 public:
  explicit HistoryTable(Db& db);

  void put(const HistoryRow& row);
  std::optional<HistoryRow> get(HistoryStep step, JobNumber job, int64_t slot);
  // From slot `from` on, oldest first.
  std::vector<HistoryRow> read(HistoryStep step, JobNumber job, int64_t from);
  void drop_before(HistoryStep step, int64_t slot);
  // Of jobs that are gone.
  void drop_unknown_jobs();

 private:
  Statement put_, get_, read_, drop_before_, drop_unknown_;
};

}  // namespace pinrelay::store
