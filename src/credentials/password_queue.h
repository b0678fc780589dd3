// Passwords that wait for the one thread that hashes them: each kind of caller has places of its own, and
// their turns alternate, so that a flood of strangers holds up nobody else.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "base/work_thread.h"

namespace pinrelay::credentials {

// By a link that only its owner has; from an address or session that has signed in to that account lately;
// and anybody else.
enum class Lane { kInvited, kKnown, kStranger };
constexpr size_t kLanes = 3;

// For any thread.
class PasswordQueue {
 public:
  using Work = std::function<void()>;
  static constexpr size_t kPlaces = 8;  // of each lane, beside the work at hand

  // False when its places are taken.
  bool add(Lane lane, Work work);
  // The lanes take turns; nothing when nothing waits.
  Work next();

 private:
  std::mutex mutex_;  // guards what follows
  std::array<std::deque<Work>, kLanes> waiting_;
  size_t turn_ = 0;
};

class PasswordThread {
 public:
  bool add(Lane lane, PasswordQueue::Work work);

 private:
  PasswordQueue queue_;
  WorkThread thread_{"passwords", kLanes* PasswordQueue::kPlaces};
};

}  // namespace pinrelay::credentials
