// What may not be sent any more, or not now: consent that is withdrawn, edits that concern what waits, test
// mode, and what a restore brought back.
#include <algorithm>

#include "base/log.h"
#include "exports/conversions.h"

namespace pinrelay::exports {
namespace {

using store::Event;
using store::EventAttempt;
using store::EventAttemptEntry;
using store::EventClass;

// In place of the bytes of an event in flight that ends whatever the answer is: the reason, or nothing for
// somebody who was deleted. Real bytes are a JSON object.
bool is_given_up(const Event& event) { return event.bytes.size() < 2; }
Reason given_up_as(const Event& event) {
  return event.bytes.empty() ? Reason::kSuppressed : static_cast<Reason>(event.bytes.front());
}

// Whether Pinterest still recognises everything that was sent after the backup.
bool is_recent(Time backup, Time now) { return backup <= now && now - backup < kRepeatable; }

}  // namespace

Hold hold_of(const Job& job, const Event& event, Time now) {
  if (event.event_class == EventClass::kTest) return Hold::kNone;
  if (job.settings.conversions.test_mode) return Hold::kTestMode;
  if (event.event_class == EventClass::kHeld) return Hold::kRestored;
  if (!undecided(job) || !restored(job, event)) return Hold::kNone;
  return !is_offline(event, now) && is_recent(job.row.restored_from, now) ? Hold::kNone : Hold::kRestored;
}

int64_t held_events(store::Store& store, const Job& job) {
  int64_t held = store.events.count(job.row.list, EventClass::kHeld);
  if (job.settings.conversions.test_mode)
    for (const EventClass c : {EventClass::kLive, EventClass::kBackfill})
      held += store.events.count(job.row.list, c);
  return held;
}

int64_t due_events(store::Store& store, const Job& job) {
  int64_t due = store.events.count(job.row.list, EventClass::kTest);
  if (!job.settings.conversions.test_mode)
    for (const EventClass c : {EventClass::kLive, EventClass::kBackfill})
      due += store.events.count(job.row.list, c);
  return due;
}

void Conversions::note_withdrawals(const store::LogEntry& entry, const store::Person& person) {
  if (!core_.options.policy.withdrawals_end_events) return;
  for (const auto& [number, job] : core_.jobs) {
    if (!job.converts() || !job.consent_field) continue;
    const bool changed = (entry.field_mask >> (*job.consent_field % 64) & 1) != 0;
    if (changed && !consents(job, person)) withdrawn_.push_back({entry.profile, number, place_});
  }
}

// In the transaction that applies the withdrawals.
void Conversions::end_withdrawn() {
  if (withdrawn_.empty()) return;
  std::ranges::sort(withdrawn_);
  // A later withdrawal of the same person ends those that were frozen before it in this page.
  const auto withdrawn = [&](const Frozen& frozen) {
    const Event& event = frozen.event;
    const auto next =
        std::ranges::lower_bound(withdrawn_, Withdrawal{event.profile, event.job, frozen.place});
    return next != withdrawn_.end() && next->profile == event.profile && next->job == event.job;
  };
  for (const Frozen& frozen : frozen_)
    if (withdrawn(frozen))
      not_frozen(core_.jobs.at(frozen.event.job), frozen.event.profile, frozen.event.run, Reason::kNoConsent);
  std::erase_if(frozen_, withdrawn);
  const auto rows = [&](const Withdrawal& each) {
    return core_.store.events.any(core_.jobs.at(each.job).row.list);
  };
  for (auto from = withdrawn_.begin(); from != withdrawn_.end();) {
    const auto to = std::find_if(from, withdrawn_.end(),
                                 [&](const Withdrawal& each) { return each.profile != from->profile; });
    if (std::any_of(from, to, rows)) end_withdrawn_rows(from->profile, std::span(from, to));
    from = to;
  }
  withdrawn_.clear();
  change_claims();
}

void Conversions::end_withdrawn_rows(const ProfileId& profile, std::span<const Withdrawal> withdrawals) {
  give_rows(profile);
  for (const auto& [list, event] : core_.store.events.of_person(profile))
    if (std::ranges::find(withdrawals, event.job, &Withdrawal::job) != withdrawals.end())
      give_up(core_.lists.at(list), event, Reason::kNoConsent);
}

// Pinterest may have it: an attempt had no answer, or it may have been sent after the backup.
bool Conversions::may_be_there(const Event& event) const {
  if (to_millis(event.first_attempt_at) != 0) return true;
  const auto job = core_.jobs.find(event.job);
  return job != core_.jobs.end() && undecided(job->second) && restored(job->second, event) &&
         event.event_class != EventClass::kTest;
}

// An event that is not wanted any more. In flight its answer decides, and there is no repeat: what can still
// be erased is.
void Conversions::give_up(List& list, Event event, Reason reason) {
  if (!list.in_flight(event.number))
    return end(list, event, {may_be_there(event) ? Reason::kUncertain : reason, 0, ""});
  if (event.bytes.empty()) return;  // deleted already
  event.bytes.clear();
  if (reason != Reason::kSuppressed) event.bytes.push_back(static_cast<uint8_t>(reason));
  core_.store.events.update(list.row.number, event);
  list.erased_in_flight = true;
}

bool Conversions::is_wanted(List& list, const EventAttemptEntry& entry) {
  if (!list.erased_in_flight) return true;
  const auto event = core_.store.events.get(list.row.number, entry.event_class, entry.number);
  return event && !is_given_up(*event);
}

// After an attempt: what was given up while it was under way, and what must not be repeated in test mode, has
// no other outcome to wait for.
void Conversions::drop_unwanted(List& list, const EventAttempt& attempt) {
  const Job* job = job_of(list);
  const bool tests =
      job != nullptr && job->settings.conversions.test_mode && attempt.event_class != EventClass::kTest;
  if (!list.erased_in_flight && !tests) return;
  list.erased_in_flight = list.erased_in_flight && !list.events_open.empty();
  for (const EventAttemptEntry& entry : attempt.entries) {
    const auto event = core_.store.events.get(list.row.number, entry.event_class, entry.number);
    if (!event) continue;
    const bool attempted = to_millis(event->first_attempt_at) != 0;
    if (!is_given_up(*event) && !(tests && attempted)) continue;
    const Reason reason = may_be_there(*event) ? Reason::kUncertain : given_up_as(*event);
    end(list, *event, {reason, attempt.request, ""});
  }
}

void Conversions::begin_sweep(Job& job) {
  // Pages are of people who are asked one by one now. Those that a scan adds later know the new settings.
  while (const auto page = core_.store.events.pages.oldest(job.row.list)) core_.store.events.unfold(*page);
  job.row.sweeping = true;
  job.row.swept = 0;
  job.changed = true;
}

// What is held or refused is not looked at by what sends, and grows old all the same.
void Conversions::sweep_held(Job& job) {
  const ListNumber list = job.row.list;
  if (job.row.sweeping || core_.store.events.count(list, EventClass::kHeld) +
                                  core_.store.events.count(list, EventClass::kRefused) ==
                              0)
    return;
  Event first;
  first.event_class = EventClass::kHeld;
  job.row.sweeping = true;
  job.row.swept = store::Events::place_in_list(first);
  job.changed = true;
}

bool Conversions::consents_now(const Job& job, const ProfileId& profile) {
  bool yes = true;
  if (!job.consent_field) return yes;
  core_.store.profiles.read({profile},
                            [&](size_t, const store::Person& person) { yes = consents(job, person); });
  return yes;
}

// Why a waiting event ends when it is looked at again; kNone: it does not.
Reason Conversions::reason_to_end(const Job& job, const List& list, const Event& event, bool consents) {
  if (!consents) return Reason::kNoConsent;
  const bool test = event.event_class == EventClass::kTest;
  if (job.row.discarding && !test && restored(job, event)) return Reason::kUncertain;
  const bool repeats = to_millis(event.first_attempt_at) != 0 && !list.in_flight(event.number);
  if (job.settings.conversions.test_mode && repeats && !test) return Reason::kUncertain;
  const bool rests = event.event_class == EventClass::kHeld || event.event_class == EventClass::kRefused;
  return rests && expires(event, core_.now()) ? Reason::kEventTooOld : Reason::kNone;
}

bool Conversions::sweep_step(Job& job, List& list) {
  if (!job.row.sweeping) return false;
  const std::vector<Event> events = core_.store.events.after(list.row.number, job.row.swept, kRowsLookedAt);
  std::vector<ProfileId> people, refusing;
  if (job.consent_field)
    for (const Event& event : events) people.push_back(event.profile);
  std::ranges::sort(people);
  people.erase(std::unique(people.begin(), people.end()), people.end());
  core_.store.profiles.read(people, [&](size_t i, const store::Person& person) {
    if (!consents(job, person)) refusing.push_back(people[i]);
  });
  for (const Event& event : events) {
    const bool consents = !std::ranges::binary_search(refusing, event.profile);
    const Reason reason = reason_to_end(job, list, event, consents);
    if (reason != Reason::kNone) give_up(list, event, reason);
  }
  change_claims();
  job.changed = true;
  if (events.size() == kRowsLookedAt) {
    job.row.swept = store::Events::place_in_list(events.back());
  } else {
    job.row.sweeping = false;
    if (job.row.discarding) end_restored(job);
  }
  return true;
}

void Conversions::hold(List& list, const Event& event) {
  core_.store.events.erase(list.row.number, event);
  Event held = event;
  held.event_class = EventClass::kHeld;
  core_.store.events.add(list.row.number, held);
}

void Conversions::hold_restored(Job& job, List& list, Time backup) {
  if (!core_.options.policy.restored_events_wait) return end_restored(job);
  store::Events& events = core_.store.events;
  while (const auto page = events.pages.oldest(list.row.number)) events.unfold(*page);
  const bool scans = job.row.bulk == store::BulkKind::kBackfill;
  if (!events.any(list.row.number) && !scans) return end_restored(job);
  job.row.restored_at = core_.now();
  job.row.restored_from = backup;
  job.row.restored_through = events.last_number();
  job.changed = true;
  const bool recent = is_recent(backup, core_.now());
  for (const EventClass c : {EventClass::kLive, EventClass::kBackfill})
    events.change_old(list.row.number, c, EventClass::kHeld, recent ? core_.now() - kOnlineFor : Time::max());
  const int64_t held = events.count(list.row.number, EventClass::kHeld);
  if (held > 0 || scans)
    log(LogLevel::kWarning, "exports", "conversions are held since the restore",
        {{"job", job.row.name}, {"held", held}, {"scan", scans}});
}

void Conversions::end_restored(Job& job) {
  job.row.restored_at = job.row.restored_from = Time{};
  job.row.restored_through = 0;
  job.row.discarding = false;
  job.changed = true;
}

void Conversions::release_restored(Job& job) {
  core_.store.events.change_class(job.row.list, EventClass::kHeld, EventClass::kBackfill);
  end_restored(job);
}

void Conversions::discard_restored(Job& job) {
  if (job.row.bulk == store::BulkKind::kBackfill) end_scan(job);
  job.row.discarding = true;
  begin_sweep(job);
}

// Nothing is left to decide when all that was restored has had its end.
void Conversions::forget_decided(Job& job, List& list) {
  if (!undecided(job) || job.row.discarding || scan_held(job)) return;
  store::Events& events = core_.store.events;
  bool left = events.count(list.row.number, EventClass::kHeld) > 0;
  for (const EventClass c :
       {EventClass::kLive, EventClass::kBackfill, EventClass::kWaiting, EventClass::kRefused}) {
    events.page(list.row.number, c, 0, [&](const Event& oldest) {
      left |= restored(job, oldest);
      return false;
    });
  }
  if (!left) end_restored(job);
}

}  // namespace pinrelay::exports
