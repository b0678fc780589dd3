// NDJSON change rows, the one format for files and for the wire:
//   {"type":"profile","key":"u1","fields":{"email":"a@example.org","age":42,"old":null},"at":"…","id":"r1"}
//   {"type":"enter","key":"u1","audience":"Readers"}     also "exit"
//   {"type":"delete","key":"u1"}
// Members stand in any order; the world is closed. `at` (RFC 3339) may be left out: then it is the time of
// arrival. `id` may be left out. A null field deletes the field. Keys are strings or whole numbers, taken as
// written. Fields are strings (those that are dates become dates), numbers (kept as written), booleans,
// arrays of these, and objects, which become fields with dotted names (json_row.h).
//
// A value that cannot be taken is dropped and counted, and its row stays. A row is bad when it is no JSON, or
// its type, key, audience or time is missing or unusable, or it has a member that is unknown, of another type
// of row, or there twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "sources/input_limits.h"
#include "sources/json_row.h"
#include "sources/row_error.h"
#include "sources/row_scope.h"
#include "store/change.h"

namespace pinrelay::sources {

// Not thread-safe: one per thread.
class ChangeRowParser {
 public:
  explicit ChangeRowParser(RowNames names = RowNames(), RowScope scope = {})
      : names_(std::move(names)), scope_(std::move(scope)) {}
  // Writes the change of one line (without its line end) or says what is wrong with it; then nothing is
  // written. The error's line is left 0. `readable_end` as in JsonRowReader::read.
  std::optional<RowError> parse(std::string_view line, const char* readable_end, const RowTime& time,
                                store::ChangeWriter& out);
  // What was left out of the line that was taken, its line left 0; good as long as the line, until the next
  // call of parse().
  const std::vector<DroppedValue>& dropped() const { return row_.dropped; }
  // The key of the line that was bad, when it could be read: then the line is one JSON object with one key
  // that a profile could have. "" when it could not.
  std::string_view key_of_bad() const;

 private:
  void drop_what_passes_limits();

  JsonRowReader reader_;
  JsonRow row_;
  RowNames names_;
  const RowScope scope_;
};

// Counts and lists what was left out of good rows.
struct Drops {
  DropCounts counts;
  std::vector<RowError> listed;  // the first kListedMax

  void add(const std::vector<DroppedValue>& values, uint64_t line);
  void add(const Drops& other);

  static constexpr size_t kListedMax = 100;
};

struct ParsedRows {
  uint64_t rows = 0, accepted = 0;
  std::vector<RowError> errors;  // the first kErrorsKeptMax
  uint64_t errors_total = 0;
  Drops dropped;

  static constexpr size_t kErrorsKeptMax = 100;
};

// Appends the changes of all good rows to `out`. Blank lines are skipped, CRLF and a missing line end at the
// end are fine, and so is a byte order mark on line 1. `first_line` numbers the first line.
ParsedRows parse_change_rows(std::string_view ndjson, Time arrival, uint64_t first_line, Bytes& out,
                             RowNames names = RowNames(), RowScope scope = {});

RowError row_too_large();

// `text` without the carriage return or the spaces at its end; empty = a blank line.
std::string_view trim_line(std::string_view text);

}  // namespace pinrelay::sources
