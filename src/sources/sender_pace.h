// How fast one sender may send. Rows and bytes are counted as they come; who has sent a minute's worth waits
// until enough time has passed for what was sent. Pure: the caller says what time it is.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace pinrelay::sources {

class SenderPace {
 public:
  explicit SenderPace(int64_t a_minute) : a_minute_(a_minute) {}

  // How long the sender has to wait before sending more; zero: not at all. A request that begins within the
  // pace may pass it, which the next one pays for: how much it brings is known only when it is here.
  Millis wait(Millis now) const {
    const int64_t owed = sent(now) - a_minute_;
    return owed <= 0 ? Millis{0} : Millis{(owed * kMinute + a_minute_ - 1) / a_minute_};
  }
  void note(Millis now, int64_t amount) {
    sent_ = sent(now) + amount;
    at_ = now;
  }

 private:
  static constexpr int64_t kMinute = 60'000;
  // What was sent, less what has been worked off since.
  int64_t sent(Millis now) const {
    const int64_t passed = std::clamp<int64_t>((now - at_).count(), 0, kMinute);
    return std::max<int64_t>(sent_ - passed * a_minute_ / kMinute, 0);
  }

  int64_t a_minute_;
  int64_t sent_ = 0;
  Millis at_{0};
};

}  // namespace pinrelay::sources
