#include "sources/csv_rows.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "identity/blank.h"
#include "sources/value_types.h"

namespace pinrelay::sources {
namespace {

constexpr std::string_view kPlainKey = "key";

RowError wrong(const CsvRow& row, size_t offset, const char* code, std::string message, std::string fix) {
  const CsvRow::Position place = row.position(offset);
  return RowError{place.line, place.column, code, std::move(message), std::move(fix)};
}

using identity::trim;

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= store::kKeyBytesMax && is_utf8(text);
}

std::optional<RowError> check_utf8(const CsvRow& row) {
  if (is_utf8(row.raw)) return {};
  return wrong(row, utf8_prefix(row.raw), "bad_utf8", "the header holds bytes that are not UTF-8",
               "export the file as UTF-8");
}

std::string fix_for_key(std::string_view key_column, const std::vector<std::string>& columns) {
  const std::vector<std::string_view> names(columns.begin(), columns.end());
  const std::string_view meant = nearest_name(key_column, names);
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
  columns_.clear(), names_.clear();
  if (auto error = check_utf8(header)) return error;
  width_ = header.cells.size();
  size_t named = width_;
  while (named > 1 && trim(header.cells[named - 1]).empty()) --named;
  // First: nothing is kept of a header that is too wide.
  if (named > store::kFieldsMax)
    return wrong(header, header.starts[store::kFieldsMax], "too_many_fields",
                 fmt::format("the header has more than {} columns", store::kFieldsMax), "send fewer columns");
  for (size_t i = 0; i < named; ++i)
    if (auto error = add_column(header, i)) return error;
  const auto key = std::find(columns_.begin(), columns_.end(), trim(key_column));
  if (key == columns_.end())
    return wrong(header, 0, "missing_member",
                 fmt::format("the header has no column {}", shown_name(key_column)),
                 fix_for_key(key_column, columns_));
  key_index_ = static_cast<size_t>(key - columns_.begin());
  key_is_field_ = *key != kPlainKey;
  admitted_.assign(columns_.size(), false);
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
  if (!names_.emplace(name).second)
    return wrong(header, place, "duplicate_member", fmt::format("two columns are named {}", shown_name(name)),
                 "rename one of them");
  columns_.emplace_back(name);
  return {};
}

std::optional<RowError> CsvRows::write(const CsvRow& row, Time arrival, store::ChangeWriter& out) {
  dropped_.clear();
  bad_key_ = {};
  const auto is_empty = [](std::string_view cell) { return cell.empty(); };
  blank_ = row.cells[0].empty() && std::ranges::all_of(row.cells, is_empty);
  if (blank_) return {};
  if (auto error = check_count(row)) return error;
  all_utf8_ = is_utf8(row.raw);
  if (auto error = check_key(row)) return error;
  out.begin(store::ChangeType::kProfile, to_millis(arrival), row.cells[key_index_]);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (row.cells[i].empty() || (i == key_index_ && !key_is_field_)) continue;
    if (const char* problem = problem_of(row, i))
      dropped_.push_back({problem, row.position(row.starts[i]).column, columns_[i]});
    else
      out.field(columns_[i], infer_value(row.cells[i]), row.cells[i]);
  }
  out.end();
  return {};
}

// Empty cells behind the last column do not count, and what stands in a column without a name is dropped.
std::optional<RowError> CsvRows::check_count(const CsvRow& row) {
  size_t cells = row.cells.size();
  while (cells > columns_.size() && trim(row.cells[cells - 1]).empty()) --cells;
  if (cells == columns_.size()) return {};
  if (cells > columns_.size() && cells <= width_) {
    for (size_t i = columns_.size(); i < cells; ++i)
      if (!trim(row.cells[i]).empty())
        dropped_.push_back({"empty_value", row.position(row.starts[i]).column, {}});
    return {};
  }
  const bool one_line = row.raw.find(row.line_end) == std::string_view::npos;
  bad_key_ = one_line ? key_of_first_cell(row.cells[0]) : std::string_view();
  return wrong(row, cells < columns_.size() ? row.raw.size() : row.starts[columns_.size()], "cell_count",
               fmt::format("the row has {} cells, the header {}", row.cells.size(), columns_.size()),
               "check its delimiters and quotes");
}

// Only where the key comes first is it certain which cell of such a row it is.
std::string_view CsvRows::key_of_first_cell(std::string_view cell) const {
  return key_index_ == 0 && is_key(cell) ? cell : std::string_view();
}

std::optional<RowError> CsvRows::check_key(const CsvRow& row) const {
  const std::string_view key = row.cells[key_index_];
  if (!key.empty() && key.size() <= store::kKeyBytesMax && (all_utf8_ || is_utf8(key))) return {};
  const std::string name = masked_name(columns_[key_index_]);
  const size_t place = row.starts[key_index_];
  if (key.empty())
    return wrong(row, place, "empty_value", fmt::format("the key, column {}, is empty", name),
                 "give the row a key");
  if (key.size() > store::kKeyBytesMax)
    return wrong(row, place, "too_long",
                 fmt::format("the cell of column {} is longer than {} bytes", name, store::kKeyBytesMax),
                 "shorten it");
  return wrong(row, place + utf8_prefix(row.raw.substr(place)), "bad_utf8",
               fmt::format("the key, column {}, holds bytes that are not UTF-8", name),
               "export the file as UTF-8");
}

// Why a cell cannot be taken; null when it can.
const char* CsvRows::problem_of(const CsvRow& row, size_t index) {
  if (row.cells[index].size() > store::kValueBytesMax) return "too_long";
  if (!all_utf8_ && !is_utf8(row.cells[index])) return "bad_utf8";
  if (admitted_[index]) return nullptr;
  admitted_[index] = limits_.admits(NameKind::kField, columns_[index]);
  return admitted_[index] ? nullptr : "field_limit";
}

}  // namespace pinrelay::sources
