// Whether a sender keeps up while its bytes are awaited.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace pinrelay::http {

// At least so many bytes in each window.
struct PaceRule {
  Millis window{10'000};
  uint64_t bytes = 100'000;
};

// Times are on the monotonic clock.
class Pace {
 public:
  explicit Pace(PaceRule rule) : rule_(rule) {}

  // Another body: what was before it does not count.
  void begin(Millis now) { awaited_ = true, since_ = now, bytes_ = 0; }
  // Nothing is awaited for a while, and that time does not count.
  void rest(Millis now);
  void go_on(Millis now);
  void end() { awaited_ = false; }
  void note(uint64_t bytes) { bytes_ += bytes; }
  // Asked now and then; goes on to the next window when this one was fast enough.
  bool too_slow(Millis now);

 private:
  PaceRule rule_;
  bool awaited_ = false;
  Millis since_{0}, rested_{0};
  uint64_t bytes_ = 0;
};

}  // namespace pinrelay::http
