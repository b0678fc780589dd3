// From a membership event, or a present member, to a frozen event and the claim that lets it be sent.
#include <algorithm>

#include "exports/conversions.h"
#include "exports/mapping.h"

namespace pinrelay::exports {
namespace {

using store::Claim;
using store::ClaimEntry;
using store::Event;
using store::EventClass;

// Frozen events that wait to be sent while present members are scanned; more would only fill the disk.
constexpr int64_t kBackfillAhead = 10'000;
// Of the events that one step of a scan freezes. What a transaction writes has to fit into the store's cache
// of pages: what does not is written twice.
constexpr size_t kScanBytes = 12 * 1024 * 1024;

}  // namespace

bool wants(const config::ConversionSettings& settings, store::EntryKind kind) {
  using enum config::MembershipEvents;
  return settings.membership_events == kEntersAndExits ||
         settings.membership_events == (kind == store::EntryKind::kEnter ? kEnters : kExits);
}

bool collects(config::JobType type, store::JobState state) {
  using enum store::JobState;
  return type == config::JobType::kConversionsExport &&
         (state == kRunning || state == kPaused || state == kFailed);
}

void Conversions::load() {
  frozen_.clear();
  withdrawn_.clear();
  frozen_bytes_ = place_ = 0;
  fates_.clear();
}

bool Conversions::awaits_scan(const Job& job, const ProfileId& profile) const {
  if (job.row.bulk != store::BulkKind::kBackfill) return false;
  return job.row.scan_from.empty() || !(profile < store::profile_id_at(job.row.scan_from.data()));
}

void Conversions::observe(const store::LogEntry& entry, const store::Person& person, size_t place,
                          bool deleting) {
  using enum store::EntryKind;
  place_ = place;
  if (entry.kind == kDeleted) return suppress(entry.profile);
  if (entry.kind == kFields) return note_withdrawals(entry, person);
  if (entry.kind != kEnter && entry.kind != kExit) return;
  for (auto& [number, job] : core_.jobs) {
    if (!collects(job) || job.row.audience != entry.audience) continue;
    if (awaits_scan(job, entry.profile)) {
      if (entry.kind == kEnter) {
        core_.store.events.note_entered(number, entry.profile);
      } else if (!deleting && !core_.store.events.has_entered(number, entry.profile)) {
        // A member when the scan began, who leaves before it comes by.
        freeze(job, entry.profile, person, EventClass::kBackfill);
      }
    }
    if (!deleting && wants(job.settings.conversions, entry.kind))
      freeze(job, entry.profile, person, EventClass::kLive);
  }
}

// Live events are counted by the day.
int64_t Conversions::run_of(Job& job, EventClass event_class) {
  if (event_class == EventClass::kBackfill) return job.row.bulk_run;
  const Time now = core_.now();
  if (job.row.live_run != 0 && day_of(core_.tally.started(job.row.live_run)) != day_of(now)) {
    core_.tally.close(job.row.live_run, now);
    job.row.live_run = 0;
  }
  if (job.row.live_run == 0) job.row.live_run = core_.tally.open(job.row.number, store::RunKind::kLive, now);
  job.changed = true;
  return job.row.live_run;
}

void Conversions::not_frozen(Job& job, const ProfileId& profile, int64_t run, Reason reason) {
  core_.tally.not_sent(run, reason);
  store::RecordRow row;
  append(row.profile, profile.bytes);
  row.reason = static_cast<uint8_t>(reason);
  // What a test has found never becomes a real event.
  row.retry = info(reason).outcome == OutcomeClass::kInvalid && !job.settings.conversions.test_mode;
  record(job, std::move(row));
}

int64_t Conversions::record(Job& job, store::RecordRow row) {
  row.number = core_.store.next_number("records");
  row.job = job.row.number;
  row.at = core_.now();
  core_.store.record_log.put(row);
  return row.number;
}

void Conversions::prepare(Job& job) {
  job.builder = std::make_shared<pinterest::EventBuilder>(event_mapping(job.settings.conversions));
  job.mapped_fields.clear();
  for (const std::string& field : mapped_fields(job.settings.conversions))
    job.mapped_fields.push_back(core_.store.catalog.field_number(field));
}

bool Conversions::observes() const {
  return std::ranges::any_of(core_.jobs, [](const auto& item) { return collects(item.second); });
}

bool Conversions::follows(store::AudienceNumber audience) const {
  if (!core_.options.policy.requests_belong_together) return false;
  return std::ranges::any_of(core_.jobs, [&](const auto& item) {
    return item.second.row.audience == audience && collects(item.second);
  });
}

const pinterest::BuiltEvent& Conversions::build(Job& job, const store::Person& person) {
  values_.clear();
  for (const store::FieldNumber number : job.mapped_fields) {
    const store::StoredField* field = person.field(number);
    values_.push_back(field == nullptr ? pinterest::FieldValue{}
                                       : pinterest::FieldValue{field->type, field->value});
  }
  return job.builder->build(values_, core_.now());
}

void Conversions::freeze(Job& job, const ProfileId& profile, const store::Person& person,
                         EventClass event_class) {
  const int64_t run = run_of(job, event_class);
  core_.tally.consider(run);
  freeze_in(run, job, profile, person, event_class);
}

// `run` has the event as pending.
void Conversions::freeze_in(int64_t run, Job& job, const ProfileId& profile, const store::Person& person,
                            EventClass event_class) {
  frozen_bytes_ += kFrozenRowBytes;
  if (const Reason consent = consent_of(job, person); consent != Reason::kNone)
    return not_frozen(job, profile, run, consent);
  const pinterest::BuiltEvent& built = build(job, person);
  for (const pinterest::DroppedValue& dropped : built.dropped)
    core_.tally.note(run, reason_of(dropped.problem));
  if (built.problem != pinterest::EventProblem::kNone)
    return not_frozen(job, profile, run, reason_of(built.problem));
  if (built.late) core_.tally.note(run, Reason::kLate);
  if (built.ambiguous_time) core_.tally.note(run, Reason::kAmbiguousTime);
  if (built.newer_event_name) core_.tally.note(run, Reason::kNewerEventName);
  if (built.limited_without_place) core_.tally.note(run, Reason::kLimitedWithoutPlace);

  Frozen& frozen = frozen_.emplace_back();
  frozen.list = job.row.list;
  frozen.place = place_;
  store::Event& event = frozen.event;
  event.event_class = job.settings.conversions.test_mode ? EventClass::kTest : event_class;
  // Whom a scan that is held would have met may have been sent after the backup.
  if (event.event_class == EventClass::kBackfill && scan_held(job)) event.event_class = EventClass::kHeld;
  event.job = job.row.number;
  event.profile = profile;
  event.claim = claim_of(job, built);
  event.offline = built.action_source == "offline";
  event.happened = from_millis(built.event_time * 1000);
  event.run = run;
  append(event.bytes, as_bytes(built.json));
  frozen_bytes_ += event.bytes.size();
}

store::Claim Conversions::claim_of(const Job& job, const pinterest::BuiltEvent& built) {
  std::string key = "event";
  for (const std::string_view part :
       {std::string_view(job.settings.ad_account), built.event_name, std::string_view(built.event_id)})
    (key += '\0') += part;
  return core_.store.profiles.id_of(key).bytes;
}

// Claims for those frozen in this page; the ones whose claim somebody else holds for good are duplicates.
std::vector<bool> Conversions::claim_frozen() {
  // Sorted by themselves: the events are too large to be compared where they lie.
  std::vector<std::pair<Claim, uint32_t>> claims;
  claims.reserve(frozen_.size());
  for (uint32_t i = 0; i < frozen_.size(); ++i)
    if (frozen_[i].event.event_class != EventClass::kTest) claims.emplace_back(frozen_[i].event.claim, i);
  std::sort(claims.begin(), claims.end(), [](const auto& a, const auto& b) {
    const uint64_t x = sort_prefix(a.first), y = sort_prefix(b.first);
    return x != y ? x < y : a < b;
  });
  Bytes keys;
  std::vector<size_t> starts;
  for (size_t i = 0; i < claims.size(); ++i) {
    if (i > 0 && claims[i].first == claims[i - 1].first) continue;
    starts.push_back(i);
    append(keys, claims[i].first);
  }
  starts.push_back(claims.size());
  std::vector<bool> duplicate(frozen_.size());
  const uint16_t today = day_of(core_.now());
  core_.store.claims.update(keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    ClaimEntry claim;
    const bool taken = old && store::read_claim(*old, claim);
    const bool for_good = taken && !core_.store.events.is_open(claim.list, claim.owner);
    for (size_t c = starts[i] + (taken ? 0 : 1); c < starts[i + 1]; ++c) {
      if (for_good) {
        duplicate[claims[c].second] = true;
      } else {
        frozen_[claims[c].second].event.event_class = EventClass::kWaiting;
      }
    }
    if (taken) return store::Write::kKeep;
    const Frozen& first = frozen_[claims[starts[i]].second];
    claim = {today, first.event.number, first.list, first.event.job, first.event.profile};
    store::write_claim(claim, record);
    return store::Write::kPut;
  });
  return duplicate;
}

