// How many list writes one authorization may still make: a sliding window over the writes that the request
// log remembers, so that a restart forgets nothing.
#pragma once

#include <deque>

#include "base/clock.h"

namespace pinrelay::exports {

class Budget {
 public:
  Budget() = default;
  Budget(size_t writes, Millis window) : writes_(writes), window_(window) {}

  void spent(Time at) { times_.push_back(at); }
  // Whether a write may go now.
  bool allows(Time now) {
    forget(now);
    return writes_ == 0 || times_.size() < writes_;
  }
  // When the next write may go, when none may now.
  Time next(Time now) {
    forget(now);
    return allows(now) ? now : times_[times_.size() - writes_] + window_;
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

  size_t writes_ = 0;  // 0: no limit
  Millis window_{0};
  std::deque<Time> times_;
};

}  // namespace pinrelay::exports
