// Reads CSV by RFC 4180 from pieces of a file: quotes, doubled quotes, line breaks within quotes, LF with any
// number of CR before it or CR alone, a byte order mark. Between two rows the reader's whole state is an
// offset and a line number, so reading can stop there and go on from there later, in another process.
//
// A row that is not CSV costs its first line only: reading goes on at the next line, so that a stray quote
// does not swallow the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sources/row_error.h"

namespace pinrelay::sources {

struct CsvOptions {
  char delimiter = ',';
  char line_end = '\n';                 // or '\r', where no LF follows it
  size_t row_bytes_max = kRowBytesMax;  // a row of more bytes, line breaks counted, is an error
};

struct CsvRow {
  char line_end = '\n';
  uint64_t line = 0;                    // where it begins, 1-based
  std::string_view raw;                 // without its line end
  std::vector<std::string_view> cells;  // without quotes
  std::vector<uint32_t> starts;         // where each cell begins in `raw`, its quote counted

  struct Position {
    uint64_t line;
    uint32_t column;
  };
  // Of a place in `raw`.
  Position position(size_t offset) const;
};

class CsvReader {
 public:
  enum class Next {
    kRow,      // row() is the next row; its views are good until the next call of next() or feed()
    kBad,      // error() says what is wrong with the row that was there
    kStarved,  // feed() more first
    kEnd,
  };

  // `offset` and `line` say where in the file reading begins.
  explicit CsvReader(CsvOptions options, uint64_t offset = 0, uint64_t line = 1);

  // Gives what the file holds from offset() on; `is_last` when nothing follows it. The memory must stay until
  // the next feed(). A reader that starves on row_bytes_max + 4 bytes always gets further.
  void feed(std::string_view text, bool is_last);
  Next next();

  const CsvRow& row() const { return row_; }
  const RowError& error() const { return error_; }
  // After kBad: the first cell of the row, when it was whole and the row spans one line; else "".
  const std::string& first_cell_of_bad() const { return bad_first_cell_; }
  // What has been read: after kRow and kBad, where the next row begins.
  uint64_t offset() const { return offset_; }
  uint64_t line() const { return line_; }

 private:
  enum class Scan { kDone, kStarved, kBad };

  bool skip_byte_order_mark();
  bool skip_blank_lines();
  Scan scan_row();
  Scan scan_bare_cell();
  Scan scan_quoted_cell();
  Scan end_cell();
  Scan out_of_text(size_t quote);
  Scan fail(const char* code, size_t at, const char* message, const char* fix);
  Scan fail_size();
  Next skip_bad_line();
  void advance(size_t size, uint64_t lines);
  // A row of the largest size and its line end; with so much in sight every row can be judged.
  size_t window_bytes_max() const { return options_.row_bytes_max + 4; }
  bool is_lf() const { return options_.line_end == '\n'; }
  bool more_may_come() const { return !is_last_ && text_.size() < window_bytes_max(); }

  CsvOptions options_;
  bool ends_cell_[256] = {};  // delimiter, quote, line break: where a bare cell may end
  uint64_t offset_, line_;
  std::string_view text_;  // from offset_ on
  bool is_last_ = false;
  bool skipping_ = false;  // within a bad line whose end was not in sight

  std::string_view window_;  // text_ up to the size limit of a row
  size_t at_ = 0;            // in window_
  uint64_t breaks_ = 0;      // line breaks met within quotes
  bool row_ends_ = false;
  CsvRow row_;
  std::string unquoted_;  // cells that held doubled quotes; never grows while a row is read
  RowError error_;
  std::string bad_first_cell_;
};

// How a CSV file is written, by its beginning.
struct CsvFrame {
  char line_end = '\n';
  char delimiter = 0;   // of a first line "sep=;", which spreadsheets write and read; 0: there is none
  uint64_t offset = 0;  // where the header begins
  uint64_t line = 1;
};
CsvFrame read_csv_frame(std::string_view beginning);

}  // namespace pinrelay::sources
