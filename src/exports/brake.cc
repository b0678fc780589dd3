#include "exports/brake.h"

#include <algorithm>

#include "base/log.h"
#include "exports/mapping.h"

namespace pinrelay::exports {
namespace {

constexpr Millis kDay{24 * 3600'000LL};
constexpr size_t kRowsReviewed = 10'000;

bool withdrew(const Job& job, const store::Person& person, LogWords log) {
  if (!job.consent_field) return false;
  const store::StoredField* field = person.field(*job.consent_field);
  if (field == nullptr || !says_no(field->type, field->value)) return false;
  const Time edited_at = job.row.consent_edited_at;
  return to_millis(edited_at) == 0 || log.consent || field->at > to_millis(edited_at);
}

// The most careful of the jobs' brakes.
config::Brake brake_of(Core& core, const List& list) {
  config::Brake brake{.enabled = false};
  for (const Job* job : core.jobs_of(list.row.number)) {
    if (job->settings.brake.enabled && (!brake.enabled || job->settings.brake.percent < brake.percent))
      brake = job->settings.brake;
  }
  return brake;
}

// What a day's removals are measured against.
struct Day {
  int64_t size = 0, removed = 0, withdrawn = 0;
};

Day last_day(Core& core, const List& list) {
  const Time since = core.now() - kDay;
  Day day;
  std::optional<int64_t> size_then;
  for (const store::ListHour& hour : core.store.hours(list.row.number, since)) {
    if (!size_then) size_then = hour.size;
    day.removed += hour.removed;
    day.withdrawn += hour.withdrawn;
  }
  const bool young = to_millis(list.row.first_present_at) == 0 || list.row.first_present_at > since;
  day.size = young ? list.row.largest : size_then.value_or(list.row.present);
  return day;
}

bool too_many(const config::Brake& brake, int64_t removals, int64_t size) {
  return removals > static_cast<int64_t>(brake.people) &&
         removals * 100 > size * static_cast<int64_t>(brake.percent);
}

}  // namespace

bool release_erased(Core& core, List& list, bool also_back, Hash& after) {
  const auto held = core.store.queue.removals(list.row.number, after, kRowsReviewed);
  if (held.empty()) return false;
  after = held.back().hash;
  std::vector<ProfileId> people;
  for (const QueueRow& row : held) people.push_back(row.cause.profile);
  std::ranges::sort(people);
  people.erase(std::unique(people.begin(), people.end()), people.end());
  std::vector<ProfileId> gone;
  core.store.profiles.read(people, [&](size_t i, const store::Person& person) {
    if (erased(person) || (also_back && person.deleted_at != 0)) gone.push_back(people[i]);
  });
  for (QueueRow row : held) {
    if (!std::ranges::binary_search(gone, row.cause.profile)) continue;
    row.unbraked = row.erases = true;
    if (row.queue_class == QueueClass::kRemove) row.queue_class = QueueClass::kRemoveUnbraked;
    core.store.queue.put(list.row.number, row);
  }
  return true;
}

bool erased(const store::Person& person) { return person.deleted_at != 0 && !person.exists(); }

Passes passes_brake(const Job& job, const store::Person& person, LogWords log) {
  if (job.row.bulk == store::BulkKind::kEmpty) return Passes::kConfirmed;
  if (log.deleted || erased(person)) return Passes::kErased;
  // A person who came back may have been deleted unseen.
  if (job.row.erasures_missed && person.deleted_at != 0) return Passes::kErased;
  return withdrew(job, person, log) ? Passes::kWithdrawn : Passes::kNo;
}

bool brake_holds(Core& core, List& list) {
  if (list.row.braked) return true;
  const config::Brake brake = brake_of(core, list);
  if (!brake.enabled) return false;
  const int64_t waiting = core.store.queue.count(list.row.number, QueueClass::kRemove).rows;
  if (waiting == 0) return false;
  const Day day = last_day(core, list);
  if (!too_many(brake, waiting + day.removed, day.size)) return false;
  list.row.braked = true;
  list.changed = true;
  for (const Job* job : core.jobs_of(list.row.number))
    log(LogLevel::kWarning, "exports", "brake: removals are held until 'pinrelay job release'",
        {{"job", job->row.name},
         {"list", list.row.name},
         {"removals", waiting + day.removed},
         {"size", day.size}});
  return true;
}

std::optional<ManyWithdrawals> many_withdrawals(Core& core, const List& list) {
  const config::Brake brake = brake_of(core, list);
  if (!brake.enabled) return std::nullopt;
  const Day day = last_day(core, list);
  if (!too_many(brake, day.withdrawn, day.size)) return std::nullopt;
  return ManyWithdrawals{day.withdrawn, day.size};
}

}  // namespace pinrelay::exports
