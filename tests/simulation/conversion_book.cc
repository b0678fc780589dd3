#include "conversion_book.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinrelay::simulation {
namespace {

using enum config::MembershipEvents;

constexpr Millis kHour{3'600'000};

std::string field_of(const std::vector<config::MappedField>& mapping, std::string_view target) {
  for (const config::MappedField& mapped : mapping)
    if (mapped.target == target) return mapped.field;
  return {};
}

std::string id_of(const config::JobSettings& job, const Person& person) {
  return person.text_of(field_of(job.conversions.event, "event_id"));
}

EventKey key_of(const config::JobSettings& job, const std::string& id) {
  return {job.ad_account, job.conversions.event_name_default, id};
}

bool has_address(const config::JobSettings& job, const Person& person) {
  Rule rule;
  rule.email_field = field_of(job.conversions.identifiers, "em");
  return !identifiers(rule, person).empty();
}

bool asks_for(const config::JobSettings& job, const std::string& audience, bool enters) {
  const auto which = job.conversions.membership_events;
  return job.audience == audience && (which == kEntersAndExits || which == (enters ? kEnters : kExits));
}

}  // namespace

// What the event is, with what is known of the person now.
void ConversionBook::read(Event& event, const KnownJob& job, const Person& person) {
  event.keys.clear();
  event.invalid = false;
  event.alive = !job.test_mode() && person.consents(job.settings.consent_field);
  if (!event.alive) return;
  event.first_id = id_of(job.settings, person);
  event.invalid = event.first_id.empty() || !has_address(job.settings, person);
}

void ConversionBook::add_key(size_t number, const EventKey& key) {
  events_[number].keys.push_back(key);
  by_key_[key].insert(number);
}

void ConversionBook::moved(const KnownJob& job, const Person& person, const std::string& audience,
                           bool enters, Time now) {
  const Entered entered{job.number, {person.key, audience}};
  last_enter_.erase(entered);
  if (!job.collects() || !asks_for(job.settings, audience, enters)) return;
  const size_t number = events_.size();
  Event& event = events_.emplace_back();
  event.job = job.number;
  event.person = person.key;
  event.happened = now;
  by_person_[person.key].push_back(number);
  if (enters) last_enter_[entered] = number;
  read(event, job, person);
  if (event.alive && !event.invalid) add_key(number, key_of(job.settings, event.first_id));
}

// Where one can doubt that the row belongs to the enter, both are right.
void ConversionBook::completed(const KnownJob& job, const Person& person, const std::string& audience,
                               bool surely) {
  const auto found = last_enter_.find({job.number, {person.key, audience}});
  if (found == last_enter_.end()) return;
  Event& event = events_[found->second];
  const std::vector<EventKey> before = event.keys;
  for (const EventKey& key : before) by_key_[key].erase(found->second);
  read(event, job, person);
  if (event.alive && !event.invalid) add_key(found->second, key_of(job.settings, event.first_id));
  if (surely) return;
  event.certain = event.certain && event.keys == before;
  event.alive = event.alive || !before.empty();
  for (const EventKey& key : before) add_key(found->second, key);
}

void ConversionBook::changed(const KnownJob& job, const Person& person) {
  const bool consents = person.consents(job.settings.consent_field);
  if (consents && !scans(job.number)) return;
  for (const size_t number : by_person_[person.key]) {
    Event& event = events_[number];
    if (event.job != job.number) continue;
    // A record waits for nothing: whoever consents when it is repeated is sent.
    if (event.open)
      reopen(number, job, person);
    else if (!consents && !is_record(event))
      // Certain no more: given back at the same time in the same request, consent may or may not count.
      event.certain = false, event.alive = event.alive && sweeps(job.number);
  }
}

// Whatever it was while the scan was on its way may be what it is.
void ConversionBook::reopen(size_t number, const KnownJob& job, const Person& person) {
  Event& event = events_[number];
  const std::vector<EventKey> before = event.keys;
  read(event, job, person);
  event.keys = before;
  const EventKey key = key_of(job.settings, event.first_id);
  const bool valid = event.alive && !event.invalid;
  event.alive = true;
  const bool same = valid ? before == std::vector{key} : before.empty();
  event.certain = event.certain && same;
  if (valid && std::ranges::count(before, key) == 0) add_key(number, key);
}

