// From frozen events to requests, and from each event's result to counters, records and claims.
#include <algorithm>
#include <set>

#include "base/log.h"
#include "exports/conversions.h"

namespace pinrelay::exports {
namespace {

using pinterest::Verdict;
using store::Event;
using store::EventAttempt;
using store::EventAttemptEntry;
using store::EventClass;
using store::EventResult;

// So many refusals of single events in a row, all with one message, are not the events' fault.
constexpr int64_t kRefusalsMax = 8;
// Ten test requests a second.
constexpr Millis kTestPace{100};

size_t events_max(const List& list, EventClass event_class) {
  const size_t most = event_class == EventClass::kTest ? pinterest::kTestEventsMax : pinterest::kEventsMax;
  return list.row.records_max == 0 ? most : std::min<size_t>(most, list.row.records_max);
}

}  // namespace

// A destination of conversions is one job's.
Job* Conversions::job_of(const List& list) {
  const auto jobs = core_.jobs_of(list.row.number);
  return jobs.empty() ? nullptr : jobs.front();
}

bool Conversions::step(List& list) {
  Job* job = job_of(list);
  if (job == nullptr || job->row.sweeping) return false;
  bool worked = false;
  if (sends_real(*job) || (job->running() && !core_.options.policy.test_mode_holds_events))
    for (const EventClass event_class : {EventClass::kLive, EventClass::kBackfill})
      worked |= open(list, event_class);
  worked |= open(list, EventClass::kTest);
  return worked;
}

bool Conversions::busy(const Job& job, const List& list) const {
  return !list.events_open.empty() || due_events(core_.store, job) > 0 || job.row.sweeping ||
         (job.row.bulk != store::BulkKind::kNone && !scan_held(job));
}

bool Conversions::pending(const List& list) const {
  if (!list.events_open.empty()) return true;
  for (const EventClass c :
       {EventClass::kLive, EventClass::kBackfill, EventClass::kTest, EventClass::kWaiting, EventClass::kHeld})
    if (core_.store.events.count(list.row.number, c) > 0) return true;
  return false;
}

bool Conversions::can_send(List& list) {
  const Time now = core_.now();
  EventAccount& account = core_.event_accounts[list.row.ad_account];
  if (core_.draining || !core_.driven(list)) return false;
  if (waits(list.row.not_before, now) || waits(account.not_before, now)) return false;
  const bool allowed = account.calls.allows(now) && sending_.authorization(list).allows(now, false);
  if (core_.options.rate_budget && !allowed) return false;
  return sending_.access(list).has_value();
}

// One request of a class at a time keeps a person's events in order.
bool Conversions::open(List& list, EventClass event_class) {
  const int64_t waiting = core_.store.events.count(list.row.number, event_class);
  if (waiting == 0) return false;
  if (list.open_attempt(event_class) != nullptr || !can_send(list)) return false;
  std::vector<Event> events = next_body(list, event_class);
  if (!core_.options.policy.repeat_same_bytes) build_anew(events);
  // Each that has become too old gives its claim to the next in line, so as many may wait as before.
  const bool ended = !fates_.empty();
  change_claims();
  if (events.empty()) return ended || core_.store.events.count(list.row.number, event_class) != waiting;
  EventAttempt attempt;
  http::Request request = request_of(list, event_class, events, attempt);
  core_.store.events.put_attempt(attempt);
  if (!core_.options.policy.remember_after_answer)
    for (const Event& event : events) end(list, event, {});
  core_.event_accounts[list.row.ad_account].calls.spent(core_.now());
  sending_.authorization(list).spent(core_.now(), false);
  core_.tally.request(events.front().run);
  core_.outbox.emplace_back(static_cast<uint64_t>(attempt.request), std::move(request));
  if (event_class == EventClass::kTest)
    list.row.not_before = std::max(list.row.not_before, core_.now() + kTestPace);
  list.attempt_token = core_.outbox.back().second.bearer_token;
  list.events_open.push_back(std::move(attempt));
  list.changed = true;
  return true;
}

http::Request Conversions::request_of(List& list, EventClass event_class, const std::vector<Event>& events,
                                      EventAttempt& attempt) {
  attempt.request = core_.store.next_number("requests");
  attempt.list = list.row.number;
  attempt.event_class = event_class;
  attempt.offline = is_offline(events.front(), core_.now());
  attempt.started_at = core_.now();
  std::vector<std::string_view> bodies;
  for (const Event& event : events) {
    bodies.push_back(as_text(event.bytes));
    attempt.entries.push_back({.number = event.number,
                               .event_class = event_class,
                               .job = event.job,
                               .profile = event.profile,
                               .happened = event.happened,
                               .known = true,
                               .claim = event.claim,
                               .run = event.run,
                               .first_attempt_at = event.first_attempt_at,
                               .attempts = event.attempts,
                               .at_risk = event.at_risk});
  }
  const bool test = event_class == EventClass::kTest;
  http::Request request = pinterest::send_events(*sending_.access(list), list.row.ad_account, bodies, test);
  sending_.log_request(list, attempt.request, request, test ? "test conversions" : "conversions",
                       events.size(), false);
  return request;
}

std::vector<Event> Conversions::next_body(List& list, EventClass event_class) {
  if (list.event_parts.contains(event_class)) {
    std::vector<Event> events = isolated_body(list, event_class);
    if (!events.empty()) return events;
  }
  if (event_class == EventClass::kBackfill && !rows_first(list)) {
    std::vector<Event> events = page_body(list);
    if (!events.empty() || scans(list)) return events;
  }
  return queued_body(list, event_class);
}

// While a scan goes on, rows of a backfill wait until they fill a body.
bool Conversions::rows_first(List& list) {
  if (core_.store.events.count_rows(list.row.number, EventClass::kBackfill) >=
      static_cast<int64_t>(events_max(list, EventClass::kBackfill)))
    return true;
  bool attempted = false;
  core_.store.events.page(list.row.number, EventClass::kBackfill, 0, [&](const Event& event) {
    attempted = to_millis(event.first_attempt_at) != 0;
    return false;
  });
  return attempted;
}

bool Conversions::scans(List& list) {
  const auto owes = [](const Job* job) {
    return job->row.bulk == store::BulkKind::kBackfill && !scan_held(*job);
  };
  return std::ranges::any_of(core_.jobs_of(list.row.number), owes);
}

// The oldest page whose events may still travel together.
std::vector<Event> Conversions::page_body(List& list) {
  const Time now = core_.now();
  while (const auto page = core_.store.events.pages.oldest(list.row.number)) {
    std::vector<Event> events = core_.store.events.pages.get(*page);
    const auto fits = [&](const Event& event) {
      return !expires(event, now) && is_offline(event, now) == is_offline(events.front(), now);
    };
    if (events.size() <= events_max(list, EventClass::kBackfill) && std::ranges::all_of(events, fits))
      return events;
    core_.store.events.unfold(*page);
  }
  return {};
}

// The next part of a refused body.
std::vector<Event> Conversions::isolated_body(List& list, EventClass event_class) {
  std::vector<Event> events;
  auto& parts = list.event_parts.at(event_class);
  while (events.empty() && !parts.empty()) {
    for (const store::EventNumber number : parts.back()) {
      auto event = core_.store.events.get(list.row.number, event_class, number);
      if (!event || expired(list, *event)) continue;
      if (is_held(*event)) {
        hold(list, *event);
      } else {
        events.push_back(std::move(*event));
      }
    }
    parts.pop_back();
  }
  if (parts.empty()) list.event_parts.erase(event_class);
  return events;
}

// The oldest events that may travel together. What is passed over holds back what the same person did later.
std::vector<Event> Conversions::queued_body(List& list, EventClass event_class) {
  std::vector<Event> events, over, to_hold;
  std::set<ProfileId> later;
  const Time now = core_.now();
  size_t looked_at = 0, bytes = 0;
  core_.store.events.page(list.row.number, event_class, 0, [&](const Event& event) {
    if (++looked_at > kRowsLookedAt || events.size() == events_max(list, event_class)) return false;
    if (expires(event, now)) {
      over.push_back(event);
      return true;
    }
    if (is_held(event)) {
      to_hold.push_back(event);
      return true;
    }
    const bool fits = events.empty() || is_offline(events.front(), now) == is_offline(event, now);
    if (!fits || later.contains(event.profile)) {
      later.insert(event.profile);
      return true;
    }
    if (!events.empty() && bytes + event.bytes.size() > kEventBodyBytesMax) return false;
    bytes += event.bytes.size() + 1;
    events.push_back(event);
    return true;
  });
  for (const Event& event : over) expired(list, event);
  for (const Event& event : to_hold) hold(list, event);
  return events;
}

bool Conversions::expires(const Event& event, Time now) const {
  if (to_millis(event.first_attempt_at) != 0) return event.first_attempt_at + kRepeatable < now;
  const auto job = core_.jobs.find(event.job);
  return job != core_.jobs.end() && event.happened + job->second.settings.conversions.event_max_age < now;
}

// An event that may not be sent (again) any more ends here.
bool Conversions::expired(List& list, const Event& event) {
  if (!expires(event, core_.now())) return false;
  end(list, event, {may_be_there(event) ? Reason::kUncertain : Reason::kEventTooOld, 0, ""});
  return true;
}

bool Conversions::is_held(const Event& event) const {
  const auto job = core_.jobs.find(event.job);
  return job != core_.jobs.end() && hold_of(job->second, event, core_.now()) == Hold::kRestored;
}

void Conversions::close_lost(List& list, const std::function<bool(const EventAttempt&)>& lost) {
  http::Response response;
  response.ending = http::Ending::kBroken;
  response.error = "the process ended while the request was open";
  std::vector<int64_t> requests;
  for (const EventAttempt& attempt : list.events_open)
    if (lost(attempt)) requests.push_back(attempt.request);
  for (const int64_t request : requests) close(list, request, response);
}

void Conversions::close(List& list, int64_t request, const http::Response& response) {
  const auto found = std::ranges::find(list.events_open, request, &EventAttempt::request);
  if (found == list.events_open.end()) return;
  EventAttempt attempt = std::move(*found);
  list.events_open.erase(found);
  list.changed = true;
  const auto [answer, results] = pinterest::judge_events(response, attempt.entries.size(), core_.now());
  if (!core_.options.policy.pair_with_what_was_sent) pair_anew(list, attempt);
  sending_.note_request(request, answer, response);
  attempt.ended_at = core_.now();
  const bool alone = attempt.entries.size() == 1;
  const bool refused = answer.verdict == Verdict::kRefused || answer.verdict == Verdict::kTooLarge;
  EventResult rest = EventResult::kNotAccepted;
  // A page whose events all end now goes as a whole. Of any other outcome each event has a share of its own.
  const store::PagePlace page{list.row.number, attempt.entries.front().number};
  std::optional<uint16_t> page_day;
  if (core_.store.events.pages.contains(page)) {
    const bool accepted = std::ranges::any_of(results, &pinterest::EventResult::processed);
    if (accepted && attempt.entries.front().known) {
      page_day = core_.store.events.pages.day(page);
      core_.store.events.pages.erase(page);
    } else if (!results.empty() || refused || answer.verdict == Verdict::kUnknown) {
      core_.store.events.unfold(page);
    }
  }
  if (!results.empty()) {
    record_results(list, attempt, answer, results, page_day);
  } else if (answer.verdict == Verdict::kUnknown) {
    keep_unknown(list, attempt);
    rest = EventResult::kUnknown;
  } else if (refused && alone) {
    record_results(list, attempt, answer, {{.processed = false, .warned = false, .words = answer.message}},
                   std::nullopt);
  } else if (refused) {
    if (answer.verdict == Verdict::kTooLarge)
      list.row.records_max = static_cast<uint32_t>(std::max<size_t>(1, attempt.entries.size() / 2));
    split(list, attempt);
  }
  drop_unwanted(list, attempt);
  for (EventAttemptEntry& entry : attempt.entries)
    if (entry.result == 0) entry.result = static_cast<uint8_t>(rest);
  core_.store.events.put_attempt(attempt);
  change_claims();
  if (!refused && results.empty()) sending_.note_outcome(list, answer, true);
}

// The two controls that need more than leaving something out.
void Conversions::build_anew(std::vector<Event>& events) {
  for (Event& event : events) {
    Job& job = core_.jobs.at(event.job);
    core_.store.profiles.read({event.profile}, [&](size_t, const store::Person& person) {
      const pinterest::BuiltEvent& built = build(job, person);
      if (built.problem == pinterest::EventProblem::kNone)
        event.bytes.assign(as_bytes(built.json).begin(), as_bytes(built.json).end());
    });
  }
}

void Conversions::pair_anew(List& list, EventAttempt& attempt) {
  size_t i = 0;
  core_.store.events.page(list.row.number, attempt.event_class, 0, [&](const Event& event) {
    attempt.entries[i].number = event.number;
    attempt.entries[i].known = false;
    return ++i < attempt.entries.size();
  });
}

// What ends with an entry; without its bytes when this process knows the rest. Nothing when it is gone.
std::optional<Event> Conversions::event_of(List& list, const EventAttemptEntry& entry) {
  if (!entry.known) return core_.store.events.get(list.row.number, entry.event_class, entry.number);
  Event event;
  event.number = entry.number;
  event.event_class = entry.event_class;
  event.job = entry.job;
  event.profile = entry.profile;
  event.claim = entry.claim;
  event.happened = entry.happened;
  event.first_attempt_at = entry.first_attempt_at;
  event.attempts = entry.attempts;
  event.at_risk = entry.at_risk;
  event.run = entry.run;
  return event;
}

// Pairs each event with its own result, by its place in the body as it was sent. `page_day`: of the page that
// held them and has gone already.
void Conversions::record_results(List& list, EventAttempt& attempt, const pinterest::Answer& answer,
                                 const std::vector<pinterest::EventResult>& results,
                                 std::optional<uint16_t> page_day) {
  CHECK(results.size() == attempt.entries.size());
  // Nothing is to be said about a claim that was made today and that nobody waits for.
  const bool claims_stand = page_day == day_of(core_.now()) && !core_.store.events.any_waiting();
  const bool accepted = std::ranges::any_of(results, &pinterest::EventResult::processed);
  const bool tests = attempt.event_class == EventClass::kTest;
  // A streak ends with a success, and with other words.
  if (!tests && (accepted || list.refusal != results.front().words)) end_refused(list);
  for (size_t i = 0; i < results.size(); ++i) {
    EventAttemptEntry& entry = attempt.entries[i];
    const auto event = event_of(list, entry);
    if (!event) continue;
    const bool test = entry.event_class == EventClass::kTest, processed = results[i].processed;
    if (results[i].warned) core_.tally.warning(event->run, 1);
    if (processed && !test) note_risk(*event, attempt);
    entry.result = static_cast<uint8_t>(test        ? EventResult::kTested
                                        : processed ? EventResult::kSent
                                                    : EventResult::kRejected);
    const bool wanted = processed || page_day || is_wanted(list, entry);
    if (!processed && !accepted && !test && wanted) {
      keep_refused(list, entry, {Reason::kRejectedByPinterest, attempt.request, results[i].words});
      continue;
    }
    if (!page_day) core_.store.events.erase(list.row.number, *event);
    if (processed && claims_stand) {
      core_.tally.sent(event->run, Operation::kAdd);
    } else if (processed) {
      conclude(*event, {test ? Reason::kTestMode : Reason::kNone, attempt.request, ""});
    } else {
      conclude(*event, {Reason::kRejectedByPinterest, attempt.request, results[i].words}, wanted);
    }
  }
  if (!accepted) return count_refusals(list, results.front().words);
  pinterest::Answer done = answer;
  done.verdict = Verdict::kDone;
  list.refusal.clear();
  sending_.note_outcome(list, done, true);
}

// One refused event after the other, all with the same words, is not the events' fault.
void Conversions::count_refusals(List& list, const std::string& words) {
  list.row.isolation_calls = list.refusal == words ? list.row.isolation_calls + 1 : 1;
  list.refusal = words;
  if (list.row.isolation_calls < kRefusalsMax) return;
  list.row.isolation_calls = 0;
  sending_.fail_jobs(list, "events_refused",
                     "Pinterest refuses one event after the other with the same words: " + words);
}

// A refused event is counted and told at once. Its bytes and claim stay until a success shows that the
// refusals were the events' fault, or 'resume' sends it again.
void Conversions::keep_refused(List& list, const EventAttemptEntry& entry, const Ending& ending) {
  auto event = core_.store.events.get(list.row.number, entry.event_class, entry.number);
  if (!event) return;
  core_.store.events.erase(list.row.number, *event);
  const int64_t record = count_end(*event, ending, true);
  event->event_class = EventClass::kRefused;
  core_.store.events.add(list.row.number, *event);
  core_.store.events.note_refusal(list.row.number, {event->number, record, ending.detail});
}

void Conversions::end_refused(List& list) {
  const ListNumber number = list.row.number;
  while (core_.store.events.count(number, EventClass::kRefused) > 0) {
    std::vector<Event> events;
    core_.store.events.page(number, EventClass::kRefused, 0, [&](const Event& event) {
      events.push_back(event);
      return events.size() < kRowsLookedAt;
    });
    for (const Event& event : events) end(list, event, {Reason::kRejectedByPinterest, 0, ""});
  }
  core_.store.events.forget_refusals(number);
}

void Conversions::give_up_refused(List& list) {
  end_refused(list);
  change_claims();
}

void Conversions::resend_refused(List& list) {
  const ListNumber number = list.row.number;
  for (const store::EventRefusal& refusal : core_.store.events.refusals(number)) {
    auto event = core_.store.events.get(number, EventClass::kRefused, refusal.number);
    if (!event) continue;  // it has had its end since
    core_.store.events.erase(number, *event);
    event->event_class = EventClass::kLive;
    core_.store.events.add(number, *event);
    core_.tally.send_again(event->run, Reason::kRejectedByPinterest);
    core_.store.record_log.erase(refusal.record);
  }
  core_.store.events.forget_refusals(number);
  list.refusal.clear();
}

// Pinterest has taken a repeat, or may have, that it cannot know for one: each such event is counted once.
void Conversions::note_risk(const Event& event, const EventAttempt& attempt) {
  const bool repeat = event.attempts > 0 && (attempt.offline || event.at_risk > 0);
  const bool noted = event.attempts > 1 && event.at_risk > 0;
  if (repeat && !noted) core_.tally.note(event.run, Reason::kMayCountTwice);
}

void Conversions::keep_unknown(List& list, const EventAttempt& attempt) {
  for (const EventAttemptEntry& entry : attempt.entries) {
    auto event = core_.store.events.get(list.row.number, entry.event_class, entry.number);
    if (!event) continue;
    note_risk(*event, attempt);
    if (to_millis(event->first_attempt_at) == 0) event->first_attempt_at = attempt.started_at;
    ++event->attempts;
    event->at_risk += attempt.offline;
    core_.store.events.update(list.row.number, *event);
  }
}

void Conversions::split(List& list, const EventAttempt& attempt) {
  auto& parts = list.event_parts[attempt.event_class];
  std::vector<store::EventNumber> first, second;
  for (size_t i = 0; i < attempt.entries.size(); ++i)
    (i < attempt.entries.size() / 2 ? first : second).push_back(attempt.entries[i].number);
  parts.push_back(std::move(second));
  parts.push_back(std::move(first));
}

// The final outcome: counted, told, its claim decided, its bytes erased.
void Conversions::end(List& list, const Event& event, const Ending& ending) {
  core_.store.events.erase(list.row.number, event);
  conclude(event, ending);
}

// Counts and records an outcome; returns the record's number, or 0.
int64_t Conversions::count_end(const Event& event, const Ending& ending, bool wanted) {
  if (ending.reason == Reason::kNone) {
    core_.tally.sent(event.run, Operation::kAdd);
    return 0;
  }
  core_.tally.not_sent(event.run, ending.reason);
  const auto job = core_.jobs.find(event.job);
  if (job == core_.jobs.end()) return 0;
  store::RecordRow row;
  append(row.profile, event.profile.bytes);
  row.reason = static_cast<uint8_t>(ending.reason);
  row.request = ending.request;
  row.detail = ending.detail;
  append(row.claim, event.claim);
  row.unknown = may_be_there(event);
  const OutcomeClass outcome = info(ending.reason).outcome;
  row.retry = wanted && event.event_class != EventClass::kTest &&
              (outcome == OutcomeClass::kInvalid || outcome == OutcomeClass::kRejected);
  return record(job->second, std::move(row));
}

void Conversions::conclude(const Event& event, const Ending& ending, bool wanted) {
  // What was refused has been counted already.
  if (event.event_class != EventClass::kRefused) count_end(event, ending, wanted);
  if (event.event_class == EventClass::kTest || event.event_class == EventClass::kWaiting) return;
  // Also what was refused at last may have been taken before, when no answer came: no other event may have
  // its name.
  const bool taken =
      ending.reason == Reason::kNone || ending.reason == Reason::kUncertain || may_be_there(event);
  fates_.emplace_back(event.claim, taken ? ClaimFate::kTaken : ClaimFate::kReleased);
}

void Conversions::forget(Job& job, List& list, Reason reason) {
  while (const auto page = core_.store.events.pages.oldest(list.row.number)) core_.store.events.unfold(*page);
  for (const EventClass event_class : {EventClass::kLive, EventClass::kBackfill, EventClass::kTest,
                                       EventClass::kWaiting, EventClass::kHeld, EventClass::kRefused}) {
    std::vector<Event> events;
    do {
      events.clear();
      core_.store.events.page(list.row.number, event_class, 0, [&](const Event& event) {
        events.push_back(event);
        return events.size() < kRowsLookedAt;
      });
      for (const Event& event : events) {
        const bool attempted = may_be_there(event) || list.in_flight(event.number);
        end(list, event, {attempted ? Reason::kUncertain : reason, 0, ""});
      }
      change_claims();
    } while (!events.empty());
  }
  // Answers that still come find nobody.
  for (EventAttempt& attempt : list.events_open) {
    attempt.ended_at = core_.now();
    core_.store.events.put_attempt(attempt);
  }
  list.events_open.clear();
  list.event_parts.clear();
  core_.store.events.forget_entered(job.row.number);
  core_.store.events.forget_refusals(list.row.number);
  job.row.sweeping = false;
  end_restored(job);
}

}  // namespace pinrelay::exports
