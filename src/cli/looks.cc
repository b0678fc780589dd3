#include "cli/looks.h"

#include "base/log.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kFilesWaiting = 16;

// False when it failed: nobody waits for its end then, but the next one may begin.
bool works(Look& look, const std::stop_token& stop) {
  try {
    look.work(stop);
    return true;
  } catch (const std::exception& problem) {
    log(LogLevel::kError, "cli", "a look at the store failed", {{"reason", problem.what()}});
    return false;
  }
}

}  // namespace

Result<void> Looks::begin(const std::shared_ptr<Look>& look, std::function<void()> ended) {
  const bool people = !look->at_file;
  auto& thread = people ? people_ : files_;
  if (!thread) thread = std::make_unique<WorkThread>(people ? "people" : "files", people ? 1 : kFilesWaiting);
  const bool taken = !(people && at_people_) &&
                     thread->add([this, look, people, ended = std::move(ended)](const std::stop_token& stop) {
                       const bool whole = works(*look, stop);
                       if (stop.stop_requested()) return;
                       on_engine_([this, people, whole, ended] {
                         if (people) empty_log();
                         if (whole) ended();
                       });
                     });
  if (!taken)
    return Error{ErrorKind::kUnavailable, "busy",
                 people ? "another command looks at everybody already" : "many files wait to be read already",
                 "", "try again in a minute"};
  if (people) at_people_ = true;
  return {};
}

void Looks::empty_log() {
  at_people_ = false;
  if (auto emptied = store_.checkpoint(); !emptied.ok())
    log(LogLevel::kWarning, "cli", "the log of the store could not be emptied",
        {{"reason", emptied.error().text()}});
}

}  // namespace pinrelay::cli