// A person's events follow one another: a live one waits behind one of a backfill that has no outcome yet.
void Conversions::place(Frozen& frozen) {
  if (frozen.event.event_class == EventClass::kLive &&
      core_.store.events.count(frozen.list, EventClass::kBackfill) > 0) {
    give_rows(frozen.event.profile);
    for (const auto& [list, earlier] : core_.store.events.of_person(frozen.event.profile)) {
      if (list == frozen.list && earlier.event_class == EventClass::kBackfill)
        frozen.event.event_class = EventClass::kBackfill;
    }
  }
  core_.store.events.add(frozen.list, frozen.event);
}

// Whatever happens to a person's events, it happens to rows.
void Conversions::give_rows(const ProfileId& profile) {
  for (const store::PagePlace page : core_.store.events.pages.with_person(profile))
    core_.store.events.unfold(page);
}

// Of a scan, those that may travel together; what does not fill a page waits in rows for more.
void Conversions::fill_pages(ListNumber list, std::vector<Event> events) {
  const Time now = core_.now();
  // The controls break rules that are kept row by row.
  const size_t most = core_.options.policy == Policy{} ? core_.options.event_page : SIZE_MAX;
  for (const bool offline : {false, true}) {
    std::vector<Event> page;
    size_t bytes = 0;
    const auto put = [&] {
      core_.store.events.pages.add(list, day_of(now), std::exchange(page, {}));
      bytes = 0;
    };
    for (Event& event : events) {
      if (is_offline(event, now) != offline) continue;
      if (!page.empty() && bytes + event.bytes.size() > kEventBodyBytesMax) put();
      if (page.empty()) page.reserve(std::min(most, events.size()));
      bytes += event.bytes.size() + 1;
      page.push_back(std::move(event));
      if (page.size() == most) put();
    }
    for (const Event& event : page) core_.store.events.add(list, event);
  }
}

