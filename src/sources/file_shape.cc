#include "sources/file_shape.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "identity/blank.h"

namespace pinrelay::sources {
namespace {

using identity::trim;

constexpr size_t kBeginBytes = 256 * 1024;
constexpr size_t kGuessRows = 200;
constexpr char kDelimiters[] = {',', ';', '\t', '|'};
constexpr std::string_view kKeyNames[] = {"key",         "id",        "user_id",     "userid", "customer_id",
                                          "customer_no", "member_id", "external_id", "email"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The first rows as cells.
std::vector<std::vector<std::string>> table_of(std::string_view text, bool is_all, const CsvFrame& frame,
                                               char delimiter) {
  std::vector<std::vector<std::string>> rows;
  CsvReader reader({.delimiter = delimiter, .line_end = frame.line_end}, frame.offset, frame.line);
  reader.feed(text.substr(frame.offset), is_all);
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

struct Kind {
  std::string_view begins, code, message, fix;
};
constexpr std::string_view kZip("PK\x03\x04", 4);
constexpr const char* kSaveAsCsv = "save it as CSV in UTF-8";
constexpr Kind kOtherFiles[] = {
    {"\x1f\x8b", "gzip", "this is a gzip archive", "unpack it first: gunzip FILE"},
    {"\xd0\xcf\x11\xe0", "workbook", "this is an Excel workbook", kSaveAsCsv},
    {"BZh", "archive", "this is a bzip2 archive", "unpack it first"},
    {std::string_view("\xfd"
                      "7zXZ",
                      5),
     "archive", "this is an xz archive", "unpack it first"},
    {"\x28\xb5\x2f\xfd", "archive", "this is a zstd archive", "unpack it first"},
    {"%PDF-", "document", "this is a PDF document", kSaveAsCsv},
    {"PAR1", "parquet", "this is a Parquet file", "export it as CSV or NDJSON"},
};

constexpr std::string_view kRefusedFiles[] = {"gzip",    "workbook",   "archive",    "document",
                                              "parquet", "json_array", "json_lines", "other_encoding"};

Error refused(const std::string& path, std::string_view code, std::string message, std::string fix) {
  CHECK(is_refused_file(code));
  return Error{ErrorKind::kInvalid, std::string(code), std::move(message), path, std::move(fix)};
}

Result<void> check_kind(const std::string& path, std::string_view beginning) {
  for (const Kind& kind : kOtherFiles)
    if (beginning.starts_with(kind.begins))
      return refused(path, kind.code, std::string(kind.message), std::string(kind.fix));
  if (!beginning.starts_with(kZip)) return {};
  const auto holds = [&](std::string_view part) { return beginning.find(part) != std::string_view::npos; };
  if (holds("[Content_Types].xml") || holds("xl/"))
    return refused(path, "workbook", "this is an Excel workbook", kSaveAsCsv);
  if (holds("opendocument.spreadsheet"))
    return refused(path, "workbook", "this is an OpenDocument spreadsheet", kSaveAsCsv);
  return refused(path, "archive", "this is a ZIP archive", "unpack it first");
}

std::string_view without_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

// Whether each bracket outside strings is closed.
bool is_balanced(std::string_view line) {
  int open = 0;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"')
      while (++at < line.size() && line[at] != '"') at += line[at] == '\\';
    else
      open += line[at] == '{' || line[at] == '[' ? 1 : line[at] == '}' || line[at] == ']' ? -1 : 0;
  }
  return open == 0;
}

std::string_view take_line(std::string_view& text) {
  text = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// JSON that is not one object a line; a first row that is only broken is a bad row.
Result<void> check_json(const std::string& path, std::string_view text, bool is_all) {
  text = without_mark(text);
  const std::string_view first = take_line(text), second = take_line(text);
  if (first.starts_with('[') && !(is_balanced(first) && second.starts_with('{')))
    return refused(path, "json_array", "this is a JSON array",
                   "write one JSON object per line: jq -c '.[]' FILE");
  const bool more = !second.empty() || !is_all;
  if (first.starts_with('{') && more && !second.starts_with('{') && !is_balanced(first))
    return refused(path, "json_lines", "a JSON object is spread over several lines",
                   "write one JSON object per line: jq -c . FILE");
  return {};
}

RowFormat format_of(std::string_view text) {
  text = without_mark(text);
  const size_t at = text.find_first_not_of(" \t\r\n");
  const bool is_json = at == std::string_view::npos || text[at] == '{' || text[at] == '[';
  return is_json ? RowFormat::kNdjson : RowFormat::kCsv;
}

// Until it is certain, or all has been read.
Result<std::string> survey(const InputFile& file, uint64_t bytes_max) {
  Utf8Survey survey;
  std::string piece(kBeginBytes, '\0');
  uint64_t offset = 0;
  for (; offset < std::min(file.size(), bytes_max) && !survey.settled();) {
    const size_t got = TRY(file.read(offset, piece));
    survey.add(std::string_view(piece).substr(0, got));
    offset += got;
  }
  return survey.is_another_encoding() ? survey.likely_encoding() : std::string();
}

Result<std::string> decide_encoding(const InputFile& file, std::string_view beginning,
                                    const FileWishes& wishes, uint64_t survey_bytes_max) {
  const std::string wished = TRY(canonical_encoding(wishes.encoding));
  const std::string utf16 = utf16_of(beginning);
  if (wished == "UTF-16") return utf16.empty() ? std::string("UTF-16BE") : utf16;
  if (!wishes.encoding.empty()) return wished;
  if (!utf16.empty()) return TRY(canonical_encoding(utf16));
  const std::string likely = TRY(survey(file, survey_bytes_max));
  if (likely.empty()) return std::string();
  return refused(file.path(), "other_encoding",
                 "the file is not UTF-8 but in another encoding, likely " + likely,
                 "add --encoding " + likely + ", or save the file as UTF-8");
}

}  // namespace

CsvGuess guess_csv(std::string_view text, bool is_all, char delimiter, const std::string& key_column) {
  std::vector<std::vector<std::string>> best;
  CsvGuess guess;
  const CsvFrame frame = read_csv_frame(text);
  if (delimiter == 0) delimiter = frame.delimiter;
  for (const char candidate : kDelimiters) {
    auto table = table_of(text, is_all, frame, delimiter == 0 ? candidate : delimiter);
    const bool better = best.empty() || regular_rows(table) > regular_rows(best) ||
                        (regular_rows(table) == regular_rows(best) && regular_rows(table) > 0 &&
                         table[0].size() > best[0].size());
    if (!better) continue;
    best = std::move(table);
    guess.delimiter = delimiter == 0 ? candidate : delimiter;
  }
  if (best.empty()) return guess;
  for (const std::string& cell : best[0]) guess.header.emplace_back(trim(cell));
  while (guess.header.size() > 1 && guess.header.back().empty()) guess.header.pop_back();
  guess.key_column = key_column.empty() ? guess_key(guess.header, best) : std::string(trim(key_column));
  return guess;
}

bool is_refused_file(std::string_view code) {
  return std::ranges::find(kRefusedFiles, code) != std::end(kRefusedFiles);
}

std::optional<RowFormat> format_of_name(std::string_view path) {
  const std::string ending = lower(std::filesystem::path(path).extension().string());
  if (ending == ".csv" || ending == ".tsv") return RowFormat::kCsv;
  if (ending == ".ndjson" || ending == ".jsonl" || ending == ".json") return RowFormat::kNdjson;
  return std::nullopt;
}

Result<FileShape> decide_shape(const FileWishes& wishes, uint64_t survey_bytes_max) {
  const InputFile file = TRY(InputFile::open(wishes.path));
  std::string raw(kBeginBytes, '\0');
  raw.resize(TRY(file.read(0, raw)));
  TRY(check_kind(wishes.path, raw));
  FileShape shape;
  shape.encoding = TRY(decide_encoding(file, raw, wishes, survey_bytes_max));
  TextFile decoded(TRY(InputFile::open(wishes.path)), shape.encoding);
  std::string text(kBeginBytes, '\0');
  text.resize(TRY(decoded.read(text)));
  const auto named = format_of_name(wishes.path);
  shape.format = wishes.format ? *wishes.format : named ? *named : format_of(text);
  if (shape.format == RowFormat::kNdjson) TRY(check_json(wishes.path, text, decoded.at_end()));
  if (shape.format == RowFormat::kNdjson) return shape;
  CsvGuess guess = guess_csv(text, decoded.at_end(), wishes.delimiter, wishes.key_column);
  shape.delimiter = guess.delimiter;
  shape.header = std::move(guess.header);
  shape.key_column = std::move(guess.key_column);
  return shape;
}

}  // namespace pinrelay::sources
