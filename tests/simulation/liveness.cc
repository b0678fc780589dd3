// The liveness phase: the troubles end, people do what the product asks them to, and then everything has to
// come right within a bounded time.
#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace pinrelay::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

}  // namespace

// Settle times, the longest back-off and waits (spam, no permission), a few flushes; with a trial token up to
// a day until the budget is there again.
Millis Run::patience() const {
  Millis longest{0};
  for (const config::JobSettings& job : plan_.jobs)
    longest = std::max(longest, 4 * (job.settle_after_unknown + job.settle_after_success + job.flush_after));
  longest += hours{3};
  return plan_.tier == config::Tier::kTrial ? longest + hours{48} : longest;
}

void Run::liveness() {
  trace_.event(now_, "faults stop");
  commits_to_trouble_ = 0;
  world_.faults().clear();
  if (!plan_.bad_records_stay) world_.bad_records() = sim::HashSet();
  // A token that was refused once is not tried again, so there has to be another one.
  for (const std::string& name : known_.authorizations) give_token(name);
  if (down_ && !failed()) boot();
  const Time until = now_ + patience(), half = now_ + patience() / 2;
  Millis step{1'000};
  bool answered = false;  // all that was under way when the faults stopped, some of it with a fault
  while (!failed()) {
    const bool retry = !answered;
    answered = answered || network_.quiet();
    // A job that has only refused events left fails again and again, until whoever looks has them taken.
    if (now_ > half) world_.bad_events().clear();
    help(retry);
    rest();
    if (failed() || at_rest()) return;
    if (now_ > until) return fail("it does not come right: " + unrest());
    advance(step);
    step = std::min(step * 2, Millis{120'000});
  }
}

// What a person would do who wants all jobs to run.
void Run::help(bool retry) {
  release_imports();
  for (const auto& [number, list] : engine_->core().lists)
    if (is_left(list)) sign_in(list.row.authorization);
  for (const config::JobSettings& settings : plan_.jobs) {
    if (!failed() && !down_) help_list_job(settings, retry);
  }
  for (const config::JobSettings& settings : plan_.conversions) {
    if (!failed() && !down_) help_conversions(settings);
  }
}

void Run::help_list_job(const config::JobSettings& settings, bool retry) {
  const KnownJob* known = known_.jobs.find(settings.name);
  if (known != nullptr && known->stopped) return;
  if (known == nullptr || !known->removing) apply(settings);
  exports::Job* job = engine_->jobs().find(settings.name);
  if (job == nullptr) return;
  if (job->row.state == store::JobState::kDraft) tell(settings.name, "start");
  if (!job->running()) tell(settings.name, "resume");
  if (engine_->core().lists.at(job->row.list).row.braked) tell(settings.name, "release");
  if (!plan_.bad_records_stay || retry) tell(settings.name, "retry");
}

void Run::help_conversions(const config::JobSettings& settings) {
  const KnownJob* known = known_.jobs.find(settings.name);
  if (known != nullptr && known->stopped) return;
  apply(settings);
  const exports::Job* job = engine_->jobs().find(settings.name);
  if (job == nullptr) return;
  if (job->row.state == store::JobState::kDraft) tell(settings.name, "start");
  if (!job->running()) tell(settings.name, "resume");
  if (exports::undecided(*job)) tell(settings.name, random_.chance(60) ? "release" : "discard");
}

bool Run::at_rest() {
  world_.settle(now_);  // also when nobody asks Pinterest anything any more
  for (const auto& [name, job] : known_.jobs.all()) {
    const exports::Job* known = engine_->jobs().find(name);
    const bool may_be_held = known != nullptr && !job.converts() && !job.stopped;
    if (may_be_held && engine_->core().lists.at(known->row.list).row.braked) return false;  // to be released
  }
  const auto removed = [](const auto& item) { return item.second.removing; };
  if (std::ranges::any_of(known_.jobs.all(), removed)) return false;
  return !importing() && engine_->idle() && network_.quiet() && world_.lists().pending() == 0;
}

std::string Run::unrest() {
  std::string text;
  for (auto& [number, list] : engine_->core().lists) {
    text += fmt::format("\n  list {} '{}' state {} wait '{}' open {} queue", list.row.id, list.row.name,
                        static_cast<int>(list.row.state), list.row.wait_code, list.open.has_value());
    for (int c = 1; c <= 5; ++c)
      text += fmt::format(" {}", store_->queue.count(number, static_cast<store::QueueClass>(c)).rows);
    const auto due = engine_->sending().due_at(list);
    text +=
        fmt::format(" verified {} checked {} braked {} not before {} flush until {} due {}", list.verified,
                    list.account_checked, list.row.braked, format_rfc3339(list.row.not_before),
                    format_rfc3339(list.row.flush_until), due ? format_rfc3339(*due) : "never");
    for (const store::LeftRow& left : list.left)
      text += fmt::format("; left by {} (owner {}), cursor {}, scans {}", left.job, left.owner, left.cursor,
                          !left.scan_from.empty());
    if (!list.conversions()) continue;
    text += fmt::format("; {} attempts open, events", list.events_open.size());
    for (int c = 1; c <= 6; ++c)
      text += fmt::format(" {}", store_->events.count(number, static_cast<store::EventClass>(c)));
  }
  for (auto& [number, job] : engine_->core().jobs) {
    text += fmt::format("\n  {} state {} ({}) bulk {} cursor {} of {}{}", job.row.name,
                        static_cast<int>(job.row.state), job.row.reason, static_cast<int>(job.row.bulk),
                        job.row.cursor, store_->profiles.log_head(), job.row.sweeping ? ", sweeping" : "");
  }
  for (const auto& [name, job] : known_.jobs.all())
    if (job.removing) text += fmt::format("\n  {} is being removed", name);
  for (const File& file : known_.files) {
    const auto row = store_->imports.get(file.number);
    text += fmt::format("\n  import {} of {} is in state {}: {}", file.number, file.audience,
                        row ? static_cast<int>(row->state) : -1, row ? row->error : "");
  }
  return text + fmt::format("\n  importing {}, engine idle {}, network quiet {}, late changes {}",
                            importing(), engine_->idle(), network_.quiet(), world_.lists().pending());
}

}  // namespace pinrelay::simulation
