// The verbs of a job: apply, start, pause, resume, restart, resync, flush, release, retry, stop, remove. Each
// runs inside one transaction of the engine's; an error leaves everything as it was.
#pragma once

#include "exports/conversions.h"
#include "exports/sending.h"

namespace pinrelay::exports {

// Whether a conversions job sends the present members once it runs with these settings; `before`: the job as
// it is, null for a new one.
bool scans_members(const Job* before, const config::JobSettings& settings);

class Jobs {
 public:
  Jobs(Core& core, Sending& sending, Conversions& conversions)
      : core_(core), sending_(sending), conversions_(conversions) {}

  // Reads a row from the store into memory, with its settings and field numbers.
  Result<Job> load(store::JobRow row);
  Job* find(std::string_view name);

  // The list that the job would write to: the one it has, or another that we know; nothing when one would be
  // begun. An error is what apply refuses with.
  Result<List*> target(const config::JobSettings& settings);
  // Creates the job (as a draft) or changes it; "created", "changed", "unchanged".
  Result<std::string> apply(const config::JobSettings& settings);
  Result<void> start(Job& job);
  Result<void> pause(Job& job);
  Result<void> resume(Job& job);
  // Rereads settings and credentials; keeps ledger and cursor.
  Result<void> restart(Job& job);
  Result<void> resync(Job& job, bool reassert);
  Result<void> flush(Job& job);
  Result<void> release(Job& job);
  // Sends rejected identifiers again; of conversions, builds the events of people who were invalid or
  // rejected anew. Returns how many. Refuses a
  // reason that no repeat can help.
  Result<int64_t> retry(Job& job, const Selection& only = {});
  Result<void> stop(Job& job);
  // Leaves the list as it is, or first removes everyone we added (the job then goes when that is
  // acknowledged).
  Result<void> remove(Job& job, bool empty_first);
  // Takes away jobs whose list has been emptied.
  void finish_removed();
  // A pass is owed: remembers it and forgets the one in memory.
  void owe(Job& job, store::BulkKind kind);
  // When the change log no longer reaches back to the job's cursor (a long pause, a long outage of ours), a
  // look at everybody takes its place.
  void catch_up(Job& job);
  // When values are read by other rules than they were (identity/reading_rules.h), every job on a list owes
  // one look at everybody, paused ones when they resume.
  void follow_reading_rules();
  // Whether the pass that the job owes or makes is that look.
  static bool rereads(store::Store& store, const store::JobRow& job);

 private:
  Result<List*> known_list(const config::JobSettings& settings, JobNumber except);
  Result<List*> list_for(const config::JobSettings& settings, JobNumber except);
  void resolve_fields(Job& job);
  Result<void> redirect(Job& job, const config::JobSettings& settings);
  Result<void> only_lists(const Job& job, const char* verb) const;
  int64_t retry_events(Job& job, const Selection& only);
  void authorize(List& list, const std::string& authorization);
  void forget_list(Job& job);
  void end_pending(List& list);
  bool emptied(const Job& job);
  bool settling(ListNumber list);
  void confirm_removals(Job& job);
  void erase(Job& job);
  Error refuse(const Job& job, const char* verb) const;

  Core& core_;
  Sending& sending_;
  Conversions& conversions_;
};

}  // namespace pinrelay::exports
