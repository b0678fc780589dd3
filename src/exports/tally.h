// The counters of runs. Every person-change that is considered is pending until it ends as added, removed,
// omitted, invalid, rejected or uncertain; so considered = the sum of the others, by construction. What is
// pending at the end of a transaction stands as a primary row in the queue or in an open attempt, never in
// memory alone.
#pragma once

#include <map>
#include <utility>

#include "exports/reasons.h"
#include "store/store.h"

namespace pinrelay::exports {

// What has ended of a job's person-changes, and how many requests it took.
struct Ended {
  int64_t added = 0, removed = 0, omitted = 0, invalid = 0, rejected = 0, uncertain = 0, late = 0;
  int64_t requests = 0;
};

class Tally {
 public:
  explicit Tally(store::Store& store) : store_(store) {}

  void load() {
    runs_.clear();
    flushed_.clear();
    last_ = nullptr;
  }
  int64_t open(store::JobNumber job, store::RunKind kind, Time now);
  void consider(int64_t run) { ++at(run).row.considered, ++at(run).row.pending; }
  // A pending person-change ends: sent, or not sent for a reason.
  void sent(int64_t run, store::Operation operation);
  void not_sent(int64_t run, Reason reason);
  // What had ended for the reason is pending again: it is sent once more.
  void send_again(int64_t run, Reason reason);
  int64_t count(int64_t run, Reason reason);
  // Counts something beside the outcome.
  void note(int64_t run, Reason reason) { ++at(run).reasons[static_cast<size_t>(reason)]; }
  void identifiers(int64_t run, store::Operation operation, int64_t count);
  Time started(int64_t run) { return at(run).row.started_at; }
  int64_t considered(int64_t run) { return at(run).row.considered; }
  void request(int64_t run) { ++at(run).row.requests; }
  void warning(int64_t run, int64_t count) { at(run).row.warnings += count; }
  // Nobody is considered in it any more; it ends with its last pending change.
  void close(int64_t run, Time now);
  // Writes what changed; within a transaction, which the caller then says has been durable.
  void flush(Time now);
  void committed();
  // What became durable since this was called last, by job. In memory only: a kill loses it, while the runs
  // themselves lose nothing.
  std::map<store::JobNumber, Ended> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Run {
    store::RunRow row;
    std::array<int64_t, static_cast<size_t>(Reason::kCount)> reasons{};
    Ended written;  // as it was read or written last
    bool changed = false;
  };
  Run& at(int64_t number);
  static int64_t& counter(Run& run, Reason reason);
  static Ended ended_of(const Run& run);

  store::Store& store_;
  std::map<int64_t, Run> runs_;
  Run* last_ = nullptr;
  std::map<store::JobNumber, Ended> flushed_, ended_;
};

// How often each reason occurred in a run.
std::array<int64_t, static_cast<size_t>(Reason::kCount)> read_reasons(const Bytes& reasons);

}  // namespace pinrelay::exports
