#include "cli/readiness.h"

#include <fmt/format.h>

namespace pinrelay::cli {

std::string Readiness::why_not() const {
  if (disk_failed_) return "the disk failed while rows were made durable";
  if (phase_ == Phase::kStarting) return "the service is starting";
  if (phase_ == Phase::kStopping) return "the service is stopping";
  const Millis busy = clock_.monotonic() - beaten_.load();
  if (busy <= kLate) return "";
  return fmt::format("the engine has been busy with one piece of work for {} seconds", busy.count() / 1'000);
}

}  // namespace pinrelay::cli
