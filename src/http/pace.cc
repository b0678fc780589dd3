#include "http/pace.h"

namespace pinrelay::http {

void Pace::rest(Millis now) {
  if (!awaited_) return;
  awaited_ = false;
  rested_ = now;
}

void Pace::go_on(Millis now) {
  if (awaited_) return;
  awaited_ = true;
  since_ += now - rested_;
}

bool Pace::too_slow(Millis now) {
  if (!awaited_ || now - since_ < rule_.window) return false;
  if (bytes_ < rule_.bytes) return true;
  since_ = now;
  bytes_ = 0;
  return false;
}

}  // namespace pinrelay::http
