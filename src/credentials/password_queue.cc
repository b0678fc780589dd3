#include "credentials/password_queue.h"

#include <sys/resource.h>

#include <utility>

namespace pinrelay::credentials {
namespace {

// A flood of sign-ins keeps this thread busy all the time; the engine and the connections go before it.
constexpr int kNiceness = 5;

}  // namespace

bool PasswordQueue::add(Lane lane, Work work) {
  const std::lock_guard lock(mutex_);
  std::deque<Work>& waiting = waiting_[static_cast<size_t>(lane)];
  if (waiting.size() >= kPlaces) return false;
  waiting.push_back(std::move(work));
  return true;
}

PasswordQueue::Work PasswordQueue::next() {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < kLanes; ++i) {
    std::deque<Work>& waiting = waiting_[turn_++ % kLanes];
    if (waiting.empty()) continue;
    Work work = std::move(waiting.front());
    waiting.pop_front();
    return work;
  }
  return nullptr;
}

// The thread has one errand for each piece of work that waits, and finds out then whose turn it is.
bool PasswordThread::add(Lane lane, PasswordQueue::Work work) {
  if (!queue_.add(lane, std::move(work))) return false;
  return thread_.add([this](const std::stop_token&) {
    (void)setpriority(PRIO_PROCESS, 0, kNiceness);  // of this thread alone
    if (const auto next = queue_.next()) next();
  });
}

}  // namespace pinrelay::credentials
