#include "cli/looks.h"

#include "base/log.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kFilesWaiting = 16;

}  // namespace

Result<void> Looks::begin(const std::shared_ptr<Look>& look, std::function<void()> ended) {
  const bool people = !look->at_file;
  auto& thread = people ? people_ : files_;
  if (!thread) thread = std::make_unique<WorkThread>(people ? "people" : "files", people ? 1 : kFilesWaiting);
  const bool taken = !(people && at_people_) &&
                     thread->add([this, look, people, ended = std::move(ended)](const std::stop_token& stop) {
                       look->work(stop);
                       if (stop.stop_requested()) return;
                       on_engine_([this, people, ended] {
                         if (people) empty_log();
                         ended();
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
