// Makes a profile change of each row of a CSV file whose first row names the columns. One column is the key;
// every other column is the field of its name, its values typed by infer_value. The key column is a field as
// well, so that it can be mapped (a file keyed by e-mail address), unless its name is "key".
//
// An empty cell, quoted or not, leaves its field as it is: CSV cannot tell "nothing" from "unknown". To
// delete a field, send a change row with null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sources/csv.h"
#include "store/change.h"

namespace pinrelay::sources {

class CsvRows {
 public:
  // To be called once, first. Spaces around names do not count; names must differ and not be empty.
  std::optional<RowError> read_header(const CsvRow& header, std::string_view key_column);

  // Writes the change of one row, at the time of arrival, or says what is wrong; then nothing is written.
  std::optional<RowError> write(const CsvRow& row, Time arrival, store::ChangeWriter& out) const;

 private:
  std::optional<RowError> read_columns(const CsvRow& header, std::string_view key_column);
  std::optional<RowError> add_column(const CsvRow& header, size_t index);
  std::optional<RowError> check(const CsvRow& row) const;
  std::optional<RowError> check_cell(const CsvRow& row, size_t index) const;

  std::vector<std::string> columns_;
  size_t key_index_ = 0;
  bool key_is_field_ = false;
};

}  // namespace pinrelay::sources
