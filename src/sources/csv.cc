#include "sources/csv.h"

#include <algorithm>

namespace pinrelay::sources {
namespace {

constexpr size_t kNone = std::string_view::npos;

uint64_t count_breaks(std::string_view text, char line_end) {
  uint64_t breaks = 0;
  for (size_t at = text.find(line_end); at != kNone; at = text.find(line_end, at + 1)) ++breaks;
  return breaks;
}

// CR alone ends lines where it does so more often than LF does, outside quotes.
char line_end_of(std::string_view text) {
  size_t cr = 0, lf = 0;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    quoted ^= text[at] == '"';
    if (quoted) continue;
    if (text[at] == '\n') ++lf;
    if (text[at] != '\r') continue;
    while (at + 1 < text.size() && text[at + 1] == '\r') ++at;
    if (at + 1 < text.size() && text[at + 1] != '\n') ++cr;
    if (at + 1 == text.size()) cr += lf == 0;
  }
  return cr > lf ? '\r' : '\n';
}

}  // namespace

CsvRow::Position CsvRow::position(size_t offset) const {
  const std::string_view before = raw.substr(0, std::min(offset, raw.size()));
  const size_t line_break = before.rfind(line_end);
  const size_t line_start = line_break == kNone ? 0 : line_break + 1;
  return {line + count_breaks(before, line_end), static_cast<uint32_t>(before.size() - line_start) + 1};
}

CsvReader::CsvReader(CsvOptions options, uint64_t offset, uint64_t line)
    : options_(options), offset_(offset), line_(line) {
  row_.line_end = options_.line_end;
  for (const char c : {options_.delimiter, '"', options_.line_end})
    ends_cell_[static_cast<unsigned char>(c)] = true;
}

void CsvReader::feed(std::string_view text, bool is_last) {
  text_ = text;
  is_last_ = is_last;
}

CsvReader::Next CsvReader::next() {
  if (skipping_) return skip_bad_line();
  if (!skip_byte_order_mark() || !skip_blank_lines()) return Next::kStarved;
  if (text_.empty()) return is_last_ ? Next::kEnd : Next::kStarved;
  window_ = text_.substr(0, window_bytes_max());
  const Scan scan = scan_row();
  if (scan == Scan::kStarved) return Next::kStarved;
  if (scan == Scan::kBad) return skip_bad_line();
  advance(at_, breaks_ + 1);
  return Next::kRow;
}

// Both skips return false when they need more text to decide.
bool CsvReader::skip_byte_order_mark() {
  if (offset_ != 0) return true;
  if (text_.starts_with(kByteOrderMark)) advance(kByteOrderMark.size(), 0);
  return offset_ != 0 || is_last_ || text_.size() >= kByteOrderMark.size();
}

bool CsvReader::skip_blank_lines() {
  for (;;) {
    size_t at = 0;
    const size_t most = window_bytes_max();
    while (is_lf() && at < std::min(most, text_.size()) && text_[at] == '\r') ++at;
    if (at >= most) return true;  // too long to be a blank line, however much of the text is here
    if (at < text_.size() && text_[at] == options_.line_end) {
      advance(at + 1, 1);
    } else if (at == 0 || at < text_.size()) {
      return true;
    } else if (is_last_) {
      advance(at, 0);
    } else {
      return false;
    }
  }
}

// Reads one row into row_, leaving at_ behind its line end.
CsvReader::Scan CsvReader::scan_row() {
  row_.line = line_;
  row_.cells.clear();
  row_.starts.clear();
  row_ends_ = false;
  at_ = breaks_ = 0;
  unquoted_.clear();
  while (!row_ends_) {
    row_.starts.push_back(static_cast<uint32_t>(at_));
    const bool is_quoted = at_ < window_.size() && window_[at_] == '"';
    const Scan scan = is_quoted ? scan_quoted_cell() : scan_bare_cell();
    if (scan != Scan::kDone) return scan;
  }
  return Scan::kDone;
}

CsvReader::Scan CsvReader::scan_bare_cell() {
  const char* const begin = window_.data() + at_;
  const char* const end = window_.data() + window_.size();
  const char* p = begin;
  while (p != end && !ends_cell_[static_cast<unsigned char>(*p)]) ++p;
  at_ = static_cast<size_t>(p - window_.data());
  if (p != end && *p == '"')
    return fail("bad_quote", at_, "a quote stands within a cell that does not begin with one",
                "put the whole cell in quotes and double the quotes within it");
  std::string_view cell(begin, static_cast<size_t>(p - begin));
  if (is_lf() && (p == end || *p == '\n'))
    while (cell.ends_with('\r')) cell.remove_suffix(1);
  row_.cells.push_back(cell);
  return end_cell();
}

