// The engine: applies input, follows the change log for each job, drives each list. One thread; run_once()
// does a bounded amount of work in small transactions and returns. Everything in memory can be rebuilt from
// the store by load().
#pragma once

#include <functional>

#include "exports/bulk.h"
#include "exports/chores.h"
#include "exports/conversions.h"
#include "exports/jobs.h"
#include "exports/live.h"
#include "sources/change_sink.h"

namespace pinrelay::exports {

struct EngineParts {
  store::Store& store;
  const Clock& clock;
  Random& random;
  http::Transport& transport;
  TokenSource& tokens;
};

class Engine final : public sources::ChangeSink {
 public:
  Engine(EngineParts parts, EngineOptions options, const std::vector<config::Authorization>& authorizations);

  // After construction, before anything else. Attempts that were open when the last process ended have an
  // unknown outcome.
  Result<void> load();
  // One that became known while it runs; changes the tier of a known one.
  void add_authorization(const std::string& name, config::Tier tier);
  // True when something was done, so that more may be waiting. An error means that nothing since the last
  // durable step happened: kUnavailable passes by itself (a full disk), anything else is a reason to stop.
  Result<bool> run_once();
  // Nothing is left to do but to wait for time or input: no input to apply, no pass owed, no attempt open,
  // queues empty (but for what is braked or failed). What `run --until-idle` waits for.
  bool idle();

  // Nothing new is sent from now on; open requests may still end.
  void drain() { core_.draining = true; }
  bool requests_open() const { return !tickets_.empty(); }

  // Runs `change` as one durable transaction, for the verbs and other writers on the engine's thread. An
  // error undoes all of it; where it had written something, what is in memory is read anew.
  Result<void> transact(const std::function<Result<void>()>& change);
  // Appended to the audit log by the next transaction that changes something; `complete` adds what it has
  // changed.
  void note(store::AuditRow entry, std::function<void(store::AuditRow&)> complete = {}) {
    note_ = std::move(entry);
    complete_note_ = std::move(complete);
  }
  // What no transaction has taken since.
  std::optional<store::AuditRow> take_note() { return std::exchange(note_, std::nullopt); }
  // The one way in for changes of any source: applies rows, and freezes the conversions that their enters and
  // exits become. Ends before it has frozen more than one transaction should.
  Applied apply(ByteView changes, size_t from) override;
  // Erases what people have under names that were removed from the catalog, in steps.
  void erase_removed_names() { names_from_ = store::ProfileId{}; }
  // Sends what is queued without waiting for the flush timer (used by run --until-idle).
  void flush_all();

  Core& core() { return core_; }
  Jobs& jobs() { return jobs_; }
  Sending& sending() { return sending_; }

 private:
  struct Ticket {
    ListNumber list;
    std::optional<Chore> chore;  // none: the list's attempt
  };

  template <typename Map>
  std::vector<typename Map::key_type> any_order(const Map& map);
  Result<bool> step(const std::function<bool()>& work);
  Result<bool> close_finished();
  void close(const http::Finished& finished);
  Result<bool> apply_input();
  Applied apply_rows(ByteView changes, size_t from, bool observed);
  void note_too_large(uint64_t values);
  size_t end_of_part(ByteView changes, size_t most) const;
  Result<bool> drive_list(ListNumber number);
  Result<bool> drive_job(JobNumber number);
  Result<bool> housekeeping();
  Result<bool> sweep();
  Result<bool> erase_names_step();
  void load_events();
  bool drive_conversions(Job& job, List& list);
  void load_authorizations();
  void distrust_restored();
  void save();
  bool changed() const;

  http::Transport& transport_;
  Core core_;
  Sending sending_;
  Chores chores_;
  Live live_;
  Conversions conversions_;
  Jobs jobs_;
  std::map<uint64_t, Ticket> tickets_;
  std::vector<http::Finished> finished_;
  std::vector<std::pair<uint64_t, Ticket>> new_tickets_;
  std::optional<store::AuditRow> note_;
  std::function<void(store::AuditRow&)> complete_note_;
  bool loaded_ = false;
  Time next_housekeeping_{};
  bool sweeping_ = false, pruning_ = false;
  std::optional<store::ProfileId> names_from_;  // where erasing what removed names had goes on
};

}  // namespace pinrelay::exports
