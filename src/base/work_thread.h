// A thread that does one piece of work after the other, for what must not hold up the thread that asks.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace pinrelay {

class WorkThread {
 public:
  // An exception ends the piece of work and is logged. What takes long looks at `stop` now and then, and
  // gives up when it is asked to.
  using Work = std::function<void(const std::stop_token& stop)>;

  // `name`: as the system shows it, of at most 15 characters. `waiting_max`: beside the work at hand.
  WorkThread(const char* name, size_t waiting_max);
  // Asks the work at hand to stop and waits for it; what waits is not done any more.
  ~WorkThread();
  // False when too much waits already.
  bool add(Work work);

 private:
  void run(const char* name, const std::stop_token& stop);

  const size_t waiting_max_;
  std::mutex mutex_;  // guards waiting_
  std::condition_variable_any wake_;
  std::deque<Work> waiting_;
  std::jthread thread_;  // last, so that it ends before what it uses
};

}  // namespace pinrelay
