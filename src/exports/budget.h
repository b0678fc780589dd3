// How many requests one authorization may still make: a sliding window over those that the request log
// remembers, so that a restart forgets nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "base/clock.h"

namespace pinrelay::exports {

class Budget {
 public:
  Budget() = default;
  Budget(size_t requests, Millis window) : requests_(requests), window_(window) {}

  void spent(Time at) { times_.push_back(at); }
  // Whether a request may go now.
  bool allows(Time now) { return left(now) > 0; }
  // How many may go now.
  size_t left(Time now) {
    forget(now);
    if (requests_ == 0) return SIZE_MAX;
    return requests_ - std::min(requests_, times_.size());
  }
  // When the next one may go, when none may now.
  Time next(Time now) {
    forget(now);
    return allows(now) ? now : times_[times_.size() - requests_] + window_;
  }
  Millis window() const { return window_; }
  size_t used(Time now) {
    forget(now);
    return times_.size();
  }

 private:
  void forget(Time now) {
    // A time in the future comes from a clock that was stepped back; it would block for as long as the step.
    while (!times_.empty() && (times_.front() + window_ <= now || times_.front() > now + window_))
      times_.pop_front();
  }

  size_t requests_ = 0;  // 0: no limit
  Millis window_{0};
  std::deque<Time> times_;
};

}  // namespace pinrelay::exports
