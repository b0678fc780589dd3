// What can go wrong on purpose. A fault hits a call because a rule says so (the next n matching calls), or by
// chance with a share per kind. Everything random comes from one seed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace pinrelay::sim {

enum class FaultKind : uint8_t {
  kThrottled,       // 429
  kTooLarge,        // 413
  kUnauthorized,    // 401
  kForbidden,       // 403
  kNotFound,        // 404
  kRequestTimeout,  // 408
  kInternalError,   // 500
  kBadGateway,      // 502
  kUnavailable,     // 503
  kRampedDown,      // 503 with code 4197
  kNeverAnswered,
  kCutBeforeBody,
  kCutAfterBody,
  kHtml,       // 200 with a page instead of JSON
  kTruncated,  // 200, the JSON stops in the middle
  kWrongType,  // 200, JSON of another shape
  kSlow,       // the true answer, late
  // Only of calls with events: some of these, chosen by their ids and the seed, are bad from now on. The call
  // is answered accordingly, each as a Refusal of the same name.
  kPartialFailure,
  kUnprocessable,
  kUnprocessableOpaque,
  kWholeBody400,
};
constexpr size_t kFaultKinds = 21;

// Whether the change behind the call is made although the answer does not say so.
enum class Applies : uint8_t { kNever, kEither, kAlways };

struct FaultInfo {
  FaultKind kind;
  std::string_view name;  // in scenarios and in the state
  int status;             // 0 = none is sent, or the true one
  int code;
  Applies applies;
};
std::span<const FaultInfo> fault_table();
const FaultInfo& fault_info(FaultKind kind);
const FaultInfo* find_fault(std::string_view name);
bool is_about_events(FaultKind kind);
// Whether its caller cannot tell if the change was made.
bool leaves_unknown(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kInternalError;
  bool applied = false;             // counts only where the kind allows either
  std::optional<int> retry_after;   // seconds, of kThrottled and kUnavailable
  std::optional<int> reset;         // seconds, X-RateLimit-Reset of kThrottled
  Millis delay{0};                  // of kSlow, or added to any other
  unsigned events_per_mille = 100;  // that become bad, of the kinds about events

  bool makes_change() const;
};

// The next `count` calls (kForever: all) after the first `skip` that match.
constexpr uint64_t kForever = UINT64_MAX;
struct FaultRule {
  std::string method{};     // "" = any
  std::string path_part{};  // "" = any
  uint64_t skip = 0;
  uint64_t count = 1;
  Fault fault{};
};

struct FaultShare {
  Fault fault{};
  unsigned per_mille = 0;  // of all calls
};

enum class FaultProfile { kNone, kLight, kHeavy };
// "none", "light", "heavy"; null for anything else.
const FaultProfile* find_profile(std::string_view name);

class Faults {
 public:
  explicit Faults(uint64_t seed) : random_(seed) {}

  void add_rule(FaultRule rule) { rules_.push_back(std::move(rule)); }
  void add_share(FaultShare share) { shares_.push_back(share); }
  // Replaces the shares. Light hits about 5 % of all calls, heavy 40 %; neither answers 401, 403 or 404,
  // which stop a job until a person acts.
  void set_profile(FaultProfile profile);
  // Ends all faults.
  void clear() { rules_.clear(), shares_.clear(); }
  void reseed(uint64_t seed) { random_ = SeededRandom(seed); }

  // The fault of this call, if any; uses up a rule.
  std::optional<Fault> choose(std::string_view method, std::string_view path);

  const std::vector<FaultRule>& rules() const { return rules_; }
  const std::vector<FaultShare>& shares() const { return shares_; }

 private:
  std::vector<FaultRule> rules_;
  std::vector<FaultShare> shares_;
  SeededRandom random_;
};

}  // namespace pinrelay::sim
