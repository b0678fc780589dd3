// What has to be true once everything has come to rest.
#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace pinrelay::simulation {
namespace {

constexpr size_t kStoryMax = 12;

}  // namespace

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

// Whether Pinterest would not take the removal of this identifier, which nobody takes up again then.
bool Run::refused_removal(const std::string& list_id, const Hash& hash) {
  if (once_bad_.contains(hash)) return true;
  return std::any_of(network_.changes().begin(), network_.changes().end(), [&](const SentChange& change) {
    return change.operation == "REMOVE" && change.outcome.starts_with("413") &&
           change.path.ends_with(list_id) && change.records == std::vector<Hash>{hash};
  });
}

void Run::check_lists() {
  for (const auto& [name, job] : known_.jobs.all()) note_list_id(name);
  std::set<std::string> seen;
  for (const auto& [id, list] : world_.lists().all()) {
    const auto made = known_.made_lists.find(id);
    const bool theirs = std::ranges::any_of(
        their_lists_, [&id = id](const auto& item) { return std::ranges::count(item.second, id) > 0; });
    const std::string known_as = made == known_.made_lists.end() ? id : made->second;
    if (theirs || made != known_.made_lists.end()) {
      if (!seen.insert(known_as).second) fail("two lists were made for one job");
      check_list(id, known_as);
    } else if (!orphans_.contains(id)) {
      fail(fmt::format("the list '{}' was made for nobody", list.name));
    }
  }
  if (world_.traffic().plain_records != 0) fail("an address left in clear");
  if (world_.traffic().hashes_of_nothing != 0) fail("the hash of nothing left");
}

void Run::check_list(const std::string& id, const std::string& known_as) {
  const std::set<Hash> must = known_.lists.must(known_as, known_.jobs, known_.oracle);
  const bool written = std::ranges::any_of(known_.jobs.all(), [&](const auto& item) {
    return item.second.list == known_as && item.second.writes();
  });
  std::set<Hash> have;
  if (const sim::HashSet* members = world_.members(id)) {
    for (const Hash& hash : members->sorted()) have.insert(hash);
  }
  std::vector<std::string> wrong;
  const auto note = [&](const Hash& hash, bool is_wanted) {
    if (world_.bad_records().contains(hash)) return;
    wrong.push_back(wrong.size() < 3 ? story(id, known_as, hash, is_wanted) : "");
  };
  for (const Hash& hash : must)
    if (!have.contains(hash)) note(hash, true);
  for (const Hash& hash : have) {
    const bool stays = !written && refused_removal(id, hash);
    if (!must.contains(hash) && !known_.lists.may(known_as, hash) && !stays) note(hash, false);
  }
  if (wrong.empty()) return;
  std::string text =
      fmt::format("list {} has {} identifiers and should have {}; {} are wrong{}", id, have.size(),
                  must.size(), wrong.size(), written ? "" : " (no job writes it)");
  for (const std::string& line : wrong) text += line;
  text += unrest();
  fail(text);
}

