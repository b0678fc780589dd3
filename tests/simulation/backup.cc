// A backup, and a store that is restored from it while Pinterest has gone on.
#include <fmt/format.h>

#include <filesystem>

#include "run.h"

namespace pinrelay::simulation {

void Run::back_up() {
  if (down_ || importing()) return;
  trace_.event(now_, "backup");
  const std::string path = fmt::format("{}.backup/{}", directory_, ++backups_);
  std::filesystem::create_directories(directory_ + ".backup");
  if (auto done = store::Store::backup(directory_, path, wall()); !done)
    return fail("the backup fails: " + done.error().text());
  backup_ = Backup{known_, wall()};
  sent_since_backup_.clear();
}

void Run::restore() {
  if (!down_) {
    die();
    --outcome_.crashes;
  }
  trace_.event(now_, "restore");
  std::filesystem::remove_all(directory_);
  // Nothing that came after the backup is played in: the oracle goes back to what it knew then.
  const store::RestoreOptions alone{
      .afterwards = directory_ + ".none", .without_afterwards = true, .now = wall()};
  if (auto done = store::Store::restore(fmt::format("{}.backup/{}", directory_, backups_), directory_, alone);
      !done)
    return fail("the restore fails: " + done.error().text());
  const Known later = std::exchange(known_, backup_->known);
  known_.lists.restore(later.lists);
  known_.conversions.hold(backup_->at);
  known_.jobs.pause_all();
  std::erase_if(tokens_.of, [&](const auto& item) { return !known_.authorizations.contains(item.first); });
  for (const auto& [id, list] : world_.lists().all()) orphans_.insert(id);
  for (const EventKey& key : sent_since_backup_) twice_.insert(key.id);
  boot();
}

}  // namespace pinrelay::simulation
