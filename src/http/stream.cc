#include "http/stream.h"

#include <utility>

namespace pinrelay::http {

void Stream::send(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ || cut_) return;
  if (waiting_.size() > kWaitingBytesMax) {
    cut_ = true;
    waiting_ = std::string();
  } else {
    waiting_ += bytes;
  }
  wake();
}

void Stream::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wake();
}

size_t Stream::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Stream::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

Stream::Part Stream::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  return {std::exchange(waiting_, {}), closed_};
}

bool Stream::cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

// Once until the next take(): a burst of events is one errand. Being cut is told also while a write is stuck.
void Stream::wake() {
  if (!wake_ || (woken_ && !cut_)) return;
  woken_ = true;
  wake_();
}

}  // namespace pinrelay::http
