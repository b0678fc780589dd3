// What people tell the jobs: each verb, each edit, at any time.
#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace pinrelay::simulation {
namespace {

struct Verb {
  const char* name;
  Result<void> (*tell)(exports::Jobs&, exports::Job&);
  void (*note)(KnownJob&);
};

void nothing(KnownJob&) {}

constexpr Verb kVerbs[] = {
    {"start", [](exports::Jobs& jobs, exports::Job& job) { return jobs.start(job); },
     [](KnownJob& job) { job.started = true; }},
    {"pause", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); },
     [](KnownJob& job) { job.paused = true; }},
    {"resume", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); },
     [](KnownJob& job) { job.paused = false; }},
    {"restart", [](exports::Jobs& jobs, exports::Job& job) { return jobs.restart(job); }, nothing},
    {"resync", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resync(job, false); }, nothing},
    {"reassert", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resync(job, true); }, nothing},
    {"flush", [](exports::Jobs& jobs, exports::Job& job) { return jobs.flush(job); }, nothing},
    {"release", [](exports::Jobs& jobs, exports::Job& job) { return jobs.release(job); }, nothing},
    {"keep",
     [](exports::Jobs& jobs, exports::Job& job) -> Result<void> {
       TRY(jobs.keep(job));
       return {};
     },
     [](KnownJob& job) { job.removing = false; }},
    {"discard", [](exports::Jobs& jobs, exports::Job& job) { return jobs.discard(job); }, nothing},
    {"retry",
     [](exports::Jobs& jobs, exports::Job& job) -> Result<void> {
       TRY(jobs.retry(job));
       return {};
     },
     nothing},
    {"stop", [](exports::Jobs& jobs, exports::Job& job) { return jobs.stop(job); },
     [](KnownJob& job) { job.stopped = true; }},
};
std::string shown(const config::JobSettings& job) {
  const config::ConversionSettings& conversions = job.conversions;
  std::string text =
      fmt::format("apply {}: {}, account {}, {}", job.name, job.audience, job.ad_account, job.authorization);
  if (job.type != config::JobType::kConversionsExport)
    return text + (job.list ? ", their list " + job.list->id : "");
  return text + fmt::format(", {} by {}, membership events {}{}{}{}", conversions.event_name_default,
                            conversions.event[0].field, static_cast<int>(conversions.membership_events),
                            conversions.existing_users ? ", existing users" : "",
                            conversions.test_mode ? ", test mode" : "",
                            job.consent_field.empty() ? "" : ", asks for consent");
}

const Verb& find_verb(std::string_view name) {
  return *std::ranges::find_if(kVerbs, [&](const Verb& verb) { return verb.name == name; });
}

}  // namespace

void Run::tell(const std::string& name, const char* verb_name) {
  const Verb& verb = find_verb(verb_name);
  if (engine_->jobs().find(name) == nullptr) return;
  trace_.event(now_, fmt::format("{} {}", verb.name, name));
  note_list_id(name);
  const bool told = transact([&](exports::Jobs& jobs) { return verb.tell(jobs, *jobs.find(name)); });
  KnownJob* job = known_.jobs.find(name);
  if (!told || job == nullptr) return;
  const bool was_over = job->stopped, was_started = job->started;
  verb.note(*job);
  if (job->stopped && !was_over) over(*job);
  if (std::string_view("start") == verb.name && !was_started) begin(*job);
  if (std::string_view("keep") == verb.name) begin(*job);
  if (job->converts() &&
      (std::string_view("release") == verb.name || std::string_view("discard") == verb.name))
    known_.conversions.release(job->number, std::string_view("discard") == verb.name);
  if (std::string_view("retry") == verb.name && job->converts())
    known_.conversions.retry(*job, known_.oracle);
}

void Run::begin(const KnownJob& job) {
  if (!job.converts()) return known_.lists.note_all(job, known_.oracle);
  if (job.settings.conversions.existing_users) known_.conversions.begin_scan(job, known_.oracle, wall());
}