void ConversionBook::begin_scan(const KnownJob& job, const Oracle& oracle, Time now) {
  end_scan(job, oracle, false);
  scanning_.insert(job.number);
  for (const auto& [key, person] : oracle.people()) {
    if (!person.member_of(job.settings.audience)) continue;
    const size_t number = events_.size();
    Event& event = events_.emplace_back();
    event.job = job.number;
    event.person = key;
    event.happened = now;
    event.open = true;
    by_person_[key].push_back(number);
    reopen(number, job, person);
    event.certain = true;
  }
}

void ConversionBook::end_scan(const KnownJob& job, const Oracle& oracle, bool whole) {
  if (scanning_.erase(job.number) == 0) return;
  for (Event& event : events_) {
    if (event.job != job.number || !event.open) continue;
    event.open = false;
    event.certain = event.certain && whole;
    const Person& person = oracle.people().at(event.person);
    event.alive = event.alive && person.consents(job.settings.consent_field);
  }
}

void ConversionBook::deleted(const Person& person) {
  for (const size_t number : by_person_[person.key]) events_[number].alive = false;
  by_person_.erase(person.key);
}

// Those who do not consent now may by the time the job comes by, and the other way round.
void ConversionBook::begin_sweep(const KnownJob& job, const Oracle& oracle) {
  sweeping_.insert(job.number);
  for (const auto& [key, person] : oracle.people()) changed(job, person);
}

void ConversionBook::end_sweep(const KnownJob& job, const Oracle& oracle) {
  sweeping_.erase(job.number);
  for (const auto& [key, person] : oracle.people()) changed(job, person);
}

void ConversionBook::forget_records(const KnownJob& job) {
  for (Event& event : events_)
    if (event.job == job.number && is_record(event)) event.alive = false;
}

void ConversionBook::over(int job) {
  for (Event& event : events_)
    if (event.job == job) event.alive = false;
}

void ConversionBook::retry(const KnownJob& job, const Oracle& oracle) {
  for (size_t number = 0; number < events_.size(); ++number) {
    Event& event = events_[number];
    if (event.job != job.number || !event.alive) continue;
    event.certain = false;
    const Person& person = oracle.people().at(event.person);
    if (!event.invalid || !has_address(job.settings, person)) continue;
    const std::string id = id_of(job.settings, person);
    if (id.empty()) continue;
    event.held = false;  // what a person repeats is new
    add_key(number, key_of(job.settings, id));
  }
}

void ConversionBook::hold(Time backed_up) {
  backed_up_ = backed_up;
  for (Event& event : events_) event.held = true;
}

void ConversionBook::release(int job, bool discard) {
  for (Event& event : events_) {
    if (event.job != job || !event.held) continue;
    event.held = false;
    event.alive = event.alive && !discard;
  }
}

std::string ConversionBook::refusal(const Event& event, const JobBook& jobs, Time now) const {
  if (!event.alive) return "its person is deleted or has withdrawn consent, or its job is over";
  const KnownJob* job = nullptr;
  for (const auto& [name, known] : jobs.all())
    if (known.number == event.job) job = &known;
  if (job == nullptr || job->stopped) return "its job is over";
  if (!job->running()) return "its job does not run";
  if (job->test_mode()) return "its job is in test mode";
  const bool young = backed_up_ && now - event.happened < kHour && now - *backed_up_ < 20 * kHour;
  return event.held && !young ? "it comes from a backup and nobody has released it" : "";
}

std::string ConversionBook::refusal(const EventKey& key, const JobBook& jobs, Time now) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return "no membership event has made it";
  std::string why;
  for (const size_t number : found->second) {
    why = refusal(events_[number], jobs, now);
    if (why.empty()) return {};
  }
  return why;
}

std::vector<std::pair<int, std::string>> ConversionBook::makers(const EventKey& key) const {
  std::vector<std::pair<int, std::string>> out;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return out;
  for (const size_t number : found->second) out.emplace_back(events_[number].job, events_[number].person);
  return out;
}

std::set<EventKey> ConversionBook::must(const JobBook& jobs) const {
  std::set<EventKey> out;
  for (const Event& event : events_) {
    const bool waits = event.alive && !event.held && !event.open && event.certain && event.keys.size() == 1;
    if (!waits) continue;
    for (const auto& [name, job] : jobs.all())
      if (job.number == event.job && job.running() && !job.test_mode()) out.insert(event.keys.front());
  }
  return out;
}

}  // namespace pinrelay::simulation
