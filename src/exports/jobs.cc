#include "exports/jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "exports/bulk.h"
#include "exports/settings.h"
#include "exports/verbs.h"
#include "identity/reading_rules.h"

namespace pinrelay::exports {
namespace {

using store::BulkKind;
using store::JobState;

constexpr size_t kRecordsRetried = 100'000;

std::string_view type_text(uint8_t type) {
  return static_cast<config::ListType>(type) == config::ListType::kMaid ? "MAID" : "EMAIL";
}

bool same_target(const config::JobSettings& a, const config::JobSettings& b) {
  return a.ad_account == b.ad_account && a.list.has_value() == b.list.has_value() &&
         (!a.list || a.list->id == b.list->id);
}

// Whether the same people with the same identifiers are wanted.
bool same_people(const config::JobSettings& a, const config::JobSettings& b) {
  return a.audience == b.audience && a.email_field == b.email_field &&
         a.sha256_email_field == b.sha256_email_field && a.mobile_id_field == b.mobile_id_field &&
         a.maid_case == b.maid_case && a.consent_field == b.consent_field;
}

store::RunKind run_kind(BulkKind kind) { return static_cast<store::RunKind>(kind); }

}  // namespace

Error Jobs::refuse(const Job& job, const char* verb) const {
  return {ErrorKind::kConflict, "wrong_state",
          fmt::format("the job is {}, so it cannot be {}",
                      store::kJobStateNames[static_cast<size_t>(job.row.state)], verb),
          "job " + job.row.name, fmt::format("see 'pinrelay job show {}'", job.row.name)};
}

void Jobs::resolve_fields(Job& job) {
  job.identifier_fields.clear();
  job.consent_field.reset();
  job.field_mask = 0;
  const auto add = [&](const std::string& field, identity::IdentifierKind kind) {
    if (field.empty()) return;
    const store::FieldNumber number = core_.store.catalog.field_number(field);
    job.identifier_fields.emplace_back(number, static_cast<int>(kind));
    job.field_mask |= 1ULL << (number % 64);
  };
  add(job.settings.email_field, identity::IdentifierKind::kEmail);
  add(job.settings.sha256_email_field, identity::IdentifierKind::kSha256Email);
  add(job.settings.mobile_id_field, identity::IdentifierKind::kMaid);
  if (!job.settings.consent_field.empty()) {
    job.consent_field = core_.store.catalog.field_number(job.settings.consent_field);
    job.field_mask |= 1ULL << (*job.consent_field % 64);
  }
  if (job.converts()) conversions_.prepare(job);
  job.row.audience = core_.store.catalog.audience_number(job.settings.audience);
  core_.store.catalog.flush();
}

Result<Job> Jobs::load(store::JobRow row) {
  Job job;
  job.settings = TRY(read_settings(row.settings));
  job.row = std::move(row);
  resolve_fields(job);
  return job;
}

Job* Jobs::find(std::string_view name) {
  for (auto& [number, job] : core_.jobs) {
    if (job.row.name == name) return &job;
  }
  return nullptr;
}

// The list that the settings name, when a job writes to it already.
Result<List*> Jobs::known_list(const config::JobSettings& settings, JobNumber except) {
  const auto type = static_cast<uint8_t>(settings.list_type());
  if (settings.list) {
    for (auto& [number, list] : core_.lists) {
      if (list.row.ad_account != settings.ad_account || list.row.id != settings.list->id) continue;
      if (list.row.type != type) {
        return Error{
            ErrorKind::kConflict, "list_type",
            fmt::format("the list holds {} identifiers, the job maps {}; a list has one identifier type",
                        type_text(list.row.type), type_text(type)),
            "job " + settings.name, "choose another list or another identifier"};
      }
      const auto others = core_.jobs_of(number);
      const bool alone = std::all_of(others.begin(), others.end(),
                                     [&](const Job* job) { return job->row.number == except; });
      if (!alone && !settings.list->shared) {
        return Error{ErrorKind::kConflict, "list_shared",
                     "another job writes to this list; it would hold the union of both",
                     "job " + settings.name, "set list.shared: true if that is what you want"};
      }
      return &list;
    }
  }
  return nullptr;
}

// The list that the settings name, or a new one.
Result<List*> Jobs::list_for(const config::JobSettings& settings, JobNumber except) {
  if (List* known = TRY(known_list(settings, except))) {
    if (core_.jobs_of(known->row.number).empty()) core_.authorize(*known, settings.authorization);
    return known;
  }
  const auto type = static_cast<uint8_t>(settings.list_type());
  const bool converts = settings.type == config::JobType::kConversionsExport;
  List list;
  list.row.number = static_cast<ListNumber>(core_.store.next_number("lists"));
  list.row.authorization = settings.authorization;
  list.row.ad_account = settings.ad_account;
  list.row.type = type;
  if (converts) list.row.kind = store::DestinationKind::kConversions;
  list.row.state = settings.list || converts ? store::ListState::kReady : store::ListState::kWanted;
  if (settings.list) list.row.id = settings.list->id;
  list.row.ours = !settings.list && !converts;
  if (!converts && !settings.list && settings.create_audience)
    list.row.audience_state = store::AudienceState::kWanted;
  list.changed = true;
  core_.store.lists.put(list.row);
  ++core_.authorizations[settings.authorization].lists;
  return &core_.lists.insert_or_assign(list.row.number, std::move(list)).first->second;
}

Result<List*> Jobs::target(const config::JobSettings& settings) {
  Job* known = find(settings.name);
  const bool converts = settings.type == config::JobType::kConversionsExport;
  if (known != nullptr && known->converts() != converts)
    return Error{ErrorKind::kConflict, "job_type", "the type of a job cannot change", "job " + settings.name,
                 "make a job of another name"};
  if (known == nullptr) return converts ? nullptr : known_list(settings, 0);
  if (known->removes_everyone()) return refuse_while_removing(*known, "changed");
  if (known->row.settings == write_settings(settings)) return &core_.lists.at(known->row.list);
  if (known->row.state == JobState::kStopped) return refuse(*known, "changed");
  if (converts) return &core_.lists.at(known->row.list);
  if (!same_target(known->settings, settings)) return known_list(settings, known->row.number);
  if (known->settings.list_type() != settings.list_type()) {
    return Error{ErrorKind::kConflict, "list_type", "the identifier type of a list cannot change",
                 "job " + settings.name,
                 "name an existing list of that type under list:, or make a job of another name"};
  }
  return &core_.lists.at(known->row.list);
}

Result<std::string> Jobs::apply(const config::JobSettings& settings) {
  TRY(target(settings));
  const std::string text = write_settings(settings);
  Job* known = find(settings.name);
  if (known == nullptr) {
    Job job;
    job.settings = settings;
    List* list = TRY(list_for(settings, 0));
    job.row.number = job.row.owner = static_cast<JobNumber>(core_.store.next_number("jobs"));
    job.row.name = settings.name;
    job.row.settings = text;
    job.row.list = list->row.number;
    job.row.created_at = core_.now();
    job.changed = true;
    resolve_fields(job);
    core_.store.jobs.put(job.row);
    core_.jobs.emplace(job.row.number, std::move(job));
    return std::string("created");
  }
  Job& job = *known;
  if (job.row.settings == text) return std::string("unchanged");
  if (job.converts()) {
    TRY(redirect(job, settings));
    job.row.settings = text;
    return std::string("changed");
  }
  const config::JobSettings before = job.settings;
  List* new_list = same_target(before, settings) ? nullptr : TRY(list_for(settings, job.row.number));
  // Naming the list that it has already, for instance one that we made, is no move.
  const bool moves = new_list != nullptr && new_list->row.number != job.row.list;
  if (moves) move(job, *new_list);
  if (!moves) core_.authorize(core_.lists.at(job.row.list), settings.authorization);
  job.settings = settings;
  job.row.settings = text;
  if (job.row.started && before.consent_field != settings.consent_field)
    job.row.consent_edited_at = core_.now();
  resolve_fields(job);
  if (moves && job.row.reason_code == "list_gone" && job.row.state == JobState::kFailed)
    job.row.state = JobState::kRunning;
  if (job.row.started && moves) owe(job, BulkKind::kBackfill);
  if (job.row.started && !moves && !same_people(before, settings)) owe(job, BulkKind::kResync);
  job.changed = true;
  return std::string("changed");
}

bool scans_members(const Job* before, const config::JobSettings& settings) {
  if (!settings.conversions.existing_users) return false;
  if (before == nullptr || !before->row.started) return true;
  const config::JobSettings& was = before->settings;
  return !was.conversions.existing_users || was.audience != settings.audience ||
         was.ad_account != settings.ad_account;
}

// New settings hold for what is frozen from now on. What is frozen already was claimed for its ad account.
Result<void> Jobs::redirect(Job& job, const config::JobSettings& settings) {
  List& list = core_.lists.at(job.row.list);
  if (settings.ad_account != list.row.ad_account && conversions_.pending(list))
    return Error{ErrorKind::kConflict, "events_pending", "events wait to be sent to the present ad account",
                 "job " + settings.name, "wait until they are sent, or make a new job"};
  // Refused for the present account; their claims are of that one.
  if (settings.ad_account != list.row.ad_account) conversions_.give_up_refused(list);
  core_.authorize(list, settings.authorization);
  list.row.ad_account = settings.ad_account;
  list.changed = true;
  const bool scans = scans_members(&job, settings);
  const bool other_audience = job.settings.audience != settings.audience;
  const bool asks_anew =
      !settings.consent_field.empty() && job.settings.consent_field != settings.consent_field;
  const bool tests = settings.conversions.test_mode && !job.settings.conversions.test_mode;
  const bool given_up = scans || !settings.conversions.existing_users;
  if (given_up && job.row.bulk == BulkKind::kBackfill) conversions_.end_scan(job);
  job.settings = settings;
  resolve_fields(job);
  if (job.row.started && scans) owe(job, BulkKind::kBackfill);
  if (other_audience) job.row.records_after = core_.store.next_number("records");
  if (asks_anew || tests) conversions_.begin_sweep(job);
  job.changed = true;
  return {};
}

// What it owned on the list that it had is over; on the new one it owns under a number of its own.
void Jobs::move(Job& job, List& list) {
  const ListNumber left = job.row.list;
  departures_.leave(job);
  job.row.list = list.row.number;
  job.row.owner = static_cast<JobNumber>(core_.store.next_number("jobs"));
  departures_.settle(left);
  job.changed = true;
}

void Jobs::owe(Job& job, BulkKind kind) {
  // What an earlier pass has put into the queue goes on, and ends that run.
  if (job.row.bulk_run != 0) core_.tally.close(job.row.bulk_run, core_.now());
  job.row.bulk = kind;
  job.row.bulk_run = core_.tally.open(job.row.number, run_kind(kind), core_.now());
  job.row.members_scanned = 0;
  job.row.members_total = core_.store.catalog.audiences()[job.row.audience].size;
  job.bulk = nullptr;
  job.changed = true;
}

Result<void> Jobs::start(Job& job) {
  if (job.row.state == JobState::kRunning) return {};  // a second click starts nothing twice
  if (!state_admits(Verb::kStart, job)) return refuse(job, "started");
  job.row.state = JobState::kRunning;
  job.row.started = true;
  job.row.started_at = job.row.reasserted_at = core_.now();
  // First the log's head, then the scan: whoever changes meanwhile comes by both ways.
  job.row.cursor = core_.store.profiles.log_head();
  job.changed = true;
  if (!job.converts() || job.settings.conversions.existing_users) owe(job, BulkKind::kBackfill);
  return {};
}

Result<void> Jobs::only_lists(const Job& job, const char* verb) const {
  if (!job.converts()) return {};
  return Error{ErrorKind::kConflict, "only_lists",
               fmt::format("conversions cannot be {}: they have no list", verb), "job " + job.row.name,
               "events go as soon as they can; 'pinrelay job retry' builds refused ones anew"};
}

Result<void> Jobs::pause(Job& job) {
  if (job.row.state == JobState::kPaused) return {};
  if (!state_admits(Verb::kPause, job)) return refuse(job, "paused");
  job.row.state = JobState::kPaused;
  job.changed = true;
  return {};
}

Result<void> Jobs::resume(Job& job) {
  if (job.row.state == JobState::kRunning) return {};
  if (!state_admits(Verb::kResume, job)) return refuse(job, "resumed");
  List& list = core_.lists.at(job.row.list);
  if (job.row.reason_code == "list_gone" && job.row.state == JobState::kFailed) {
    if (job.settings.list) {
      return Error{ErrorKind::kConflict, "list_gone", "the customer list is gone at Pinterest",
                   "job " + job.row.name,
                   "name another list in the configuration (or none, to have one created) and apply it"};
    }
    move(job, *TRY(list_for(job.settings, job.row.number)));
    owe(job, BulkKind::kBackfill);
  } else {
    list.row.only_errors = Millis{0};
    list.row.not_before = list.row.last_error_at = Time{};
    list.row.isolation_calls = list.row.failures = 0;
    list.row.records_max = 0;  // learned anew
    list.changed = true;
    if (job.converts()) conversions_.resend_refused(list);
  }
  job.row.state = JobState::kRunning;
  job.row.reason_code.clear();
  job.row.reason.clear();
  catch_up(job);
  job.changed = true;
  return {};
}

void Jobs::catch_up(Job& job) {
  if (job.converts()) return;  // events were frozen when they happened
  if (job.row.cursor >= core_.store.profiles.log_tail()) return;
  job.row.erasures_missed |= job.row.erasure_cursor < core_.store.profiles.log_head();
  job.row.cursor = core_.store.profiles.log_head();
  job.changed = true;
  // A pass that is under way has seen people as they were, and nobody would tell it what has changed since.
  if (!job.removes_everyone()) owe(job, job.row.bulk == BulkKind::kNone ? BulkKind::kResync : job.row.bulk);
}

namespace {

std::string reread_run(JobNumber job) { return fmt::format("reading_rules_run_{}", job); }

}  // namespace

void Jobs::follow_reading_rules() {
  constexpr std::string_view kRules = "reading_rules";
  if (core_.store.number(kRules) == identity::kReadingRules) return;
  core_.store.set_number(kRules, identity::kReadingRules);
  for (auto& [number, job] : core_.jobs) {
    const bool goes_on = job.row.state != JobState::kDraft && job.row.state != JobState::kStopped;
    if (job.converts() || !goes_on || job.row.bulk == BulkKind::kEmpty) continue;
    owe(job, job.row.bulk == BulkKind::kNone ? BulkKind::kResync : job.row.bulk);
    core_.store.set_number(reread_run(number), job.row.bulk_run);
    log(LogLevel::kInfo, "exports",
        "this version reads values by newer rules, so the list is compared with everybody once; the brake "
        "holds "
        "as always (docs/reference/normalisation.md)",
        {{"job", job.row.name}});
  }
}

bool Jobs::rereads(store::Store& store, const store::JobRow& job) {
  return job.bulk != BulkKind::kNone && store.number(reread_run(job.number)) == job.bulk_run;
}

Result<void> Jobs::restart(Job& job) {
  if (!state_admits(Verb::kRestart, job)) return refuse(job, "restarted");
  List& list = core_.lists.at(job.row.list);
  list.account_checked = false;
  list.verified = list.verified && list.row.ours;
  list.row.not_before = Time{};
  list.row.records_max = 0;  // learned anew
  list.changed = true;
  sending_.authorization(list).refused_token.clear();
  job.bulk = nullptr;
  resolve_fields(job);
  return {};
}

Result<void> Jobs::resync(Job& job, bool reassert) {
  TRY(only_lists(job, "resynced"));
  if (!state_admits(Verb::kResync, job)) return refuse(job, "resynced");
  if (job.removes_everyone()) return refuse_while_removing(job, "resynced");
  owe(job, reassert ? BulkKind::kReassert : BulkKind::kResync);
  return {};
}

Result<void> Jobs::flush(Job& job) {
  TRY(only_lists(job, "flushed"));
  if (!state_admits(Verb::kFlush, job)) return refuse(job, "flushed");
  sending_.flush_now(core_.lists.at(job.row.list));
  return {};
}

// Whether a restore has left anything to decide.
Result<void> Jobs::decide(const Job& job) const {
  if (job.converts() && undecided(job) && !job.row.discarding) return {};
  return Error{ErrorKind::kConflict, "nothing_held",
               job.converts() ? "no restored events are held" : "only conversions are held after a restore",
               "job " + job.row.name, ""};
}

Result<void> Jobs::discard(Job& job) {
  TRY(decide(job));
  conversions_.discard_restored(job);
  return {};
}

Result<void> Jobs::release(Job& job) {
  if (job.converts()) {
    TRY(decide(job));
    conversions_.release_restored(job);
    return {};
  }
  List& list = core_.lists.at(job.row.list);
  if (!list.row.braked) {
    return Error{ErrorKind::kConflict, "not_braked", "no removals are held", "job " + job.row.name, ""};
  }
  list.row.braked = false;
  list.changed = true;
  core_.store.forget_removals(list.row.number);
  core_.store.queue.move_all(list.row.number, QueueClass::kRemove, QueueClass::kRemoveUnbraked);
  sending_.flush_now(list);
  return {};
}

Result<Retried> Jobs::retry(Job& job, const Selection& only) {
  if (!state_admits(Verb::kRetry, job)) return refuse(job, "retried");
  const auto can_help = [&](Reason reason) {
    const OutcomeClass outcome = info(reason).outcome;
    return outcome == OutcomeClass::kRejected || (job.converts() && outcome == OutcomeClass::kInvalid);
  };
  if (only.reason && !can_help(*only.reason))
    return Error{ErrorKind::kConflict, "no_retry",
                 fmt::format("what is {} cannot be sent again by hand", info(*only.reason).name), "",
                 *only.reason == Reason::kUncertain
                     ? "Pinterest may have it, and a repeat could count twice"
                     : "name a reason of those who were invalid or refused (pinrelay job records)"};
  if (job.converts()) return retry_events(job, only);
  return Retried{.again = sending_.retry_rejected(job, core_.lists.at(job.row.list), 0, only)};
}

Result<Retried> Jobs::retry_events(Job& job, const Selection& only) {
  if (job.settings.conversions.test_mode)
    return Error{ErrorKind::kConflict, "test_mode", "the job is in test mode, where a retry would be a test",
                 "job " + job.row.name, "set test_mode: false and apply it, then retry"};
  std::vector<store::RecordRow> records;
  for (store::RecordRow& record : core_.store.records(job.row.number, kRecordsRetried)) {
    if (!record.retry || record.number <= job.row.records_after) continue;
    const auto reason = static_cast<Reason>(record.reason);
    const ProfileId person = store::profile_id_at(record.profile.data());
    if ((only.reason && *only.reason != reason) || (only.person && *only.person != person)) continue;
    records.push_back(std::move(record));
  }
  return conversions_.freeze_again(job, std::move(records));
}

Result<void> Jobs::stop(Job& job) {
  if (job.row.state == JobState::kStopped) return {};
  if (job.removes_everyone()) return refuse_while_removing(job, "stopped");
  if (!job.converts()) departures_.leave(job);
  job.row.state = JobState::kStopped;
  job.bulk = nullptr;
  if (job.converts()) {
    job.row.bulk = BulkKind::kNone;
    conversions_.forget(job, core_.lists.at(job.row.list), Reason::kJobDeleted);
  }
  job.changed = true;
  return {};
}

void Jobs::erase(Job& job) {
  const JobNumber number = job.row.number;
  const ListNumber list = job.row.list;
  if (job.converts()) conversions_.forget(job, core_.lists.at(list), Reason::kJobDeleted);
  if (!job.converts() && job.row.state != JobState::kStopped) departures_.leave(job);
  core_.store.jobs.erase(number);
  core_.jobs.erase(number);
  departures_.settle(list);
}

}  // namespace pinrelay::exports