void Run::over(const KnownJob& job) {
  if (job.converts()) return known_.conversions.over(job.number);
  known_.lists.leave(job.list, known_.jobs);
}

// Which list was made for the job; asked before it leaves it.
void Run::note_list_id(const std::string& name) {
  const exports::Job* job = engine_->jobs().find(name);
  const KnownJob* known = known_.jobs.find(name);
  if (job == nullptr || known == nullptr || job->converts()) return;
  const std::string& id = engine_->core().lists.at(job->row.list).row.id;
  if (!id.empty() && known->list != id) known_.made_lists[id] = known->list;
}

// Whether a list is on its way for the job: whoever leaves it now does not learn its id.
bool Run::being_made(const std::string& name) {
  const exports::Job* job = engine_->jobs().find(name);
  if (job == nullptr || job->converts()) return false;
  const exports::List& list = engine_->core().lists.at(job->row.list);
  const bool unborn = list.row.state == store::ListState::kWanted && !list.open;
  return !unborn && (list.row.state != store::ListState::kReady || (list.open && list.open->creates_list));
}

// As the command line reads it: nobody writes it, and jobs have left people there.
bool Run::is_left(const exports::List& list) {
  return !list.conversions() && !list.left.empty() && !engine_->core().written(list.row.number);
}

void Run::forget_a_left_list() {
  for (const auto& [number, list] : engine_->core().lists) {
    if (!is_left(list) || list.row.id.empty()) continue;
    const std::string id = list.row.id;
    trace_.event(now_, "forget the list " + id);
    const bool forgotten = transact([&, number = number](exports::Jobs& jobs) -> Result<void> {
      jobs.departures().forget(engine_->core().lists.at(number));
      jobs.departures().settle(number);
      return {};
    });
    const auto made = known_.made_lists.find(id);
    if (forgotten) known_.lists.forget(made == known_.made_lists.end() ? id : made->second);
    return;
  }
}

void Run::sign_in(const std::string& authorization) {
  if (!known_.authorizations.insert(authorization).second) return;
  trace_.event(now_, "sign in as " + authorization);
  give_token(authorization);
  if (engine_) engine_->add_authorization(authorization, plan_.tier);
}

// Of one that no job names; lists that jobs have left may still need it.
void Run::remove_authorization(const std::string& authorization) {
  const bool used = std::ranges::any_of(known_.jobs.all(), [&](const auto& item) {
    return item.second.settings.authorization == authorization;
  });
  if (used || known_.authorizations.erase(authorization) == 0) return;
  trace_.event(now_, "remove the authorization " + authorization);
  tokens_.of.erase(authorization);
}

bool Run::apply(const config::JobSettings& settings) {
  trace_.event(now_, shown(settings));
  sign_in(settings.authorization);
  note_list_id(settings.name);
  std::string said;
  const bool in_force = transact([&](exports::Jobs& jobs) -> Result<void> {
    said = TRY(jobs.apply(settings));
    return {};
  });
  if (!in_force || said == "unchanged") return in_force;
  KnownJob* known = known_.jobs.find(settings.name);
  if (known != nullptr && known->removing) {
    fail("a job is changed while everybody is being removed for it");
    return false;
  }
  const KnownJob before = known == nullptr ? KnownJob{} : *known;
  const bool moves = known_.jobs.apply(settings);
  const KnownJob& job = *known_.jobs.find(settings.name);
  if (moves && !job.converts() && before.writes()) known_.lists.leave(before.list, known_.jobs);
  if (!job.converts()) {
    known_.lists.note_all(job, known_.oracle);
  } else if (before.number != 0) {
    follow_edit(before.settings, job);
  }
  return true;
}

