// From the queue to Pinterest and back: decides when a list flushes, opens attempts (durable before their
// first byte), and records what an attempt's end means for the ledger, the queue and the list's next step.
#pragma once

#include <span>

#include "exports/placement.h"
#include "pinterest/answer.h"
#include "pinterest/objects.h"
#include "pinterest/requests.h"

namespace pinrelay::exports {

// Of what was not sent: only what has this reason, only what is this person's.
struct Selection {
  std::optional<Reason> reason;
  std::optional<ProfileId> person;
};

class Sending {
 public:
  explicit Sending(Core& core) : core_(core) {}

  // Whether a batch of the list could be sent right now: nothing open, nothing to wait for, budget left.
  bool can_send(List& list);
  // Starts the next batch if one is due; false when there is none. Within a transaction.
  bool step(List& list);
  // Opens an attempt with these entries (sorted by hash, in no queue row).
  void open(List& list, Operation operation, std::vector<AttemptEntry> entries);
  // The open attempt has ended.
  void close(List& list, const http::Response& response);
  // The process that had it in flight is gone: its outcome is unknown.
  void close_lost(List& list);

  // The list was not made after all: what its create carried is nowhere.
  void forget_create(List& list);

  // Sends rejected identifiers again whose last request came after that one, or those alone that a person
  // selects; returns how many.
  int64_t retry_rejected(Job& job, List& list, int64_t after_request, const Selection& only = {});
  // As what the request was refused that an identifier was last in.
  Reason rejected_as(int64_t request);

  // When the list's queue is due by age; nothing while there is none (or it is due by size: then now).
  std::optional<Time> due_at(List& list);
  Millis flush_after(const List& list);
  // Changes that could be sent now, in people.
  int64_t queued_users(const List& list) const;
  // Sends everything that is queued now, without waiting.
  void flush_now(List& list);

  // Waiting and failing: what an answer means for when to go on, of a change or of one of the list's other
  // calls.
  void note_outcome(List& list, const pinterest::Answer& answer, bool write);
  // An open row of the request log; `write`: it counts against the limit of changes.
  void log_request(const List& list, int64_t number, const http::Request& request, std::string_view what,
                   size_t records, bool write);
  // What the answer was, into the request log.
  void note_request(int64_t request, const pinterest::Answer& answer, const http::Response& response);
  // We have so many more identifiers on the list.
  void count_present(List& list, int64_t by);
  // Of jobs that run; those that remove everyone never give up (removal.cc).
  void fail_jobs(List& list, std::string code, std::string reason);
  // The list, or its ad account, cannot be found. Only Pinterest's own word about the list itself, with the
  // ad account readable within a minute, lets a removal of everyone end; anything else has it wait.
  void note_gone(List& list, const pinterest::Answer& answer);
  void note_account_gone(List& list, const pinterest::Answer& answer);
  // The ad account could be read.
  void confirm_gone(List& list);
  Authorization& authorization(const List& list) { return core_.authorizations[list.row.authorization]; }
  // Nothing while there is no token, or the one there is was refused.
  std::optional<pinterest::Access> access(List& list);

 private:
  struct Batch {
    Operation operation = Operation::kAdd;
    std::vector<AttemptEntry> entries;
  };
  Batch next_batch(List& list);
  Batch isolated_batch(List& list);
  Batch queued_batch(List& list, QueueClass queue_class);
  void name_list(List& list);
  void record_answer(List& list, const store::Attempt& attempt, const pinterest::Answer& answer);
  void settle_entries(List& list, const store::Attempt& attempt, pinterest::Verdict verdict, bool rejects,
                      bool isolated, const std::vector<Wish>& wishes);
  void requeue(List& list, const AttemptEntry& entry, const Wish& wish, const store::Attempt& attempt,
               bool isolate);
  void split(List& list, const store::Attempt& attempt);
  void cannot_reach(List& list, const pinterest::Answer& answer, Millis wait);
  void give_up_isolating(List& list, const pinterest::Answer& answer);

  Core& core_;
};

}  // namespace pinrelay::exports
