// What the parts of the engine share: the store, the clocks, and the jobs and lists as they are in memory.
// Everything here can be rebuilt from the store; nothing here outlives a failed transaction.
#pragma once

#include <map>
#include <memory>

#include "config/config.h"
#include "exports/budget.h"
#include "exports/settle_clock.h"
#include "exports/tally.h"
#include "http/client.h"
#include "pinterest/conversion_event.h"
#include "store/store.h"

namespace pinrelay::exports {

using store::AttemptEntry;
using store::JobNumber;
using store::LedgerEntry;
using store::ListNumber;
using store::Operation;
using store::Owned;
using store::Owner;
using store::Presence;
using store::ProfileId;
using store::QueueClass;
using store::QueueRow;

// Negative controls: each switches one rule of correctness off, so that the simulation can show that it would
// be missed.
struct Policy {
  bool coalesce_at_retry = true;
  bool owners_are_a_set = true;
  bool acknowledge_what_was_sent = true;
  bool remember_after_answer = true;  // a conversion is delivered when Pinterest says so, not when it is sent
  bool repeat_same_bytes = true;      // not built anew at each attempt
  bool pair_with_what_was_sent = true;  // results, not with what waits by now
  bool files_make_conversions = true;
  bool requests_belong_together = true;  // an enter has the values of later rows of its request
  bool withdrawals_end_events = true;
  bool test_mode_holds_events = true;
  bool restored_events_wait = true;
  bool retry_under_first_id = true;
  bool over_means_left = true;  // a job that is over owns nobody on its list any more
  bool erasure_reaches_left_lists = true;
  bool operator==(const Policy&) const = default;
};

struct EngineOptions {
  std::string pinterest_base_url;
  Millis retention{14 * 24 * 3600'000LL};
  bool rate_budget = true;    // off only for benchmarks
  size_t log_page = 100'000;  // change-log entries a step
  size_t scan_page = 40'000;  // people a step of a bulk pass
  size_t event_page = 1'000;  // conversions of a backfill that are kept together
  size_t inbox_page_bytes = 4 * 1024 * 1024;
  size_t freeze_bytes = 12 * 1024 * 1024;  // conversions frozen a transaction, about
  size_t sort_memory = 40 * 1024 * 1024;
  size_t left_page = 20'000;  // a step of looking after a list that jobs have left: people, or changes
  Policy policy;
};

// Why a list waits, where it is asked for.
constexpr const char* kRateLimited = "rate_limited";

// The longest wait that Pinterest can ask for.
constexpr Millis kWaitMax{25LL * 3600'000};
// Whether something still has to wait. A wait that seems longer than it can be was begun before the clock was
// set back, and is over.
inline bool waits(Time until, Time now, Millis most = kWaitMax) { return now < until && until <= now + most; }

// The text of an authorization's token; nothing while it cannot be read.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual std::optional<std::string> token(std::string_view authorization) = 0;
};

struct Authorization {
  config::Tier tier = config::Tier::kStandard;
  Budget writes, requests;    // changes of lists; calls of any kind
  std::string refused_token;  // Pinterest said 401 to it; nothing is sent until another one is there
  Time not_before{};          // throttled
  int64_t lists = 0;          // how many lists it drives

  // Where both are counted by the day (Trial), questions leave enough for the changes that are still to come.
  bool allows(Time now, bool write) {
    if (write) return requests.allows(now) && writes.allows(now);
    const size_t left = requests.left(now), kept = requests.window() < writes.window() ? 0 : writes.left(now);
    return left == SIZE_MAX || left > kept;
  }
  void spent(Time at, bool write) {
    requests.spent(at);
    if (write) writes.spent(at);
  }
  // When it next allows a change, when it allows none now.
  Time next_write(Time now) { return std::max(requests.next(now), writes.next(now)); }
};

// Conversions are counted by ad account, over all jobs.
struct EventAccount {
  Budget calls{5'000, Millis{60'000}};
  Time not_before{};  // throttled
};

class BulkPass;

struct Job {
  store::JobRow row;
  config::JobSettings settings;
  std::vector<std::pair<store::FieldNumber, int>> identifier_fields;  // field, kind; resolved names
  std::optional<store::FieldNumber> consent_field;
  uint64_t field_mask = 0;  // change-log bits that can matter to it
  // A conversions job's: what builds its events, and the fields it reads.
  std::shared_ptr<pinterest::EventBuilder> builder;
  std::vector<store::FieldNumber> mapped_fields;
  std::shared_ptr<BulkPass> bulk;
  bool changed = false;

