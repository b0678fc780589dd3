#include "sources/csv_rows.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "sources/value_types.h"

namespace pinrelay::sources {
namespace {

constexpr std::string_view kPlainKey = "key";

RowError wrong(const CsvRow& row, size_t offset, const char* code, std::string message, std::string fix) {
  const CsvRow::Position place = row.position(offset);
  return RowError{place.line, place.column, code, std::move(message), std::move(fix)};
}

std::string_view trim(std::string_view name) {
  const size_t first = name.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return name.substr(first, name.find_last_not_of(" \t") - first + 1);
}

std::optional<RowError> check_utf8(const CsvRow& row) {
  if (simdjson::validate_utf8(row.raw.data(), row.raw.size())) return {};
  return wrong(row, utf8_prefix(row.raw), "bad_utf8", "the row is not UTF-8",
               "export the file as UTF-8, not as UTF-16 or in a Windows code page");
}

std::string fix_for_key(std::string_view key_column, const std::vector<std::string>& columns) {
  const std::vector<std::string_view> names(columns.begin(), columns.end());
  const std::string_view meant = closest_name(key_column, names);
  return meant.empty() ? "name the column that holds the key with --key"
                       : fmt::format("did you mean --key {}?", meant);
}

}  // namespace

std::optional<RowError> CsvRows::read_header(const CsvRow& header, std::string_view key_column) {
  auto error = read_columns(header, key_column);
  // Messages name columns, and are kept and shown; a person's data is not.
  if (error &&
      std::ranges::any_of(header.cells, [](std::string_view cell) { return looks_like_data(cell); })) {
    error->message = "the first row looks like a person's data, not like the names of columns";
    error->fix = "begin the file with a row that names its columns";
  }
  return error;
}

std::optional<RowError> CsvRows::read_columns(const CsvRow& header, std::string_view key_column) {
  columns_.clear();
  if (auto error = check_utf8(header)) return error;
  for (size_t i = 0; i < header.cells.size(); ++i)
    if (auto error = add_column(header, i)) return error;
  const auto key = std::find(columns_.begin(), columns_.end(), key_column);
  if (key == columns_.end())
    return wrong(header, 0, "missing_member",
                 fmt::format("the header has no column {}", shown_name(key_column)),
                 fix_for_key(key_column, columns_));
  if (columns_.size() > store::kFieldsMax)
    return wrong(header, header.starts[store::kFieldsMax], "too_many_fields",
                 fmt::format("the header has more than {} columns", store::kFieldsMax), "send fewer columns");
  key_index_ = static_cast<size_t>(key - columns_.begin());
  key_is_field_ = key_column != kPlainKey;
  return {};
}

std::optional<RowError> CsvRows::add_column(const CsvRow& header, size_t index) {
  const std::string_view name = trim(header.cells[index]);
  const size_t place = header.starts[index];
  if (name.empty())
    return wrong(header, place, "empty_value", fmt::format("column {} of the header has no name", index + 1),
                 "name the column");
  if (name.size() > store::kNameBytesMax)
    return wrong(
        header, place, "too_long",
        fmt::format("the column's name {} is longer than {} bytes", shown_name(name), store::kNameBytesMax),
        "shorten it");
  if (std::find(columns_.begin(), columns_.end(), name) != columns_.end())
    return wrong(header, place, "duplicate_member", fmt::format("two columns are named {}", shown_name(name)),
                 "rename one of them");
  columns_.emplace_back(name);
  return {};
}

std::optional<RowError> CsvRows::write(const CsvRow& row, Time arrival, store::ChangeWriter& out) const {
  if (auto error = check(row)) return error;
  out.begin(store::ChangeType::kProfile, to_millis(arrival), row.cells[key_index_]);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (row.cells[i].empty() || (i == key_index_ && !key_is_field_)) continue;
    out.field(columns_[i], infer_value(row.cells[i]), row.cells[i]);
  }
  out.end();
  return {};
}

std::optional<RowError> CsvRows::check(const CsvRow& row) const {
  const size_t cells = row.cells.size();
  if (cells != columns_.size())
    return wrong(row, cells < columns_.size() ? row.raw.size() : row.starts[columns_.size()], "cell_count",
                 fmt::format("the row has {} cells, the header {}", cells, columns_.size()),
                 "check its delimiters and quotes");
  if (auto error = check_utf8(row)) return error;
  for (size_t i = 0; i < cells; ++i)
    if (auto error = check_cell(row, i)) return error;
  return {};
}

std::optional<RowError> CsvRows::check_cell(const CsvRow& row, size_t index) const {
  const bool is_key = index == key_index_;
  const size_t bytes_max = is_key ? store::kKeyBytesMax : store::kValueBytesMax;
  if (is_key && row.cells[index].empty())
    return wrong(row, row.starts[index], "empty_value",
                 fmt::format("the key, column {}, is empty", shown_name(columns_[index])),
                 "give the row a key");
  if (row.cells[index].size() <= bytes_max) return {};
  return wrong(
      row, row.starts[index], "too_long",
      fmt::format("the cell of column {} is longer than {} bytes", shown_name(columns_[index]), bytes_max),
      "shorten it");
}

}  // namespace pinrelay::sources
