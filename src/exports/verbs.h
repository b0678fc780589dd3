// Which verbs a job takes in which state: the one table that the verbs themselves and every view of a job
// obey.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "exports/core.h"

namespace pinrelay::exports {

enum class Verb : uint8_t {
  kStart,
  kPause,
  kResume,
  kRestart,
  kResync,
  kFlush,
  kRelease,
  kDiscard,
  kRetry,
  kKeep,
  kStop,
  kDelete
};

struct VerbInfo {
  Verb verb;
  std::string_view name;  // as a command: pinrelay job NAME
  uint8_t states;         // in which it does something: a bit for each JobState
  bool lists, conversions;
  bool while_removing;                                  // also while everybody is being removed from the list
  bool (*has_work)(const Core&, const Job&) = nullptr;  // what else there has to be; null: nothing
};
std::span<const VerbInfo> verbs();

// Whether the verb is allowed in the job's present state.
bool state_admits(Verb verb, const Job& job);
// What the job can be told now: each of these would do something. In the table's order.
std::vector<std::string_view> possible_verbs(const Core& core, const Job& job);

}  // namespace pinrelay::exports
