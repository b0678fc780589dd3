#include <algorithm>

#include "sources/file_preview.h"

namespace pinrelay::sources {
namespace {

using Visit = std::function<bool(const SampleRow&)>;

Result<std::string> read_text(const FileWishes& wishes, const FileShape& shape) {
  TextFile file(TRY(InputFile::open(wishes.path)), shape.encoding);
  std::string text;
  constexpr size_t kPiece = 1024 * 1024;
  for (bool more = true; more && text.size() < kSampleBytesMax;) {
    const size_t before = text.size();
    text.resize(before + kPiece);
    const size_t got = TRY(file.read(std::span(text).subspan(before)));
    text.resize(before + got);
    more = got == kPiece;
  }
  return text;
}

void read_change_rows(std::string_view text, InputLimits* limits, Time now, const Visit& visit) {
  ChangeRowParser parser{RowNames(limits)};
  Bytes bytes;
  store::ChangeWriter writer(bytes);
  const char* const end = text.data() + text.size();
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (uint64_t number = 1; !text.empty(); ++number) {
    const size_t size = std::min(text.find('\n'), text.size());
    const std::string_view line = trim_line(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
    if (line.empty()) continue;
    bytes.clear();
    SampleRow row{.line = number, .error = parser.parse(line, end, now, writer), .change = {}, .dropped = {}};
    row.change = bytes;
    if (!row.error) row.dropped = parser.dropped();
    if (!visit(row)) return;
  }
}

Result<void> read_csv(std::string_view text, const FileWishes& wishes, const FileShape& shape, Time now,
                      const Visit& visit) {
  const CsvFrame frame = read_csv_frame(text.substr(0, 2 * kRowBytesMax));
  CsvReader reader({.delimiter = shape.delimiter, .line_end = frame.line_end}, frame.offset, frame.line);
  reader.feed(text.substr(frame.offset), true);
  CsvRows rows{RowNames(wishes.limits)};
  auto next = reader.next();
  auto wrong = next == CsvReader::Next::kRow ? rows.read_header(reader.row(), shape.key_column)
                                             : std::optional(reader.error());
  if (next == CsvReader::Next::kEnd) return {};
  if (wrong) return Error{ErrorKind::kInvalid, wrong->code, wrong->message, wishes.path, wrong->fix};
  Bytes bytes;
  store::ChangeWriter writer(bytes);
  while ((next = reader.next()) != CsvReader::Next::kEnd) {
    bytes.clear();
    SampleRow row;
    row.error =
        next == CsvReader::Next::kRow ? rows.write(reader.row(), now, writer) : std::optional(reader.error());
    row.line = next == CsvReader::Next::kRow ? reader.row().line : row.error->line;
    if (next == CsvReader::Next::kRow && rows.is_blank()) continue;
    row.change = bytes;
    if (!row.error) row.dropped = rows.dropped();
    if (!visit(row)) break;
  }
  return {};
}

}  // namespace

Result<void> read_sample(const FileWishes& wishes, Time now, const Visit& visit) {
  const FileShape shape = TRY(decide_shape(wishes));
  const std::string text = TRY(read_text(wishes, shape));
  if (shape.format == RowFormat::kCsv) return read_csv(text, wishes, shape, now, visit);
  read_change_rows(text, wishes.limits, now, visit);
  return {};
}

}  // namespace pinrelay::sources