  bool running() const { return row.state == store::JobState::kRunning; }
  // It changes the list, now or once it goes on.
  bool writes() const { return row.started && row.state != store::JobState::kStopped; }
  bool converts() const { return settings.type == config::JobType::kConversionsExport; }
  // On its way out: nobody is wanted on its list any more.
  bool removes_everyone() const { return row.bulk == store::BulkKind::kEmpty; }
};

// Halving a refused batch. Its rows wait in the queue as kWaiting; a crash just makes them ready again.
struct Isolation {
  Operation operation = Operation::kAdd;
  std::vector<std::vector<Hash>> parts;
};

// A customer list, or where the conversions of one job go.
struct List {
  store::ListRow row;
  std::optional<store::Attempt> open;
  std::optional<Isolation> isolation;
  bool account_checked = false;  // the role was looked at since the start
  bool verified = false;         // the list was seen at Pinterest since the start
  bool chore_open = false;
  // Whether the list is gone, where a job removes everyone or nobody writes it: Pinterest has said so at
  // `gone_at`, and it is confirmed when the ad account can be read right after. In doubt nothing is given up.
  enum class Gone { kNo, kSaid, kConfirmed };
  Gone gone = Gone::kNo;
  Time gone_at{};
  std::string attempt_token, chore_token;  // what the open attempt and the open chore were sent with
  Time next_poll{}, next_chore{};
  std::string search_bookmark;
  Millis search_began{0};  // on the settle clock; only a search that began after the wait proves an absence
  Time next_search{};
  bool changed = false;
  // Jobs that have left it, whose people may still be there.
  std::vector<store::LeftRow> left;
  Time next_left_look{};  // at whether anybody is left

  // Of conversions: at most one attempt of a class, and the parts of refused bodies that are still to be
  // tried.
  std::vector<store::EventAttempt> events_open;
  std::map<store::EventClass, std::vector<std::vector<store::EventNumber>>> event_parts;
  bool erased_in_flight = false;  // somebody was deleted whose events are under way
  std::string refusal;            // the words of the last isolated refusal

  bool conversions() const { return row.kind == store::DestinationKind::kConversions; }
  const AttemptEntry* in_flight(const Hash& hash) const;
  const store::EventAttempt* open_attempt(store::EventClass event_class) const;
  bool in_flight(store::EventNumber event) const;
};

struct Core {
  store::Store& store;
  const Clock& clock;
  Random& random;
  TokenSource& tokens;
  EngineOptions options;
  SettleClock settle;
  Tally tally;
  std::map<JobNumber, Job> jobs;
  std::map<ListNumber, List> lists;
  std::map<std::string, Authorization, std::less<>> authorizations;
  std::map<std::string, EventAccount, std::less<>> event_accounts;  // by ad account
  bool draining = false;  // shutting down: what is open may end, nothing new begins
  // Requests to hand to the transport once the transaction that planned them is durable.
  std::vector<std::pair<uint64_t, http::Request>> outbox;

  Time now() const { return clock.now(); }
  // Jobs that share the list.
  std::vector<Job*> jobs_of(ListNumber list);
  // Whether a job writes to the list; besides this one.
  bool written(ListNumber list, JobNumber except = 0);
  // Whether anything is sent to it: a job runs, or nobody writes it and erasures wait.
  bool driven(const List& list);
  // The same list by another authorization: its role and the list are looked at anew, the ledger stays.
  void authorize(List& list, const std::string& authorization);
  // The settings that decide for a shared list: the most careful of its jobs'.
  Millis settle_after_unknown(const List& list);
  Millis settle_after_success(const List& list);
  uint32_t records_max(const List& list);
};

// Reads entries of a list's ledger as they count: whoever a job owned that is over for the list owns nothing.
class LedgerReader {
 public:
  LedgerReader() = default;  // of a list that no job has: nobody owns anything
  LedgerReader(Core& core, ListNumber list);
  // Whether owners were left out.
  bool read(const std::optional<ByteView>& record, LedgerEntry& out) const;

 private:
  std::vector<JobNumber> owners_;
  bool all_own_ = false;  // a control
};

}  // namespace pinrelay::exports