size_t Conversions::settle_page() {
  std::ranges::stable_sort(frozen_, {}, &Frozen::place);
  return settle(false);
}

// `scan`: those frozen are present members of one job, each once.
size_t Conversions::settle(bool scan) {
  place_ = 0;
  const size_t bytes = std::exchange(frozen_bytes_, 0);
  end_withdrawn();
  if (frozen_.empty()) return bytes;
  for (Frozen& frozen : frozen_) frozen.event.number = core_.store.events.next_number();
  const std::vector<bool> duplicate = claim_frozen();
  std::vector<Event> pages;
  pages.reserve(scan ? frozen_.size() : 0);
  for (size_t i = 0; i < frozen_.size(); ++i) {
    Event& event = frozen_[i].event;
    if (duplicate[i]) {
      not_frozen(core_.jobs.at(event.job), event.profile, event.run, Reason::kDuplicateEvent);
    } else if (scan && event.event_class == EventClass::kBackfill) {
      pages.push_back(std::move(event));
    } else {
      place(frozen_[i]);
    }
  }
  fill_pages(frozen_.front().list, std::move(pages));
  core_.store.events.save_number();
  frozen_.clear();
  return bytes;
}

// An erased person: nothing of theirs is sent from now on, and no byte of it is kept.
void Conversions::suppress(const ProfileId& profile) {
  // Frozen earlier in this very page.
  for (Frozen& frozen : frozen_) {
    if (frozen.event.profile == profile)
      not_frozen(core_.jobs.at(frozen.event.job), profile, frozen.event.run, Reason::kSuppressed);
  }
  std::erase_if(frozen_, [&](const Frozen& frozen) { return frozen.event.profile == profile; });
  give_rows(profile);
  for (const auto& [number, event] : core_.store.events.of_person(profile))
    give_up(core_.lists.at(number), event, Reason::kSuppressed);
  core_.store.end_records(profile);
  change_claims();
}

bool Conversions::scanning() const {
  return std::ranges::any_of(core_.jobs, [](const auto& item) {
    const Job& job = item.second;
    return job.converts() && job.running() && job.row.bulk == store::BulkKind::kBackfill;
  });
}

