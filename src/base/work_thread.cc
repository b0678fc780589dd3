#include "base/work_thread.h"

#include <pthread.h>

#include "base/log.h"

namespace pinrelay {

WorkThread::WorkThread(const char* name, size_t waiting_max)
    : waiting_max_(waiting_max), thread_([this, name](const std::stop_token& stop) { run(name, stop); }) {}

WorkThread::~WorkThread() = default;

bool WorkThread::add(Work work) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= waiting_max_) return false;
  waiting_.push_back(std::move(work));
  wake_.notify_one();
  return true;
}

void WorkThread::run(const char* name, const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), name);
  while (true) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      // The wait is also over for work when a stop has been asked for.
      if (!wake_.wait(lock, stop, [this] { return !waiting_.empty(); }) || stop.stop_requested()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    try {
      work(stop);
    } catch (const std::exception& problem) {
      log(LogLevel::kError, "base", "a piece of work failed", {{"thread", name}, {"reason", problem.what()}});
    }
  }
}

}  // namespace pinrelay
