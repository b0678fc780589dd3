// The verbs of a job: apply, start, pause, resume, restart, resync, flush, release, retry, stop, remove. Each
// runs inside one transaction of the engine's; an error leaves everything as it was.
#pragma once

#include "exports/conversions.h"
#include "exports/departure.h"
#include "exports/sending.h"

namespace pinrelay::exports {

// Whether a conversions job sends the present members once it runs with these settings; `before`: the job as
// it is, null for a new one.
bool scans_members(const Job* before, const config::JobSettings& settings);

class Jobs {
 public:
  Jobs(Core& core, Sending& sending, Conversions& conversions)
      : core_(core), sending_(sending), conversions_(conversions), departures_(core) {}

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
  // Of conversions: lets what a restore holds go, or gives it up.
  Result<void> discard(Job& job);
  // Sends rejected identifiers again; of conversions, builds the events of people who were invalid or
  // rejected anew, each record once. Refuses a reason that no repeat can help.
  Result<Retried> retry(Job& job, const Selection& only = {});
  Result<void> stop(Job& job);
  // Leaves the list as it is, or first removes everyone we added: the job then goes when that is
  // acknowledged, or when Pinterest shows that the list is gone. Until then only keep() gives it up
  // (removal.cc).
  Result<void> remove(Job& job, bool empty_first);
  // Gives up the removal of everyone: whoever is gone is added again. Returns how many people that were.
  Result<int64_t> keep(Job& job);
  // Takes away jobs whose list has been emptied.
  void finish_removed();
  // A pass is owed: remembers it and forgets the one in memory.
  void owe(Job& job, store::BulkKind kind);
  // When the change log no longer reaches back to the job's cursor (a long pause, a long outage of ours), a
  // look at everybody takes its place.
  void catch_up(Job& job);
  Departures& departures() { return departures_; }
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
  Result<Retried> retry_events(Job& job, const Selection& only);
  Result<void> decide(const Job& job) const;
  void move(Job& job, List& list);
  bool emptied(const Job& job);
  void confirm_removals(Job& job);
  void erase(Job& job);
  Error refuse(const Job& job, const char* verb) const;
  Error refuse_while_removing(const Job& job, const char* verb) const;

  Core& core_;
  Sending& sending_;
  Conversions& conversions_;
  Departures departures_;
};

}  // namespace pinrelay::exports
