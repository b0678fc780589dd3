// What each job's runs counted, by the hour, and since when something waits. Watched hours only: those in
// which the job ran while the service did, so that neither a pause nor a stopped service looks like silence.
#pragma once

#include <map>

#include "exports/engine.h"

namespace pinrelay::alerts {

struct HourCounts {
  int64_t changes = 0;  // of memberships and mapped fields, that came by the log
  int64_t added = 0, removed = 0, rejected = 0, invalid = 0;
};

// 14 days of watched hours, oldest first; the last one is not over.
using Hours = std::vector<HourCounts>;
inline constexpr int64_t kHoursMax = 14 * 24;
inline constexpr int64_t kWindowMax = 7 * 24;

// The last `hours` whole ones and the present one.
HourCounts sum_of(const Hours& hours, int64_t hours_back);

// How quiet a job is, in whole hours without a change.
struct Quiet {
  bool known = false;  // it has been watched for 10 days, with changes in at least 5 hours
  int64_t now = 0;     // up to the present hour
  int64_t usual = 0;   // the longest that ended with a change
  // Beyond the usual by that many percent, and by two hours at least.
  bool unusual(int64_t percent) const { return known && now > std::max(usual * percent / 100, usual + 2); }
};
Quiet quiet_of(const Hours& hours);

class JobHours {
 public:
  // Forgets what is in memory; the next look reads the store.
  void forget() { watched_.clear(), waiting_.clear(), loaded_ = false; }
  // Looks at all running jobs; within a transaction.
  void look(exports::Core& core);

  // Null when the job was never watched.
  const Hours* of(store::JobNumber job) const;
  // Since when it has something to send without a success; nothing when it has not.
  std::optional<Time> waiting_since(const exports::Core& core, const exports::Job& job) const;

 private:
  struct Seen {  // of a run at the last look
    HourCounts counts;
    bool ended = false;  // nothing more can happen to it
  };
  struct Watched {
    int64_t hour = 0;
    std::map<int64_t, Seen> runs;
    Hours hours;
  };
  void load(store::Store& store);
  void look_at(exports::Core& core, const exports::Job& job);
  void look_at_waiting(exports::Core& core, exports::Job& job);
  static void count_runs(store::Store& store, store::JobNumber job, Watched& watched, bool first);
  static bool next_hour(Watched& watched, int64_t hour);
  static void write(store::Store& store, store::JobNumber job, const Watched& watched);

  std::map<store::JobNumber, Watched> watched_;
  std::map<store::JobNumber, Time> waiting_;
  bool loaded_ = false;
};

}  // namespace pinrelay::alerts