// A conversions job has other settings from now on.
void Run::follow_edit(const config::JobSettings& before, const KnownJob& job) {
  ConversionBook& book = known_.conversions;
  if (before.consent_field != job.settings.consent_field) book.begin_sweep(job, known_.oracle);
  const bool other_audience = before.audience != job.settings.audience;
  if (other_audience) book.forget_records(job);
  const bool scanned =
      before.conversions.existing_users && !other_audience && before.ad_account == job.settings.ad_account;
  if (scanned && job.settings.conversions.existing_users) return;
  book.end_scan(job, known_.oracle, false);
  if (job.started) begin(job);
}

void Run::edit_list_job(size_t which) {
  config::JobSettings changed = edited(plan_.jobs[which], plan_, random_);
  if (being_made(changed.name)) changed.ad_account = plan_.jobs[which].ad_account;
  const bool elsewhere = changed.ad_account != plan_.jobs[which].ad_account;
  const auto& theirs = their_lists_[{changed.ad_account, !changed.mobile_id_field.empty()}];
  if (elsewhere || (random_.chance(20) && !being_made(changed.name))) {
    changed.list.reset();
    if (!theirs.empty() && random_.chance(70))
      changed.list = config::ExistingList{theirs[random_.below(theirs.size())], changed.list_type(), true};
  }
  // After a crash on either side of the commit it may or may not be in force; the ending applies it again.
  plan_.jobs[which] = changed;
  apply(changed);
}

void Run::edit_conversions(size_t which) {
  const config::JobSettings changed = edited_conversions(plan_.conversions[which], plan_, random_);
  plan_.conversions[which] = changed;
  apply(changed);
}

// The job goes, and with it what we know of its list; the next one of its name begins anew.
void Run::remove(const std::string& name, bool empty_first) {
  const exports::Job* job = engine_->jobs().find(name);
  if (job == nullptr || being_made(name)) return;
  trace_.event(now_, fmt::format("delete {}{}", name, empty_first ? " and empty its list" : ""));
  note_list_id(name);
  const bool told = transact([&](exports::Jobs& jobs) { return jobs.remove(*jobs.find(name), empty_first); });
  KnownJob* known = known_.jobs.find(name);
  if (!told || known == nullptr) return;
  const KnownJob before = *known;
  if (empty_first) {
    known->removing = true;
    known->paused = false;
    return;
  }
  known_.jobs.erase(name);
  if (before.writes() || before.removing || before.converts()) over(before);
}

void Run::verb() {
  constexpr const char* kOfConversions[] = {"pause", "resume", "resume", "restart", "retry", "release"};
  constexpr const char* kOfLists[] = {"start",  "pause",    "resume", "resume",  "restart",
                                      "resync", "reassert", "flush",  "release", "retry"};
  const bool ends = plan_.deletes && random_.chance(15);
  if (!plan_.conversions.empty() && random_.chance(40)) {
    const size_t which = random_.below(plan_.conversions.size());
    const std::string name = plan_.conversions[which].name;
    if (engine_->jobs().find(name) == nullptr) {
      if (apply(plan_.conversions[which])) tell(name, "start");
    } else if (ends) {
      random_.chance(50) ? tell(name, "stop") : remove(name, false);
    } else if (random_.chance(30)) {
      edit_conversions(which);
    } else {
      tell(name, kOfConversions[random_.below(std::size(kOfConversions))]);
    }
    return;
  }
  if (random_.chance(10)) return forget_a_left_list();
  if (random_.chance(10)) return remove_authorization(kAuthorizations[random_.below(2)]);
  const size_t which = random_.below(plan_.jobs.size());
  const std::string name = plan_.jobs[which].name;
  if (engine_->jobs().find(name) == nullptr) {
    apply(plan_.jobs[which]);
  } else if (ends) {
    const KnownJob* known = known_.jobs.find(name);
    const bool removing = known != nullptr && known->removing;
    !removing&& random_.chance(40) ? tell(name, "stop") : remove(name, removing || random_.chance(50));
  } else if (random_.chance(20)) {
    edit_list_job(which);
  } else {
    tell(name, kOfLists[random_.below(std::size(kOfLists))]);
  }
}

}  // namespace pinrelay::simulation
