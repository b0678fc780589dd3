// Makes a profile change of each row of a CSV file whose first row names the columns. One column is the key;
// every other column is the field of its name, its values typed by infer_value. The key column is a field as
// well, so that it can be mapped (a file keyed by e-mail address), unless its name is "key". Empty columns
// behind the last one do not count. A cell that cannot be taken is dropped, and the row stays.
//
// An empty cell, quoted or not, leaves its field as it is: CSV cannot tell "nothing" from "unknown". To
// delete a field, send a change row with null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "sources/csv.h"
#include "sources/input_limits.h"
#include "store/change.h"

namespace pinrelay::sources {

class CsvRows {
 public:
  explicit CsvRows(RowNames names = RowNames()) : limits_(std::move(names)) {}
  // To be called once, first. Blanks around names do not count; names must differ and not be empty.
  std::optional<RowError> read_header(const CsvRow& header, std::string_view key_column);

  // Writes the change of one row, at the time of arrival, or says what is wrong; then nothing is written.
  // A row of nothing but empty cells, as spreadsheets leave behind, is neither: see is_blank().
  std::optional<RowError> write(const CsvRow& row, Time arrival, store::ChangeWriter& out);
  bool is_blank() const { return blank_; }
  // What was left out of the row that was written; the names are good as long as this.
  const std::vector<DroppedValue>& dropped() const { return dropped_; }
  // The key of the row that was bad, when it could be read: "" when it could not.
  std::string_view key_of_bad() const { return bad_key_; }
  // The same for a row that is no CSV, by its first cell.
  std::string_view key_of_first_cell(std::string_view cell) const;

 private:
  std::optional<RowError> read_columns(const CsvRow& header, std::string_view key_column);
  std::optional<RowError> add_column(const CsvRow& header, size_t index);
  std::optional<RowError> check_count(const CsvRow& row);
  std::optional<RowError> check_key(const CsvRow& row) const;
  const char* problem_of(const CsvRow& row, size_t index);

  std::vector<std::string> columns_;
  std::unordered_set<std::string> names_;  // the same
  RowNames limits_;
  std::vector<bool> admitted_;  // columns that are known to be fields
  size_t width_ = 0;            // of the header, unnamed columns behind the last one counted
  size_t key_index_ = 0;
  bool key_is_field_ = false;
  bool blank_ = false, all_utf8_ = true;  // of the row that is being written
  std::vector<DroppedValue> dropped_;
  std::string_view bad_key_;
};

}  // namespace pinrelay::sources