// At the opening quote. A cell without doubled quotes is a view into the text, others are put together.
CsvReader::Scan CsvReader::scan_quoted_cell() {
  const size_t opening = at_, copied_from = unquoted_.size();
  size_t piece = at_ + 1;
  bool doubled = false;
  for (;; piece = at_ + 2) {
    at_ = window_.find('"', piece);
    if (at_ == kNone) return out_of_text(opening);
    if (at_ + 1 == window_.size() || window_[at_ + 1] != '"') break;
    // The space for a whole row at once: the views made before must not move.
    if (!doubled && unquoted_.capacity() < window_bytes_max()) unquoted_.reserve(window_bytes_max());
    doubled = true;
    unquoted_.append(window_, piece, at_ + 1 - piece);
  }
  if (doubled) unquoted_.append(window_, piece, at_ - piece);
  row_.cells.push_back(doubled ? std::string_view(unquoted_).substr(copied_from)
                               : window_.substr(piece, at_ - piece));
  breaks_ += count_breaks(window_.substr(opening, at_ - opening), options_.line_end);
  ++at_;
  return end_cell();
}

// Behind a cell: a delimiter, a line end, or the end of the file.
CsvReader::Scan CsvReader::end_cell() {
  const size_t cell_end = at_;
  if (at_ < window_.size() && window_[at_] == options_.delimiter) {
    ++at_;
    return Scan::kDone;
  }
  while (is_lf() && at_ < window_.size() && window_[at_] == '\r') ++at_;
  const bool at_end = at_ == window_.size();
  if (at_end && (!is_last_ || window_.size() < text_.size())) return out_of_text(kNone);
  if (!at_end && window_[at_] != options_.line_end)
    return fail("bad_quote", cell_end, "text follows the quote that closes a cell",
                "double the quotes within the cell");
  if (!at_end) ++at_;
  row_ends_ = true;
  row_.raw = window_.substr(0, cell_end);
  while (is_lf() && row_.raw.ends_with('\r')) row_.raw.remove_suffix(1);
  return row_.raw.size() <= options_.row_bytes_max ? Scan::kDone : fail_size();
}

// The window ended within a row; `quote` is the quote that was open, or kNone.
CsvReader::Scan CsvReader::out_of_text(size_t quote) {
  if (more_may_come()) return Scan::kStarved;
  if (quote == kNone) return fail_size();
  return fail("unterminated_quote", quote, "the cell that begins here with a quote is never closed",
              "close it, or double the quote if it belongs to the text");
}

CsvReader::Scan CsvReader::fail_size() {
  return fail("row_too_large", 0, "the row is larger than the limit", "send fewer or shorter cells a row");
}

CsvReader::Scan CsvReader::fail(const char* code, size_t at, const char* message, const char* fix) {
  const bool one_line = breaks_ == 0 && std::string_view(code) != "unterminated_quote";
  bad_first_cell_ = one_line && row_.starts.size() > 1 ? row_.cells[0] : std::string_view();
  row_.raw = window_;
  const CsvRow::Position place = row_.position(at);
  error_ = RowError{place.line, place.column, code, message, fix};
  return Scan::kBad;
}

// Leaves out the first line of the row that failed; says so once its end has been seen, so that offset() is
// never within it then.
CsvReader::Next CsvReader::skip_bad_line() {
  const size_t line_break = text_.find(options_.line_end);
  skipping_ = line_break == kNone && !is_last_;
  if (line_break == kNone)
    advance(text_.size(), 0);
  else
    advance(line_break + 1, 1);
  return skipping_ ? Next::kStarved : Next::kBad;
}

void CsvReader::advance(size_t size, uint64_t lines) {
  text_.remove_prefix(size);
  offset_ += size;
  line_ += lines;
}

CsvFrame read_csv_frame(std::string_view beginning) {
  CsvFrame frame{.line_end = line_end_of(beginning)};
  const size_t mark = beginning.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const size_t line_break = beginning.find(frame.line_end, mark);
  if (line_break == kNone) return frame;
  std::string_view line = beginning.substr(mark, line_break - mark);
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > 2 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || !line.starts_with("sep=")) return frame;
  frame.delimiter = line[4];
  frame.offset = line_break + 1;
  frame.line = 2;
  return frame;
}

}  // namespace pinrelay::sources
