// The clock that settle windows are measured on. It runs only while we do and knows nothing of the wall
// clock, so a stepped clock or time spent switched off can lengthen a window but never shorten it.
#pragma once

#include "base/clock.h"

namespace pinrelay::exports {

class SettleClock {
 public:
  explicit SettleClock(const Clock& clock) : clock_(clock), started_(clock.monotonic()) {}

  // Goes on from what was last stored.
  void load(Millis stored) {
    base_ = stored;
    started_ = clock_.monotonic();
  }
  Millis now() const { return base_ + (clock_.monotonic() - started_); }

 private:
  const Clock& clock_;
  Millis base_{0};
  Millis started_;
};

}  // namespace pinrelay::exports
