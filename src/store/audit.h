// The audit log: rows are only ever appended, each chained to the one before by its hash.
#pragma once

#include <functional>
#include <optional>

#include "store/db.h"
#include "store/rows.h"

namespace pinrelay::store {

class Audit {
 public:
  explicit Audit(Db& db);

  // Gives the row its number and hash. Of a text longer than kTextBytesMax the log keeps its beginning, its
  // length and its SHA-256, so that a caller who is let in cannot fill the disk.
  void append(AuditRow row);
  static constexpr size_t kTextBytesMax = 1024;
  // The newest first, from below `before` on (0: from the newest), until visit returns false.
  void each(int64_t before, const std::function<bool(const AuditRow&)>& visit);
  struct Verified {
    int64_t rows = 0;
    std::optional<int64_t> broken;  // the first row that does not fit the one before
    Bytes head;                     // the last row's hash: noted elsewhere, it shows a log that was cut
  };
  Verified verify();

 private:
  Statement append_, last_, page_, all_;
};

}  // namespace pinrelay::store
