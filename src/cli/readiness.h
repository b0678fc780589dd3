// Whether the service takes work, and if not, why: what /readyz says.
#pragma once

#include <atomic>
#include <string>

#include "base/clock.h"

namespace pinrelay::cli {

// For any thread.
class Readiness {
 public:
  // The engine comes round several times a second. One piece of work may take long, but not so long.
  static constexpr Millis kLate{10'000};

  explicit Readiness(const Clock& clock) : clock_(clock) {}

  void begin() { beat(), phase_ = Phase::kRunning; }
  void end() { phase_ = Phase::kStopping; }
  void fail_disk() { disk_failed_ = true; }
  bool disk_has_failed() const { return disk_failed_; }
  // Once a round of the engine.
  void beat() { beaten_ = clock_.monotonic(); }
  // "" when it is ready.
  std::string why_not() const;

 private:
  enum class Phase { kStarting, kRunning, kStopping };

  const Clock& clock_;
  std::atomic<Phase> phase_{Phase::kStarting};
  std::atomic<bool> disk_failed_{false};
  std::atomic<Millis> beaten_{Millis{0}};
};

}  // namespace pinrelay::cli
