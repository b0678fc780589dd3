// The Conversions Export: membership events become conversion events, each exactly one. Edge-triggered: an
// event is frozen (its bytes, or the reason why there are none) in the transaction that applies the
// membership event, and what is sent of it, however often, are those bytes.
//
//   freeze.cc    log entry or present member → frozen event, and who may send it (claims)
//   claims.cc    what becomes of claims, and of those who wait for one
//   deliver.cc   frozen events → request → per-event result → counters, records, claims
#pragma once

#include "exports/ownership.h"
#include "exports/sending.h"

#include <functional>

namespace pinrelay::exports {

// Of claims and runs: days since 1970.
inline uint16_t day_of(Time time) { return static_cast<uint16_t>(to_millis(time) / (24 * 3600'000)); }

// Rows of waiting events that one step looks at.
constexpr size_t kRowsLookedAt = 5'000;
constexpr size_t kEventBodyBytesMax = 4 * 1024 * 1024;
// An hour later Pinterest takes a web event for an offline one, and the two kinds travel apart.
inline bool is_offline(const store::Event& event, Time now) {
  return event.offline || event.happened + Millis{3600'000} < now;
}

// Paused and failed jobs collect, too: a membership event has values only when it happens.
bool collects(config::JobType type, store::JobState state);
inline bool collects(const Job& job) { return collects(job.settings.type, job.row.state); }
// Whether the job makes conversions of enters, or of exits.
bool wants(const config::ConversionSettings& settings, store::EntryKind kind);

class Conversions final : public store::ChangeObserver {
 public:
  Conversions(Core& core, Sending& sending) : core_(core), sending_(sending) {}

  // Everything in memory is void after a failed transaction.
  void load();

  // Whether any job collects; whether one does from this audience.
  bool observes() const;
  bool follows(store::AudienceNumber audience) const override;
  // What the store tells while it applies input. A deletion makes no conversions.
  void observe(const store::LogEntry& entry, const store::Person& person, size_t place,
               bool deleting) override;
  // After rows have been applied: brings what they froze into the order of the rows, decides who of them may
  // be sent, and stores them. Returns about how many bytes that was.
  size_t settle_page();
  // One page of present members, for a job with existing users; false when nothing can be done now.
  bool scan_step(Job& job, List& list);
  // The scan has come to its end, or is given up.
  void end_scan(Job& job);
  // Builds the events of these people anew, from what is known of them today; returns how many people.
  int64_t freeze_again(Job& job, std::vector<ProfileId> people);
  // Settings and names have been read: what builds the job's events.
  void prepare(Job& job);

  // Opens the next attempt of the destination, if one is due.
  bool step(List& list);
  void close(List& list, int64_t request, const http::Response& response);
  // The process that had these in flight is gone.
  void close_lost(List& list, const std::function<bool(const store::EventAttempt&)>& lost);
  // A job that goes away: its events without an outcome end, their claims with them.
  void forget(Job& job, List& list, Reason reason);
  // Events of the job take over what they wait for from jobs that do not run; true when one did.
  bool take_claims(List& list);
  // Forgets claims that nobody can need any more: a bounded part at each call, true when more may be left.
  bool prune_claims();
  // Whether something is left to be sent; or to be sent or decided.
  bool busy(const List& list) const;
  bool pending(const List& list) const;

 private:
  struct Frozen {
    ListNumber list = 0;
    size_t place = 0;  // of its row
    store::Event event;
  };
  // What an event ends as.
  struct Ending {
    Reason reason = Reason::kNone;  // kNone: sent
    int64_t request = 0;
    std::string detail;
  };
  enum class ClaimFate { kTaken, kReleased };

  // freeze.cc
  size_t settle(bool scan);
  std::vector<bool> claim_frozen();
  void place(Frozen& frozen);
  void fill_pages(ListNumber list, std::vector<store::Event> events);
  void give_rows(const ProfileId& profile);
  void freeze(Job& job, const ProfileId& profile, const store::Person& person, store::EventClass event_class);
  const pinterest::BuiltEvent& build(Job& job, const store::Person& person);
  void suppress(const ProfileId& profile);
  int64_t run_of(Job& job, store::EventClass event_class);
  void record(Job& job, const ProfileId& profile, Reason reason, int64_t request, std::string detail);
  void not_frozen(Job& job, const ProfileId& profile, int64_t run, Reason reason);
  bool scanning() const;
  bool awaits_scan(const Job& job, const ProfileId& profile) const;
  // deliver.cc
  bool can_send(List& list);
  bool open(List& list, store::EventClass event_class);
  http::Request request_of(List& list, store::EventClass event_class, const std::vector<store::Event>& events,
                           store::EventAttempt& attempt);
  std::vector<store::Event> next_body(List& list, store::EventClass event_class);
  std::vector<store::Event> page_body(List& list);
  bool rows_first(List& list);
  bool scans(List& list);
  std::vector<store::Event> queued_body(List& list, store::EventClass event_class);
  std::vector<store::Event> isolated_body(List& list, store::EventClass event_class);
  bool expired(List& list, const store::Event& event);
  void record_results(List& list, store::EventAttempt& attempt, const pinterest::Answer& answer,
                      const std::vector<pinterest::EventResult>& results, std::optional<uint16_t> page_day);
  void count_refusals(List& list, const store::EventAttempt& attempt, const std::string& words);
  bool expires(const store::Event& event, Time now) const;
  void build_anew(std::vector<store::Event>& events);
  void pair_anew(List& list, store::EventAttempt& attempt);
  void drop_erased(List& list, const store::EventAttempt& attempt);
  std::optional<store::Event> event_of(List& list, const store::EventAttemptEntry& entry);
  void note_risk(const store::Event& event, const store::EventAttempt& attempt);
  void keep_unknown(List& list, const store::EventAttempt& attempt);
  void split(List& list, const store::EventAttempt& attempt);
  void end(List& list, const store::Event& event, const Ending& ending);
  void conclude(const store::Event& event, const Ending& ending);
  // claims.cc
  void change_claims();
  bool take_claim(List& list, const store::Event& event, const store::ClaimEntry& held);
  void let_send(ListNumber list, store::Event event);
  void end_waiting(const store::Claim& claim, ClaimFate fate);

  Core& core_;
  Sending& sending_;
  std::vector<pinterest::FieldValue> values_;  // of the event that is being built
  std::vector<Frozen> frozen_;
  size_t place_ = 0;                                       // of the row that is observed
  size_t frozen_bytes_ = 0;                                // since rows were settled last
  std::vector<std::pair<store::Claim, ClaimFate>> fates_;  // of the transaction under way
  std::optional<Bytes> prune_from_;
};

}  // namespace pinrelay::exports
