// The Conversions Export: membership events become conversion events, each exactly one. Edge-triggered: an
// event is frozen (its bytes, or the reason why there are none) in the transaction that applies the
// membership event, and what is sent of it, however often, are those bytes.
//
//   freeze.cc    log entry or present member → frozen event, and who may send it (claims)
//   claims.cc    what becomes of claims, and of those who wait for one
//   deliver.cc   frozen events → request → per-event result → counters, records, claims
//   holds.cc     what may not be sent any more, or not now: withdrawals, edits, test mode, a restore
#pragma once

#include "exports/ownership.h"
#include "exports/sending.h"

#include <functional>
#include <span>

namespace pinrelay::exports {

// Of claims and runs: days since 1970.
inline uint16_t day_of(Time time) { return static_cast<uint16_t>(to_millis(time) / (24 * 3600'000)); }

// Rows of waiting events that one step looks at.
constexpr size_t kRowsLookedAt = 5'000;
constexpr size_t kEventBodyBytesMax = 4 * 1024 * 1024;
// About what the rows of an event and its claim take, or the record of one that could not be frozen.
constexpr size_t kFrozenRowBytes = 128;
// After that Pinterest takes a web event for an offline one, and the two kinds travel apart.
constexpr Millis kOnlineFor{3600'000};
inline bool is_offline(const store::Event& event, Time now) {
  return event.offline || event.happened + kOnlineFor < now;
}

// Within this time Pinterest recognises a repeat of what it has taken (its documents say 24 and 48 hours).
constexpr Millis kRepeatable{20 * 3600'000};

// What keeps a frozen event here although its job runs. For all of a job's events at once, `sends_real` and
// `held_events` say the same.
enum class Hold : uint8_t { kNone, kTestMode, kRestored };
Hold hold_of(const Job& job, const store::Event& event, Time now);
// True if the job's state and settings let it send real events.
inline bool sends_real(const Job& job) { return job.running() && !job.settings.conversions.test_mode; }
// True until a person has decided about events that a restore brought back.
inline bool undecided(const Job& job) { return to_millis(job.row.restored_at) != 0; }
// Frozen before the backup that the store was restored from, so it may have been sent after it; or of a scan
// that is held.
inline bool restored(const Job& job, const store::Event& event) {
  return event.number <= job.row.restored_through || event.event_class == store::EventClass::kHeld;
}
// The scan of present members waits for that decision, too.
inline bool scan_held(const Job& job) { return undecided(job) && job.row.bulk == store::BulkKind::kBackfill; }
// How many events are held, and how many are left to be sent without anybody's doing.
int64_t held_events(store::Store& store, const Job& job);
int64_t due_events(store::Store& store, const Job& job);

// What became of records that were to be repeated.
struct Retried {
  int64_t again = 0;       // built anew (of a list: sent again)
  int64_t changed = 0;     // left out: today's data has another name or id, or makes no event
  int64_t unknown = 0;     // left out: Pinterest may have had the event before it was refused
  int64_t no_consent = 0;  // left out
};

// Paused and failed jobs collect, too: a membership event has values only when it happens.
bool collects(config::JobType type, store::JobState state);
inline bool collects(const Job& job) { return collects(job.settings.type, job.row.state); }
// True if the job turns this kind of entry, enter or exit, into conversions.
bool wants(const config::ConversionSettings& settings, store::EntryKind kind);

class Conversions final : public store::ChangeObserver {
 public:
  Conversions(Core& core, Sending& sending) : core_(core), sending_(sending) {}

  // Everything in memory is void after a failed transaction.
  void load();

  // True if any job collects, or one collects from this audience.
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
  // Repeats these records, from what is known of their people today; `again` counts people.
  Retried freeze_again(Job& job, std::vector<store::RecordRow> records);
  // Settings and names have been read: what builds the job's events.
  void prepare(Job& job);

  // Opens the next attempt of the destination, if one is due.
  bool step(List& list);
  void close(List& list, int64_t request, const http::Response& response);
  // What waits is looked at once more, before the job's next attempt: consent_field has changed, or test mode
  // was switched on, or a person discards what was restored.
  void begin_sweep(Job& job);
  // A bounded part of that; false when nothing is left to look at.
  bool sweep_step(Job& job, List& list);
  // The same for what is held or refused, from time to time: it grows old.
  void sweep_held(Job& job);
  // The store has been restored: nothing of the job goes by itself that Pinterest could not recognise.
  // `backup`: when it was made; zero when that is unknown.
  void hold_restored(Job& job, List& list, Time backup);
  // A person's decision about it.
  void release_restored(Job& job);
  void discard_restored(Job& job);
  // Marks that decision as taken when nothing is left of it.
  void forget_decided(Job& job, List& list);
  // Refused events whose streak no success has interrupted are sent again, with the same bytes; or never.
  void resend_refused(List& list);
  void give_up_refused(List& list);
  // The process that had these in flight is gone.
  void close_lost(List& list, const std::function<bool(const store::EventAttempt&)>& lost);
  // A job that goes away: its events without an outcome end, their claims with them.
  void forget(Job& job, List& list, Reason reason);
  // Events of the job take over what they wait for from jobs that do not run; true when one did.
  bool take_claims(List& list);
  // Forgets claims that nobody can need any more: a bounded part at each call, true when more may be left.
  bool prune_claims();
  // Whether something is left to do without anybody's doing; or something has no outcome yet.
  bool busy(const Job& job, const List& list) const;
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
  // Somebody who no longer consents: the job's events of rows before this place end.
  struct Withdrawal {
    ProfileId profile;
    JobNumber job = 0;
    size_t place = 0;
    auto operator<=>(const Withdrawal&) const = default;
  };

  // freeze.cc
  size_t settle(bool scan);
  std::vector<bool> claim_frozen();
  void place(Frozen& frozen);
  void fill_pages(ListNumber list, std::vector<store::Event> events);
  void give_rows(const ProfileId& profile);
  void freeze(Job& job, const ProfileId& profile, const store::Person& person, store::EventClass event_class);
  void freeze_in(int64_t run, Job& job, const ProfileId& profile, const store::Person& person,
                 store::EventClass event_class);
  int64_t run_counting(const store::RecordRow& record) const;
  const pinterest::BuiltEvent& build(Job& job, const store::Person& person);
  void suppress(const ProfileId& profile);
  store::Claim claim_of(const Job& job, const pinterest::BuiltEvent& built);
  void retry_person(Job& job, const ProfileId& profile, const store::Person& person,
                    std::span<const store::RecordRow> records, Retried& out);
  int64_t run_of(Job& job, store::EventClass event_class);
  int64_t record(Job& job, store::RecordRow row);
  void not_frozen(Job& job, const ProfileId& profile, int64_t run, Reason reason);
  bool scanning() const;
  bool awaits_scan(const Job& job, const ProfileId& profile) const;
  // holds.cc
  void note_withdrawals(const store::LogEntry& entry, const store::Person& person);
  void end_withdrawn();
  void end_withdrawn_rows(const ProfileId& profile, std::span<const Withdrawal> withdrawals);
  Reason reason_to_end(const Job& job, const List& list, const store::Event& event, bool consents);
  bool consents_now(const Job& job, const ProfileId& profile);
  bool may_be_there(const store::Event& event) const;
  void give_up(List& list, store::Event event, Reason reason);
  void drop_unwanted(List& list, const store::EventAttempt& attempt);
  void hold(List& list, const store::Event& event);
  bool is_wanted(List& list, const store::EventAttemptEntry& entry);
  void end_restored(Job& job);
  // deliver.cc
  Job* job_of(const List& list);
  int64_t count_end(const store::Event& event, const Ending& ending, bool wanted);
  void keep_refused(List& list, const store::EventAttemptEntry& entry, const Ending& ending);
  void end_refused(List& list);
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
  bool is_held(const store::Event& event) const;
  void record_results(List& list, store::EventAttempt& attempt, const pinterest::Answer& answer,
                      const std::vector<pinterest::EventResult>& results, std::optional<uint16_t> page_day);
  void count_refusals(List& list, const std::string& words);
  bool expires(const store::Event& event, Time now) const;
  void build_anew(std::vector<store::Event>& events);
  void pair_anew(List& list, store::EventAttempt& attempt);
  std::optional<store::Event> event_of(List& list, const store::EventAttemptEntry& entry);
  void note_risk(const store::Event& event, const store::EventAttempt& attempt);
  void keep_unknown(List& list, const store::EventAttempt& attempt);
  void split(List& list, const store::EventAttempt& attempt);
  void end(List& list, const store::Event& event, const Ending& ending);
  void conclude(const store::Event& event, const Ending& ending, bool wanted = true);
  // claims.cc
  void change_claims();
  bool take_claim(List& list, const store::Event& event, const store::ClaimEntry& held);
  bool let_send(ListNumber list, store::Event event);
  void end_waiting(const store::Claim& claim, ClaimFate fate);

  Core& core_;
  Sending& sending_;
  std::vector<pinterest::FieldValue> values_;  // of the event that is being built
  std::vector<Frozen> frozen_;
  std::vector<Withdrawal> withdrawn_;                      // of the page under way
  size_t place_ = 0;                                       // of the row that is observed
  size_t frozen_bytes_ = 0;                                // since rows were settled last
  std::vector<std::pair<store::Claim, ClaimFate>> fates_;  // of the transaction under way
  std::optional<Bytes> prune_from_;
  std::vector<std::pair<int64_t, Time>> runs_;  // of the job whose records are repeated: newest first
};

}  // namespace pinrelay::exports
