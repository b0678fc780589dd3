// Time as our code sees it. Wall time says when something happened and can step; monotonic time measures how
// long things took and cannot. Everything takes its time from a Clock, so that a test can own it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinrelay {

using Millis = std::chrono::milliseconds;
// Wall-clock time, UTC, in milliseconds since 1970.
using Time = std::chrono::sys_time<Millis>;

inline int64_t to_millis(Time time) { return time.time_since_epoch().count(); }
constexpr Time from_millis(int64_t millis) { return Time{Millis{millis}}; }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // Milliseconds since an arbitrary start; never goes back within a process.
  virtual Millis monotonic() const = 0;
};

std::unique_ptr<Clock> make_system_clock();

// Moves only when told. `step` moves the wall clock alone, as an administrator or NTP does.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start) : wall_(start) {}
  Time now() const override { return wall_; }
  Millis monotonic() const override { return monotonic_; }
  void advance(Millis by) { wall_ += by, monotonic_ += by; }
  void step(Millis by) { wall_ += by; }

 private:
  Time wall_;
  Millis monotonic_{0};
};

// The wall clock of arrivals: set back, it stands still until time has caught up. What arrives later must not
// look older than what came before. For any thread.
class ArrivalClock final : public Clock {
 public:
  ArrivalClock(const Clock& clock, Time earliest) : clock_(clock), last_(to_millis(earliest)) {}
  Time now() const override {
    const int64_t now = to_millis(clock_.now());
    int64_t last = last_;
    while (last < now && !last_.compare_exchange_weak(last, now)) {
    }
    return from_millis(std::max(last, now));
  }
  Millis monotonic() const override { return clock_.monotonic(); }

 private:
  const Clock& clock_;
  mutable std::atomic<int64_t> last_;
};

// RFC 3339 with a zone ("2026-01-31T12:00:00.5Z", "…+02:00"); anything else is an error. Precision:
// milliseconds.
Result<Time> parse_rfc3339(std::string_view text);
// "2026-01-31T12:00:00Z"; milliseconds are shown only when they are not zero.
std::string format_rfc3339(Time time);

}  // namespace pinrelay