std::string Run::story(const std::string& id, const std::string& known_as, const Hash& hash, bool wanted) {
  std::string text =
      fmt::format("\n  {} is {}", to_hex(hash), wanted ? "missing" : "there and should not be");
  for (const auto& [name, job] : known_.jobs.all()) {
    if (job.list == known_as)
      text += fmt::format("; {}: owned by {}", name, known_.oracle.owners_text(rule_of(job.settings), hash));
  }
  for (const auto& [number, list] : engine_->core().lists) {
    if (list.row.id != id) continue;
    store_->ledger.read(number, hash, [&](size_t, ByteView record) {
      store::LedgerEntry entry;
      store::read_ledger_entry(record, entry);
      text +=
          fmt::format("\n    ledger: presence {}, {} owners, rejected {}, request {}",
                      static_cast<int>(entry.presence), entry.owners.size(), entry.rejected, entry.request);
    });
  }
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

// Every conversion that must be sent counts at Pinterest, with the bytes of its first attempt, once. What is
// missing has to be told: as uncertain, rejected, or of a time that Pinterest does not take.
void Run::check_conversions() {
  const std::set<EventKey> expected = known_.conversions.must(known_.jobs);
  int64_t excused = 0;
  for (const store::RunRow& run : store_->runs.all()) {
    const auto reasons = exports::read_reasons(run.reasons);
    const auto count = [&](exports::Reason reason) { return reasons[static_cast<size_t>(reason)]; };
    excused += run.uncertain + run.rejected + count(exports::Reason::kEventTooOld) +
               count(exports::Reason::kEventInFuture);
  }
  std::vector<EventKey> missing;
  for (const EventKey& key : expected) {
    const sim::Conversion* conversion = world_.conversions().find(key.account, key.name, key.id);
    if (conversion == nullptr || conversion->effective == 0) missing.push_back(key);
  }
  if (static_cast<int64_t>(missing.size()) > excused)
    fail(fmt::format("{} of {} conversions are missing, and only {} are told; {} is one of them{}",
                     missing.size(), expected.size(), excused, missing.front().text(),
                     story(missing.front())));
  check_repeats();
}

// Who makes the conversion, and who holds its claim.
std::string Run::story(const EventKey& key) {
  std::string text;
  for (const auto& [number, person] : known_.conversions.makers(key))
    text += fmt::format("\n  {}, by job {}", person, number);
  std::string claim = "event";
  for (const std::string& part : {key.account, key.name, key.id}) (claim += '\0') += part;
  store_->claims.read(store_->profiles.id_of(claim).bytes, [&](size_t, ByteView record) {
    store::ClaimEntry held;
    store::read_claim(record, held);
    text += fmt::format("\n  event {} holds its claim", held.owner);
  });
  return text;
}

void Run::check_repeats() {
  std::map<Hash, std::string> ids;  // by their hash
  Sha256 sha256;
  for (const sim::Conversion& conversion : world_.conversions().all()) {
    const std::string id(conversion.event_id);
    ids.emplace(sha256.hash(id), id);
    // Pinterest recognises no repeat of what is an hour old.
    const Time grows_old = from_millis(conversion.event_time * 1'000) + sim::kOfflineAge;
    const bool was_offline = std::max(conversion.first_effective, conversion.last_effective) > grows_old;
    if (conversion.effective > 1 && !was_offline && !twice_.contains(id))
      fail(fmt::format("the conversion {} {} counts {} times", *conversion.event_name, id,
                       conversion.effective));
  }
  for (const sim::ViolationSample& sample : world_.conversions().violations().samples()) {
    std::string id;
    for (const auto& [hash, known] : ids)
      if (to_hex(hash) == sample.event_id_sha256) id = known;
    if (!twice_.contains(id))
      fail(fmt::format("Pinterest finds fault: {} {} of {}", sim::violation_name(sample.kind), sample.field,
                       id));
  }
}

// Conversions of a job that does not send for good.
bool Run::may_wait(store::JobNumber number) {
  const auto job = engine_->core().jobs.find(number);
  return job != engine_->core().jobs.end() && job->second.converts() &&
         (job->second.settings.conversions.test_mode || exports::undecided(job->second));
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
    if (run.pending != 0 && !may_wait(run.job)) return fail("somebody is still pending: " + numbers());
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

// Who has the field by the oracle alone, or in the store alone.
std::string Run::differing_people(const std::string& field) {
  store::FieldNumber number = 0;
  if (!store_->catalog.find_field(field, number)) return "; the catalog does not know it";
  std::string text;
  for (const auto& [key, person] : known_.oracle.people()) {
    const bool expected = person.field(field) != nullptr;
    bool stored = false;
    store_->profiles.read({store_->profiles.id_of(key)}, [&](size_t, const store::Person& known) {
      stored = known.field(number) != nullptr;
    });
    if (stored != expected)
      text += fmt::format("; {} has it {}", key, stored ? "in the store" : "by the rows");
  }
  return text;
}

void Run::check_sizes() {
  for (const store::AudienceInfo& audience : store_->catalog.audiences()) {
    const int64_t members = known_.oracle.members(audience.name);
    if (audience.size != members)
      fail(fmt::format("{} has {} members and says {}", audience.name, members, audience.size));
  }
  for (const store::FieldInfo& field : store_->catalog.fields()) {
    const int64_t people = known_.oracle.people_with(field.name);
    if (field.people != people)
      fail(fmt::format("{} people have a {}, it says {}{}", people, field.name, field.people,
                       differing_people(field.name)));
  }
  for (const auto& [number, list] : engine_->core().lists) {
    if (!store_->queue.empty(number) && world_.bad_records().size() == 0) fail("the queue is not empty");
  }
}

}  // namespace pinrelay::simulation
