#include "exports/verbs.h"

#include "exports/conversions.h"

namespace pinrelay::exports {
namespace {

using store::JobState;
using store::QueueClass;

constexpr uint8_t in(std::initializer_list<JobState> states) {
  uint8_t bits = 0;
  for (const JobState state : states) bits = static_cast<uint8_t>(bits | 1U << static_cast<unsigned>(state));
  return bits;
}

constexpr uint8_t kDraft = in({JobState::kDraft}), kRunning = in({JobState::kRunning}),
                  kResting = in({JobState::kPaused, JobState::kFailed}),
                  kNotFailed = in({JobState::kRunning, JobState::kPaused}), kStarted = kRunning | kResting,
                  kNotStopped = kStarted | kDraft, kAny = kNotStopped | in({JobState::kStopped});

// A list that is gone is replaced by a new one only where the settings name none.
bool can_go_on(const Core&, const Job& job) {
  return job.row.state != JobState::kFailed || job.row.reason_code != "list_gone" || !job.settings.list;
}

bool holds_something(const Core& core, const Job& job) {
  if (job.converts()) return undecided(job) && !job.row.discarding;
  return core.lists.at(job.row.list).row.braked;
}

bool has_queue(const Core& core, const Job& job) {
  const auto rows = [&](QueueClass c) { return core.store.queue.count(job.row.list, c).rows; };
  const bool held = core.lists.at(job.row.list).row.braked;
  return rows(QueueClass::kAdd) + rows(QueueClass::kRemoveUnbraked) > 0 ||
         (!held && rows(QueueClass::kRemove) > 0);
}

bool sends_for_real(const Core&, const Job& job) {
  return !job.converts() || !job.settings.conversions.test_mode;
}

bool is_leaving(const Core&, const Job& job) { return job.removes_everyone(); }

constexpr VerbInfo kVerbs[] = {
    {Verb::kStart, "start", kDraft, true, true, false},
    {Verb::kPause, "pause", kRunning, true, true, true},
    {Verb::kResume, "resume", kResting, true, true, true, can_go_on},
    {Verb::kRestart, "restart", kRunning, true, true, true},
    {Verb::kResync, "resync", kNotFailed, true, false, false},
    {Verb::kFlush, "flush", kRunning, true, false, true, has_queue},
    {Verb::kRelease, "release", kStarted, true, true, true, holds_something},
    {Verb::kDiscard, "discard", kStarted, false, true, false, holds_something},
    {Verb::kRetry, "retry", kNotFailed, true, true, true, sends_for_real},
    {Verb::kKeep, "keep", kStarted, true, false, true, is_leaving},
    {Verb::kStop, "stop", kNotStopped, true, true, false},
    {Verb::kDelete, "delete", kAny, true, true, false},
};

}  // namespace

std::span<const VerbInfo> verbs() { return kVerbs; }

bool state_admits(Verb verb, const Job& job) {
  return (kVerbs[static_cast<size_t>(verb)].states >> static_cast<unsigned>(job.row.state) & 1U) != 0;
}

std::vector<std::string_view> possible_verbs(const Core& core, const Job& job) {
  std::vector<std::string_view> names;
  for (const VerbInfo& info : kVerbs) {
    const bool fits = (job.converts() ? info.conversions : info.lists) && state_admits(info.verb, job) &&
                      (!job.removes_everyone() || info.while_removing);
    if (fits && (info.has_work == nullptr || info.has_work(core, job))) names.push_back(info.name);
  }
  return names;
}

}  // namespace pinrelay::exports
