#include "cli/engine_queue.h"

#include <utility>

#include "base/log.h"

namespace pinrelay::cli {

void run_guarded(const EngineQueue::Work& work) {
  try {
    work();
  } catch (const std::exception& problem) {
    log(LogLevel::kError, "cli", "a piece of work failed", {{"reason", problem.what()}});
  }
}

void EngineQueue::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  wake_();
}

bool EngineQueue::offer(const http::Sender& sender, Work work) {
  const bool stranger = sender.account.empty();
  {
    const std::lock_guard lock(mutex_);
    if (requests_ >= kRequestsMax || (stranger && strangers_ >= kStrangersMax)) return false;
    size_t& of_client = clients_[sender.client];
    if (of_client >= kShare) return false;
    if (!stranger && accounts_[sender.account] >= kShare) return false;
    ++of_client, ++requests_;
    stranger ? ++strangers_ : ++accounts_[sender.account];
    waiting_.push_back(std::move(work));
  }
  wake_();
  return true;
}

bool EngineQueue::run() {
  std::vector<Work> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    requests_ = strangers_ = 0;
    accounts_.clear(), clients_.clear();
  }
  for (Work& work : waiting) run_guarded(std::exchange(work, nullptr));
  return !waiting.empty();
}

}  // namespace pinrelay::cli