bool Conversions::scan_step(Job& job, List& list) {
  if (job.row.bulk != store::BulkKind::kBackfill || !job.running() || scan_held(job)) return false;
  if (core_.store.events.count(list.row.number, EventClass::kBackfill) >= kBackfillAhead) return false;
  if (!core_.store.claims.prepare()) return true;
  size_t visited = 0, bytes = 0;
  std::optional<ProfileId> next;
  const ProfileId from =
      job.row.scan_from.empty() ? ProfileId{} : store::profile_id_at(job.row.scan_from.data());
  const size_t most = core_.options.scan_page;
  const std::vector<ProfileId> entered = core_.store.events.entered(job.row.number, from, most);
  // Where a page is full: what is left over waits in rows. For that, a page more than enough at most.
  const auto enough = [&] {
    const bool full = frozen_.size() % core_.options.event_page == 0;
    return bytes > (full ? kScanBytes : kScanBytes + kEventBodyBytesMax);
  };
  core_.store.profiles.scan(from, [&](const ProfileId& profile, const store::Person& person) {
    const bool beyond = entered.size() == most && entered.back() < profile;  // more may have entered
    if (visited == most || beyond || enough()) {
      next = profile;
      return false;
    }
    ++visited;
    if (!person.member_of(job.row.audience) || std::ranges::binary_search(entered, profile)) return true;
    const size_t before = frozen_bytes_ + kFrozenRowBytes;
    freeze(job, profile, person, EventClass::kBackfill);
    bytes += frozen_bytes_ - before;
    ++job.row.members_scanned;
    return true;
  });
  settle(true);
  job.changed = true;
  if (next) {
    job.row.scan_from.assign(next->bytes.begin(), next->bytes.end());
  } else {
    end_scan(job);
  }
  return true;
}

void Conversions::end_scan(Job& job) {
  job.row.bulk = store::BulkKind::kNone;
  job.row.scan_from.clear();
  job.row.members_total = job.row.members_scanned;
  job.changed = true;
  if (!scanning()) core_.store.claims.forget_filter();
  core_.store.events.forget_entered(job.row.number);
  core_.tally.close(job.row.bulk_run, core_.now());
}

// The run in which the record's event is counted; 0 when it has been trimmed. Records do not name their run:
// the newest that began before the record and has somebody for its reason serves, so a job's sums are right.
int64_t Conversions::run_counting(const store::RecordRow& record) const {
  const auto reason = static_cast<Reason>(record.reason);
  const auto found = std::ranges::find_if(runs_, [&](const auto& run) {
    return run.second <= record.at && core_.tally.count(run.first, reason) > 0;
  });
  return found == runs_.end() ? 0 : found->first;
}

// Today's data make one event. It repeats each record that has its name and id, or never had any.
void Conversions::retry_person(Job& job, const ProfileId& profile, const store::Person& person,
                               std::span<const store::RecordRow> records, Retried& out) {
  if (!consents(job, person)) {
    ++out.no_consent;
    return;
  }
  const pinterest::BuiltEvent& built = build(job, person);
  std::optional<store::Claim> claim;
  if (built.problem == pinterest::EventProblem::kNone) claim = claim_of(job, built);
  const store::RecordRow* repeated = nullptr;
  bool unknown = false;
  for (const store::RecordRow& record : records) {
    const bool same =
        !core_.options.policy.retry_under_first_id || (claim && std::ranges::equal(*claim, record.claim));
    if (record.unknown) {
      unknown = true;
    } else if (record.claim.empty() || same) {
      core_.store.end_record(record.number);
      repeated = &record;
    }
  }
  // Each person counts once, however many of their events were refused.
  if (repeated == nullptr) {
    ++(unknown ? out.unknown : out.changed);
    return;
  }
  ++out.again;
  const int64_t run = run_counting(*repeated);
  if (run == 0) return freeze(job, profile, person, EventClass::kLive);
  core_.tally.send_again(run, static_cast<Reason>(repeated->reason));
  freeze_in(run, job, profile, person, EventClass::kLive);
}

Retried Conversions::freeze_again(Job& job, std::vector<store::RecordRow> records) {
  Retried out;
  // Today's data take the place of bytes that 'resume' could still send.
  give_up_refused(core_.lists.at(job.row.list));
  runs_.clear();
  core_.store.each_run(job.row.number, [&](const store::RunRow& run) {
    runs_.emplace_back(run.number, run.started_at);
    return true;
  });
  std::ranges::sort(records, {}, &store::RecordRow::profile);
  std::vector<ProfileId> people;
  std::vector<size_t> starts;
  for (size_t i = 0; i < records.size(); ++i) {
    if (i > 0 && records[i].profile == records[i - 1].profile) continue;
    people.push_back(store::profile_id_at(records[i].profile.data()));
    starts.push_back(i);
  }
  starts.push_back(records.size());
  core_.store.profiles.read(people, [&](size_t i, const store::Person& person) {
    if (!person.exists()) return;
    retry_person(job, people[i], person, std::span(records).subspan(starts[i], starts[i + 1] - starts[i]),
                 out);
  });
  settle_page();
  return out;
}

}  // namespace pinrelay::exports
