// What waits for the engine's thread. Our own errands always get in; requests only while there is room, and
// no caller may have more than a share of it, so that the others are still answered.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "http/body_budget.h"

namespace pinrelay::cli {

// For any thread, but run().
class EngineQueue {
 public:
  using Work = std::function<void()>;
  static constexpr size_t kRequestsMax = 256;
  // Of them: of callers whom nobody knows; of one account; of one address.
  static constexpr size_t kStrangersMax = kRequestsMax / 2, kShare = kRequestsMax / 8;

  // `wake`: called when something has been added.
  explicit EngineQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Work work);
  // A request; false when it has to come later.
  bool offer(const http::Sender& sender, Work work);
  // Does all that waits, in the order in which it came; false when nothing did. A bug in one piece of work
  // costs that work alone: its responder, dropped, answers 500, and the jobs go on.
  bool run();

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;  // guards what follows
  std::vector<Work> waiting_;
  size_t requests_ = 0, strangers_ = 0;
  std::map<std::string, size_t> accounts_, clients_;  // requests that wait
};

// Does it, and logs an exception.
void run_guarded(const EngineQueue::Work& work);

}  // namespace pinrelay::cli
