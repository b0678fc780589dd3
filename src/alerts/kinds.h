// What a rule can be about, as one table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinrelay::alerts {

inline constexpr int64_t kNone = -1;  // a threshold that is not there
// What watches the service itself has this one object.
inline constexpr std::string_view kService = "service";

struct Kind {
  std::string_view name;
  std::string_view watches;  // job, authorization, audience, service
  std::string_view meaning;
  int64_t above = kNone;       // percent, when none is given; kNone: it takes none
  bool range = false;          // takes min, max or both
  int64_t hours = kNone;       // when none is given; kNone: it takes none
  std::string_view next_step;  // NAME is the object
  bool daily = false;          // repeated every day until it is over
  int64_t most = kNone;        // max, when none is given; kNone: only a range takes one
};

// An option that a kind of alert takes, with the value it has when none is given.
struct Threshold {
  std::string_view name;  // above, min, max, hours
  int64_t standard = kNone;
};
std::vector<Threshold> thresholds_of(const Kind& kind);

std::span<const Kind> kinds();
// Null when there is none of that name.
const Kind* find_kind(std::string_view name);
std::string next_step_of(const Kind& kind, const std::string& object);
// The page docs/reference/alerts.md.
std::string alerts_reference();

}  // namespace pinrelay::alerts
