// One consistent state of the people and of what is on the lists, for another thread to look at while the
// engine goes on. Until it goes, the write-ahead log cannot be emptied.
#pragma once

#include <memory>

#include "store/ledger.h"
#include "store/profiles.h"
#include "store/rows.h"
#include "store/table.h"

namespace pinrelay::store {

class Snapshot {
 public:
  // Of the store in this folder, as of its last commit.
  static Result<std::unique_ptr<Snapshot>> open(const std::string& directory);
  // What went wrong in a read, if anything did; what has been read is worth nothing then.
  Result<void> status() const;

 private:
  explicit Snapshot(std::unique_ptr<Db> db);
  std::unique_ptr<Db> db_;

 public:
  Catalog catalog;
  Profiles profiles;
  LayeredMap ledger;  // as in Store
  Table<JobRow> jobs;
};

}  // namespace pinrelay::store
