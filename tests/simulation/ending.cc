// The liveness phase: the troubles end, people do what the product asks them to, and then everything has to
// come right within a bounded time.
#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace pinrelay::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr size_t kStoryMax = 12;

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
  tokens_.text = fmt::format("pina_{}", next_token_++);
  world_.accounts().add_token(*tokens_.text);
  if (down_ && !failed()) boot();
  const Time until = now_ + patience();
  Millis step{1'000};
  bool answered = false;  // all that was under way when the faults stopped, some of it with a fault
  while (!failed()) {
    const bool retry = !answered;
    answered = answered || network_.quiet();
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
  for (const config::JobSettings& settings : plan_.jobs) {
    exports::Job* known = engine_->jobs().find(settings.name);
    const auto& lists = engine_->core().lists;
    const bool braked = known != nullptr && lists.at(known->row.list).row.braked;
    transact([&](exports::Jobs& jobs) -> Result<void> {
      TRY(jobs.apply(settings));
      exports::Job& job = *jobs.find(settings.name);
      if (job.row.state == store::JobState::kDraft) TRY(jobs.start(job));
      if (!job.running()) TRY(jobs.resume(job));
      if (braked) TRY(jobs.release(job));
      if (!plan_.bad_records_stay || retry) TRY(jobs.retry(job));
      return {};
    });
    if (failed()) return;
  }
  for (const config::JobSettings& settings : plan_.conversions) {
    transact([&](exports::Jobs& jobs) -> Result<void> {
      exports::Job& job = *jobs.find(settings.name);
      return job.running() ? Result<void>{} : jobs.resume(job);
    });
    if (failed()) return;
  }
}

// Every distinct valid event counts at Pinterest, with the bytes of its first attempt, and nothing else does.
// What is missing has to be told: as uncertain, rejected, too old, or of a person who was deleted.
void Run::check_conversions() {
  using enum config::MembershipEvents;
  std::set<std::pair<std::string, std::string>> expected;
  int64_t excused = 0, missing = 0;
  for (const config::JobSettings& settings : plan_.conversions) {
    const auto which = settings.conversions.membership_events;
    for (const MembershipEvent& event : oracle_.events()) {
      const bool asked = which == kEntersAndExits || which == (event.enter ? kEnters : kExits);
      if (asked && event.audience == settings.audience && !event.order.empty() && event.address)
        expected.emplace(settings.conversions.event_name_default, event.order);
    }
    const exports::Job* job = engine_->jobs().find(settings.name);
    if (job == nullptr) return fail("a conversions job is gone");
    store_->each_run(job->row.number, [&](const store::RunRow& run) {
      const auto reasons = exports::read_reasons(run.reasons);
      const auto count = [&](exports::Reason reason) { return reasons[static_cast<size_t>(reason)]; };
      excused += run.uncertain + run.rejected + count(exports::Reason::kEventTooOld) +
                 count(exports::Reason::kEventInFuture) + count(exports::Reason::kSuppressed);
      return true;
    });
  }
  for (const sim::Conversion& conversion : world_.conversions().all()) {
    if (conversion.effective == 0) continue;
    const std::pair<std::string, std::string> name(*conversion.event_name, conversion.event_id);
    if (!expected.contains(name))
      return fail(fmt::format("the event {} {} should not be there", name.first, name.second));
    // Pinterest recognises no repeat of what is an hour old.
    const Time grows_old = from_millis(conversion.event_time * 1'000) + sim::kOfflineAge;
    const bool was_offline = std::max(conversion.first_effective, conversion.last_effective) > grows_old;
    if (conversion.effective > 1 && !was_offline)
      return fail(
          fmt::format("the event {} {} counts {} times", name.first, name.second, conversion.effective));
  }
  for (const auto& [name, id] : expected) {
    const sim::Conversion* conversion = world_.conversions().find("549755885175", name, id);
    missing += conversion == nullptr || conversion->effective == 0;
  }
  if (missing > excused)
    fail(fmt::format("{} of {} events are missing, and only {} are told", missing, expected.size(), excused));
  const sim::Violations& violations = world_.conversions().violations();
  for (const sim::ViolationSample& sample : violations.samples()) {
    std::string id;
    Sha256 sha256;
    for (const sim::Conversion& conversion : world_.conversions().all())
      if (to_hex(sha256.hash(conversion.event_id)) == sample.event_id_sha256) id = conversion.event_id;
    fail(fmt::format("Pinterest finds fault: {} {} of {}", sim::violation_name(sample.kind), sample.field,
                     id));
  }
}

bool Run::at_rest() {
  for (const auto& [number, list] : engine_->core().lists) {
    if (list.row.braked) return false;  // to be released first
  }
  return engine_->idle() && network_.quiet() && world_.lists().pending() == 0;
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
  }
  for (auto& [number, job] : engine_->core().jobs) {
    text += fmt::format("\n  {} state {} ({}) bulk {} cursor {} of {}", job.row.name,
                        static_cast<int>(job.row.state), job.row.reason, static_cast<int>(job.row.bulk),
                        job.row.cursor, store_->profiles.log_head());
  }
  return text +
         fmt::format("\n  network quiet {}, late changes {}", network_.quiet(), world_.lists().pending());
}

void Run::check() {
  trace_.event(now_, "check");
  world_.settle(now_);
  world_.conversions().settle_all();  // what Pinterest has taken counts sooner or later
  store_->begin();
  check_lists();
  check_runs();
  check_conversions();
  check_sizes();
  if (auto read = store_->commit(); !read && !failed())
    fail("the store cannot be read: " + read.error().text());
}

// Whether Pinterest found a removal of this identifier alone too large, which rejects it.
bool Run::too_large_alone(const std::string& list_id, const Hash& hash) {
  return std::any_of(network_.changes().begin(), network_.changes().end(), [&](const SentChange& change) {
    return change.operation == "REMOVE" && change.outcome.starts_with("413") &&
           change.path.ends_with(list_id) && change.records == std::vector<Hash>{hash};
  });
}

// What a deleted job left on its list is from then on what was there before us; what it was to remove is
// gone.
void Run::check_deleted() {
  for (size_t i = 0; i < deleted_.size(); ++i) {
    const Deleted& deleted = deleted_[i];
    if (engine_->core().jobs.contains(deleted.job)) continue;  // a crash came before
    const bool again = std::any_of(deleted_.begin() + static_cast<ptrdiff_t>(i) + 1, deleted_.end(),
                                   [&](const Deleted& later) { return later.job == deleted.job; });
    if (again) continue;  // and left the list as it was by then
    const bool list_forgotten = !engine_->core().lists.contains(deleted.list);
    const bool ours = !foreign_.contains(deleted.list_id);
    if (ours && !list_forgotten) continue;  // another job has it
    std::set<Hash>& theirs = foreign_[deleted.list_id];
    if (!deleted.empty_first) {
      for (const SentChange& change : network_.changes())
        if (change.path.ends_with(deleted.list_id) || change.operation == "CREATE")
          theirs.insert(change.records.begin(), change.records.end());
      continue;
    }
    const sim::HashSet* left = world_.members(deleted.list_id);
    // A removal that Pinterest refused cannot be made, and nobody takes it up again.
    for (const Hash& hash : left == nullptr ? std::vector<Hash>{} : left->sorted())
      if (once_bad_.contains(hash) || too_large_alone(deleted.list_id, hash)) theirs.insert(hash);
    const bool known_again =
        std::any_of(engine_->core().lists.begin(), engine_->core().lists.end(),
                    [&](const auto& item) { return item.second.row.id == deleted.list_id; });
    if (!ours || known_again || left == nullptr) continue;
    // A removal that Pinterest refused cannot be made; the job goes all the same.
    const auto hashes = left->sorted();
    const auto kept = std::count_if(hashes.begin(), hashes.end(), [&](const Hash& hash) {
      return !once_bad_.contains(hash) && !too_large_alone(deleted.list_id, hash);
    });
    if (kept > 0)
      fail(fmt::format("{} identifiers are left on list {}, which was to be emptied", kept, deleted.list_id));
  }
}

void Run::check_lists() {
  check_deleted();
  for (const auto& [number, list] : engine_->core().lists) check_list(list.row);
  size_t ours = 0, ours_known = 0;
  for (const auto& [id, list] : world_.lists().all()) ours += !foreign_.contains(id);
  for (const auto& [number, list] : engine_->core().lists)
    ours_known += list.row.ours && !list.row.id.empty();
  if (ours != ours_known) fail(fmt::format("{} lists were created for {}", ours, ours_known));
  if (world_.traffic().plain_records != 0) fail("an address left in clear");
  if (world_.traffic().hashes_of_nothing != 0) fail("the hash of nothing left");
}

void Run::check_list(const store::ListRow& list) {
  std::set<Hash> wanted;
  for (const auto& [number, job] : engine_->core().jobs) {
    if (job.row.list == list.number) wanted.merge(oracle_.wanted(rule_of(job.settings)));
  }
  std::set<Hash> have;
  if (const sim::HashSet* members = world_.members(list.id)) {
    for (const Hash& hash : members->sorted()) have.insert(hash);
  }
  const auto theirs = foreign_.find(list.id);
  const std::set<Hash> foreign = theirs == foreign_.end() ? std::set<Hash>() : theirs->second;
  std::vector<std::string> wrong;
  const auto note = [&](const Hash& hash, bool is_wanted) {
    if (world_.bad_records().contains(hash)) return;
    wrong.push_back(wrong.size() < 3 ? story(list, hash, is_wanted) : "");
  };
  for (const Hash& hash : wanted)
    if (!have.contains(hash)) note(hash, true);
  for (const Hash& hash : have)
    if (!wanted.contains(hash) && !foreign.contains(hash)) note(hash, false);
  if (wrong.empty()) return;
  std::string text = fmt::format("list {} has {} identifiers and should have {}; {} are wrong", list.id,
                                 have.size(), wanted.size(), wrong.size());
  for (const std::string& line : wrong) text += line;
  text += unrest();
  fail(text);
}

std::string Run::story(const store::ListRow& list, const Hash& hash, bool wanted) {
  std::string text =
      fmt::format("\n  {} is {}", to_hex(hash), wanted ? "missing" : "there and should not be");
  for (const auto& [number, job] : engine_->core().jobs) {
    if (job.row.list == list.number)
      text +=
          fmt::format("; {}: owned by {}", job.row.name, oracle_.owners_text(rule_of(job.settings), hash));
  }
  store_->ledger.read(list.number, hash, [&](size_t, ByteView record) {
    store::LedgerEntry entry;
    store::read_ledger_entry(record, entry);
    text += fmt::format("\n    ledger: presence {}, {} owners, rejected {}, request {}",
                        static_cast<int>(entry.presence), entry.owners.size(), entry.rejected, entry.request);
  });
  std::vector<std::string> lines;
  for (const SentChange& change : network_.changes()) {
    if (!std::binary_search(change.records.begin(), change.records.end(), hash)) continue;
    lines.push_back(fmt::format("\n    {} {} {} -> {} {}", format_rfc3339(change.sent), change.path,
                                change.operation, change.outcome,
                                change.ended == Time{} ? "" : format_rfc3339(change.ended)));
  }
  for (size_t i = lines.size() > kStoryMax ? lines.size() - kStoryMax : 0; i < lines.size(); ++i)
    text += lines[i];
  return text;
}

void Run::check_runs() {
  int64_t identifiers = 0;
  for (const store::RunRow& run : store_->runs.all()) {
    identifiers += run.identifiers_added + run.identifiers_removed;
    const int64_t ended = run.added + run.removed + run.omitted + run.invalid + run.rejected + run.uncertain;
    const auto numbers = [&] {
      return fmt::format(
          "run {} of job {} ({}): considered {}, added {}, removed {}, omitted {}, invalid {}, rejected {}, "
          "pending {}",
          run.number, run.job, store::kRunKindNames[static_cast<size_t>(run.kind)], run.considered, run.added,
          run.removed, run.omitted, run.invalid, run.rejected, run.pending);
    };
    if (run.considered != ended + run.pending) return fail("the counters do not add up: " + numbers());
    if (run.pending != 0) return fail("somebody is still pending: " + numbers());
    int64_t reasons = 0;
    const auto counts = exports::read_reasons(run.reasons);
    for (size_t i = 0; i < counts.size(); ++i)
      if (exports::kReasons[i].outcome != exports::OutcomeClass::kNote) reasons += counts[i];
    if (reasons != run.omitted + run.invalid + run.rejected + run.uncertain)
      return fail("the reasons do not add up: " + numbers());
  }
  const auto changed =
      static_cast<int64_t>(world_.traffic().records_added + world_.traffic().records_removed);
  if (identifiers > changed)
    fail(fmt::format("{} identifiers are counted as sent, Pinterest took {}", identifiers, changed));
}

void Run::check_sizes() {
  for (const store::AudienceInfo& audience : store_->catalog.audiences()) {
    const int64_t members = oracle_.members(audience.name);
    if (audience.size != members)
      fail(fmt::format("{} has {} members and says {}", audience.name, members, audience.size));
  }
  for (const store::FieldInfo& field : store_->catalog.fields()) {
    const int64_t people = oracle_.people_with(field.name);
    if (field.people != people)
      fail(fmt::format("{} people have a {}, it says {}", people, field.name, field.people));
  }
  for (const auto& [number, list] : engine_->core().lists) {
    if (!store_->queue.empty(number) && world_.bad_records().size() == 0) fail("the queue is not empty");
  }
}

}  // namespace pinrelay::simulation
