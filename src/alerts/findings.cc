#include "alerts/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "credentials/health.h"
#include "exports/brake.h"

namespace pinrelay::alerts {
namespace {

using store::AlertRow;

constexpr int64_t kShareMin = 20;  // fewer changes say nothing about a share

// A sentence, or nothing.
using Text = std::optional<std::string>;

Text failed(const exports::Job& job) {
  if (job.row.state != store::JobState::kFailed) return std::nullopt;
  return fmt::format("The job {} has failed ({}).", job.row.name, job.row.reason_code);
}

Text share(const AlertRow& rule, const exports::Job& job, const Hours& hours) {
  const HourCounts sum = sum_of(hours, rule.hours);
  const bool invalid = rule.kind == "invalid_share";
  const int64_t wrong = invalid ? sum.invalid : sum.rejected;
  const int64_t all = sum.added + sum.removed + sum.rejected + (invalid ? sum.invalid : 0);
  if (all < kShareMin || wrong * 100 <= rule.above * all) return std::nullopt;
  return fmt::format("{:.1f} % of the changes of job {} were {}: {} of {} within {} hours.",
                     100.0 * static_cast<double>(wrong) / static_cast<double>(all), job.row.name,
                     invalid ? "invalid" : "refused by Pinterest", wrong, all, rule.hours);
}

Text no_success(const AlertRow& rule, const exports::Job& job, const Sights& sights) {
  const exports::Core& core = sights.engine.core();
  const auto since = sights.hours.waiting_since(core, job);
  if (!since || core.now() - *since < std::chrono::hours(rule.hours)) return std::nullopt;
  return fmt::format("The job {} has something to send, and Pinterest has accepted nothing since {}.",
                     job.row.name, format_rfc3339(*since));
}

Text outside(const AlertRow& rule, int64_t number, const std::string& what) {
  const bool few = rule.least != kNone && number < rule.least;
  if (!few && (rule.most == kNone || number <= rule.most)) return std::nullopt;
  return fmt::format("{}: {}, {} than {}.", what, number, few ? "fewer" : "more",
                     few ? rule.least : rule.most);
}

Text moved(const AlertRow& rule, const exports::Job& job, const Hours& hours) {
  const HourCounts sum = sum_of(hours, rule.hours);
  AlertRow known = rule;
  if (static_cast<int64_t>(hours.size()) <= rule.hours) known.least = kNone;  // it may still come
  return outside(known, rule.kind == "added" ? sum.added : sum.removed,
                 fmt::format("People {} by job {} within {} hours", rule.kind, job.row.name, rule.hours));
}

Text silent(const AlertRow& rule, const exports::Job& job, const Hours& hours) {
  const Quiet quiet = quiet_of(hours);
  if (!quiet.unusual(rule.above)) return std::nullopt;
  return fmt::format(
      "Nothing has come for job {} for {} hours, though nothing failed. The longest quiet time in the {} "
      "days "
      "before was {} hours.",
      job.row.name, quiet.now, (hours.size() + 23) / 24, quiet.usual);
}

Text erasures_waiting(const AlertRow& rule, const exports::Job& job, const Sights& sights) {
  exports::Core& core = sights.engine.core();
  if (job.converts() || !job.writes() || core.driven(core.lists.at(job.row.list))) return std::nullopt;
  const store::Queue::Erasures waiting = core.store.queue.erasures(job.row.list);
  if (waiting.oldest == 0 || core.now() - from_millis(waiting.oldest) < std::chrono::hours(rule.hours))
    return std::nullopt;
  return fmt::format("{} identifiers of deleted people wait to be removed from the list of job {}, since {}.",
                     waiting.rows, job.row.name, format_rfc3339(from_millis(waiting.oldest)));
}

Text withdrawals(const exports::Job& job, const Sights& sights) {
  exports::Core& core = sights.engine.core();
  if (job.converts()) return std::nullopt;
  const auto many = exports::many_withdrawals(core, core.lists.at(job.row.list));
  if (!many) return std::nullopt;
  return fmt::format("Within a day, withdrawn consent removed {} of {} identifiers from the list of job {}.",
                     many->withdrawn, many->size, job.row.name);
}

Text held_since_restore(const exports::Job& job, const Sights& sights) {
  if (!exports::undecided(job)) return std::nullopt;
  const int64_t held = sights.engine.core().store.events.count(job.row.list, store::EventClass::kHeld);
  if (held == 0 && !exports::scan_held(job)) return std::nullopt;
  return fmt::format("The job {} holds {} conversions{} since the restore at {}.", job.row.name, held,
                     exports::scan_held(job) ? " and its scan of present members" : "",
                     format_rfc3339(job.row.restored_at));
}

Text about_job(const AlertRow& rule, const exports::Job& job, const Sights& sights) {
  if (rule.kind == "job_failed") return failed(job);
  if (rule.kind == "erasures_waiting") return erasures_waiting(rule, job, sights);
  if (rule.kind == "many_withdrawals") return withdrawals(job, sights);
  if (rule.kind == "restored_events_held") return held_since_restore(job, sights);
  if (!job.running()) return std::nullopt;
  if (rule.kind == "no_success") return no_success(rule, job, sights);
  const Hours* hours = sights.hours.of(job.row.number);
  if (hours == nullptr) return std::nullopt;
  if (rule.kind == "silence") return silent(rule, job, *hours);
  if (rule.kind == "added" || rule.kind == "removed") return moved(rule, job, *hours);
  return share(rule, job, *hours);
}

Text snapshot_held(const std::string& audience, exports::Core& core) {
  for (const store::ImportRow& row : core.store.imports.all()) {
    if (row.state != store::ImportState::kHeld || row.released || row.audience != audience) continue;
    if (row.unreadable > row.unreadable_allowed)
      return fmt::format(
          "Exits from the audience {} are held: in snapshot {} the keys of {} rows cannot be read.", audience,
          row.number, row.unreadable);
    return fmt::format("Exits from the audience {} are held: snapshot {} is empty or much smaller than it.",
                       audience, row.number);
  }
  return std::nullopt;
}

// Without addresses and names: a message leaves the building.
Text security(const AlertRow& rule, exports::Core& core) {
  const store::SecurityKindInfo* kind = store::find_security_kind(rule.kind);
  if (kind == nullptr) return std::nullopt;
  const auto sum = core.store.security_events.sum(kind->kind, core.now() - std::chrono::hours(rule.hours));
  if (sum.events <= rule.most) return std::nullopt;
  return fmt::format("{} times within {} hour(s), from {} address(es): {}.", sum.events, rule.hours,
                     sum.sources, kind->meaning);
}

std::set<std::string> authorizations_of(const Sights& sights) {
  std::set<std::string> names;
  for (const auto& [name, authorization] : sights.engine.core().authorizations) names.insert(name);
  for (const auto& [name, stored] : sights.credentials.stored()) names.insert(name);
  return names;
}

Text about_authorization(const std::string& name, const Sights& sights) {
  config::Authorization authorization;
  authorization.name = name;
  const auto health = credentials::health_of(sights.credentials, sights.engine.core(), authorization);
  if (health.code.empty() || (health.code == "no_credentials" && !health.needed)) return std::nullopt;
  return fmt::format("The authorization {} is unhealthy: {}.", name, health.meaning);
}

}  // namespace

std::vector<Finding> find(const AlertRow& rule, const Sights& sights) {
  const Kind* kind = find_kind(rule.kind);
  std::vector<Finding> found;
  const auto look = [&](const std::string& object, const auto& text) {
    if (!rule.object.empty() && rule.object != object) return;
    if (const Text said = text()) found.push_back({object, *said});
  };
  if (kind == nullptr) return found;
  exports::Core& core = sights.engine.core();
  if (kind->watches == "job") {
    for (const auto& [number, job] : core.jobs)
      look(job.row.name, [&, &job = job] { return about_job(rule, job, sights); });
  } else if (kind->watches == kService) {
    look(std::string(kService), [&] { return security(rule, core); });
  } else if (kind->watches == "audience") {
    for (const store::AudienceInfo& audience : core.store.catalog.audiences()) {
      if (audience.removed()) continue;
      look(audience.name, [&] {
        return rule.kind == "snapshot_held"
                   ? snapshot_held(audience.name, core)
                   : outside(rule, audience.size, "Members of the audience " + audience.name);
      });
    }
  } else {
    for (const std::string& name : authorizations_of(sights))
      look(name, [&] { return about_authorization(name, sights); });
  }
  return found;
}

bool exists(const Kind& kind, const std::string& object, const Sights& sights) {
  store::AudienceNumber number = 0;
  if (kind.watches == kService) return object == kService;
  if (kind.watches == "job") return sights.engine.jobs().find(object) != nullptr;
  if (kind.watches == "audience") return sights.engine.core().store.catalog.find_audience(object, number);
  return authorizations_of(sights).contains(object);
}

}  // namespace pinrelay::alerts
