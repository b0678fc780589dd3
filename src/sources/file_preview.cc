#include "sources/file_preview.h"

#include <algorithm>
#include <map>
#include <set>

#include "identity/mask.h"
#include "sources/value_types.h"
#include "store/catalog.h"

namespace pinrelay::sources {
namespace {

constexpr size_t kBytesMax = 256 * 1024;
constexpr size_t kGuessRows = 200;
constexpr size_t kSamples = 2;
constexpr size_t kMistakesMax = 20;
constexpr size_t kColumnsMax = store::kFieldsMax;
constexpr char kDelimiters[] = {',', ';', '\t', '|'};
constexpr std::string_view kKeyNames[] = {"key",         "id",        "user_id",     "userid", "customer_id",
                                          "customer_no", "member_id", "external_id", "email"};

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The first rows as cells.
std::vector<std::vector<std::string>> table_of(std::string_view text, bool is_all, char delimiter) {
  std::vector<std::vector<std::string>> rows;
  CsvReader reader({.delimiter = delimiter});
  reader.feed(text, is_all);
  while (rows.size() <= kGuessRows) {
    const auto next = reader.next();
    if (next == CsvReader::Next::kBad) continue;
    if (next != CsvReader::Next::kRow) break;
    const auto& cells = reader.row().cells;
    rows.emplace_back(cells.begin(), cells.end());
  }
  return rows;
}

// Rows as wide as the header, if that has more than one cell.
size_t regular_rows(const std::vector<std::vector<std::string>>& table) {
  if (table.empty() || table[0].size() < 2) return 0;
  return static_cast<size_t>(
      std::ranges::count_if(table, [&](const auto& row) { return row.size() == table[0].size(); }));
}

// Whether no two rows have the same; an empty cell is a mistake of its row, and the column may be the key
// nevertheless if its name says so (`may_lack`).
bool tells_apart(const std::vector<std::vector<std::string>>& table, size_t column, bool may_lack) {
  std::set<std::string_view> seen;
  for (size_t row = 1; row < table.size(); ++row) {
    if (column >= table[row].size()) continue;
    const std::string& cell = table[row][column];
    if (cell.empty() ? !may_lack : !seen.insert(cell).second) return false;
  }
  return true;
}

std::string guess_key(const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& table) {
  for (const std::string_view name : kKeyNames)
    for (size_t i = 0; i < header.size(); ++i)
      if (lower(header[i]) == name && tells_apart(table, i, true)) return header[i];
  for (size_t i = 0; i < header.size(); ++i)
    if (!header[i].empty() && tells_apart(table, i, false)) return header[i];
  return header.empty() ? "" : header[0];
}

class Columns {
 public:
  void name_all(const std::vector<std::string>& names) {
    for (const std::string& name : names) (void)at(name);
  }
  void note(std::string_view name, store::ValueType type, ByteView value) {
    const size_t index = at(name);
    if (index == kColumnsMax || type == store::ValueType::kNull) return;
    ColumnPreview& column = columns_[index];
    ++column.filled;
    column.type = store::widen(column.type, type);
    store::for_each_item(type, value, [&](const store::ItemView& item) {
      if (column.samples.size() == kSamples) return;
      std::string sample = identity::mask(item.text);
      if (std::ranges::find(column.samples, sample) == column.samples.end())
        column.samples.push_back(std::move(sample));
    });
  }
  std::vector<ColumnPreview> take() { return std::move(columns_); }

 private:
  // kColumnsMax when there are too many already.
  size_t at(std::string_view name) {
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    if (columns_.size() == kColumnsMax) return kColumnsMax;
    numbers_.emplace(name, columns_.size());
    columns_.emplace_back().name = name;
    return columns_.size() - 1;
  }

  std::vector<ColumnPreview> columns_;
  std::map<std::string, size_t, std::less<>> numbers_;
};

RowError mistake_of(const Error& error) { return {1, 0, error.code, error.message, error.fix}; }

// Names that are none are masked, and what was said of them is not said.
void mask_data(FilePreview& preview) {
  if (std::ranges::none_of(preview.columns, [](const auto& each) { return looks_like_data(each.name); }))
    return;
  for (ColumnPreview& column : preview.columns) column.name = identity::mask(column.name);
  preview.key_column = identity::mask(preview.key_column);
  preview.mistakes = {{1, 0, "no_header", "the first row looks like a person's data, not like names",
                       "begin the file with a row that names its columns"}};
}

Result<void> look(RowStream& rows, Time now, bool csv, FilePreview& preview, Columns& columns) {
  Bytes changes;
  const RowBatch batch = TRY(rows.next(kBytesMax, now, changes));
  store::ChangeReader reader(changes);
  const bool key_is_field = csv && preview.key_column != "key";
  for (store::ChangeView change; reader.next(change);) {
    if (!key_is_field) columns.note("key", infer_value(change.key), as_bytes(change.key));
    change.for_each_field(
        [&](const store::FieldView& field) { columns.note(field.name, field.type, field.value); });
  }
  preview.rows = batch.accepted;
  preview.bad_rows = batch.errors.size();
  preview.whole = batch.end;
  preview.mistakes.assign(
      batch.errors.begin(),
      batch.errors.begin() + static_cast<ptrdiff_t>(std::min(batch.errors.size(), kMistakesMax)));
  return {};
}

}  // namespace

CsvGuess guess_csv(std::string_view text, bool is_all, char delimiter, const std::string& key_column) {
  std::vector<std::vector<std::string>> best;
  CsvGuess guess;
  for (const char candidate : kDelimiters) {
    auto table = table_of(text, is_all, delimiter == 0 ? candidate : delimiter);
    const bool better = best.empty() || regular_rows(table) > regular_rows(best) ||
                        (regular_rows(table) == regular_rows(best) && regular_rows(table) > 0 &&
                         table[0].size() > best[0].size());
    if (!better) continue;
    best = std::move(table);
    guess.delimiter = delimiter == 0 ? candidate : delimiter;
  }
  if (best.empty()) return guess;
  for (const std::string& cell : best[0]) guess.header.emplace_back(trim(cell));
  guess.key_column = key_column.empty() ? guess_key(guess.header, best) : key_column;
  return guess;
}

Result<FilePreview> preview_file(const PreviewOptions& options, Time now) {
  FilePreview preview;
  const InputFile file = TRY(InputFile::open(options.path));
  preview.bytes = file.size();
  Columns columns;
  RowStreamOptions rows{.path = options.path, .format = options.format};
  const bool csv = options.format == RowFormat::kCsv;
  if (csv) {
    std::string text(static_cast<size_t>(std::min<uint64_t>(file.size(), kBytesMax)), '\0');
    TRY(file.read(0, text));
    const CsvGuess guess = guess_csv(text, text.size() == file.size(), options.delimiter, options.key_column);
    columns.name_all(guess.header);
    preview.delimiter = rows.delimiter = guess.delimiter;
    preview.key_column = rows.key_column = guess.key_column;
  }
  const auto stream = RowStream::open(rows);
  const auto looked = stream.ok() ? look(**stream, now, csv, preview, columns) : stream.error();
  if (!looked.ok() && looked.error().kind != ErrorKind::kInvalid) return looked.error();
  if (!looked.ok()) preview.mistakes.push_back(mistake_of(looked.error()));
  preview.columns = columns.take();
  mask_data(preview);
  return preview;
}

}  // namespace pinrelay::sources
