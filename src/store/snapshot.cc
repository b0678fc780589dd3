#include "store/snapshot.h"

#include "store/schema.h"

namespace pinrelay::store {
namespace {

// It is read once, from the beginning to the end.
constexpr size_t kCacheBytes = 4 * 1024 * 1024;

}  // namespace

Snapshot::Snapshot(std::unique_ptr<Db> db)
    : db_(std::move(db)),
      catalog(*db_),
      profiles(*db_, catalog),
      ledger(*db_, "ledger_chunk", "ledger_recent", 32),
      jobs(*db_, "job") {
  db_->begin();
  catalog.load();  // the first read decides which state it is
  profiles.load();
}

Result<std::unique_ptr<Snapshot>> Snapshot::open(const std::string& directory) {
  auto db = TRY(Db::open({.path = directory + kMainFile, .cache_bytes = kCacheBytes, .read_only = true}));
  std::unique_ptr<Snapshot> snapshot(new Snapshot(std::move(db)));
  TRY(snapshot->status());
  return snapshot;
}

Result<void> Snapshot::status() const {
  if (db_->failure()) return *db_->failure();
  return {};
}

}  // namespace pinrelay::store
