// The long looks of commands, on threads of their own: at the people one at a time, because while a snapshot
// is open the store's write-ahead log cannot be emptied; at files one after the other.
#pragma once

#include "base/work_thread.h"
#include "cli/command.h"

namespace pinrelay::cli {

class Looks {
 public:
  // `on_engine` has work done on the engine's thread, soon. From any thread.
  using OnEngine = std::function<void(std::function<void()> work)>;
  Looks(store::Store& store, OnEngine on_engine) : store_(store), on_engine_(std::move(on_engine)) {}

  // Does the look's work, then `ended` on the engine's thread. kUnavailable: others have to end first. On the
  // engine's thread.
  Result<void> begin(const std::shared_ptr<Look>& look, std::function<void()> ended);

 private:
  void empty_log();

  store::Store& store_;
  const OnEngine on_engine_;
  bool at_people_ = false;                      // one is under way
  std::unique_ptr<WorkThread> people_, files_;  // made when they are first needed
};

}  // namespace pinrelay::cli
