// Reads a file of change rows (NDJSON) or of profiles (CSV) batch by batch, in bounded memory, so that an
// importer can keep what each batch gave together with the place where the next one begins, and go on from
// there after a crash. Places are offsets in the file, whatever its encoding.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "sources/change_rows.h"
#include "sources/csv_rows.h"
#include "sources/row_error.h"
#include "sources/text_file.h"

namespace pinrelay::sources {

enum class RowFormat { kNdjson, kCsv };

struct RowStreamOptions {
  std::string path;
  RowFormat format = RowFormat::kNdjson;
  char delimiter = ',';            // CSV: one ASCII character, no quote, no line break
  std::string key_column = "key";  // CSV
  std::string encoding = {};       // as canonical_encoding gives it; "": UTF-8
  // Whoever has a profile row enters this audience right behind it, at the row's time but not before `as_of`;
  // "": nobody does.
  std::string audience = {};
  Time as_of{};
  InputLimits* limits = nullptr;  // null: none
  // Where to begin: 0 and 1, or what an earlier batch ended with.
  uint64_t offset = 0, line = 1;
};

struct RowBatch {
  uint64_t rows = 0, accepted = 0;
  std::vector<RowError> errors;  // all of them: rows - accepted
  // Keys of bad rows, as far as they could be read: nobody of them has left because of that.
  std::vector<std::string> keys_of_bad;
  Drops dropped;                  // from accepted rows
  uint64_t offset = 0, line = 1;  // where the next batch begins
  bool end = false;               // nothing follows

  // How many bad rows there are whose key could not be read.
  uint64_t unreadable() const { return errors.size() - keys_of_bad.size(); }

  // A batch ends early at so many errors, so that a file of nothing but errors takes no more memory.
  static constexpr size_t kErrorsMax = 1'000;
};

// Lines of one key that follow one another are one request (store/change.h), and no batch ends between them;
// at most so many, and so many bytes of changes.
constexpr size_t kRunLinesMax = 1'000;
constexpr size_t kRunBytesMax = 16 * 1024 * 1024;

class RowStream {
 public:
  // Checks that `path` is a file we can read; for CSV reads the header (its error's `where` is
  // path:line:column). The file must stay as it is until the end: next() fails when it changes.
  static Result<std::unique_ptr<RowStream>> open(RowStreamOptions options);

  // Reads about `bytes_max` bytes of the file, at least one row, and appends the changes of the good rows.
  // After an error nothing was appended, and the stream is spent.
  Result<RowBatch> next(size_t bytes_max, const RowTime& time, Bytes& changes);
  // As it was opened.
  const InputFile& file() const { return text_.file(); }

 private:
  RowStream(RowStreamOptions options, TextFile text);
  Result<void> start();
  Result<void> read_header();
  void count(std::optional<RowError> error, uint64_t line, std::string_view key, RowBatch& batch) const;
  // Where a row begins.
  struct Place {
    uint64_t offset = 0, line = 1;
  };
  Result<void> read_rows(size_t bytes_max, const RowTime& time, Bytes& changes, RowBatch& batch);
  bool join(Bytes& changes, size_t row);
  void enter_behind(Bytes& changes, int64_t at);
  Result<void> read_row(const RowTime& time, store::ChangeWriter& out, RowBatch& batch);
  Result<void> read_csv_row(const RowTime& time, store::ChangeWriter& out, RowBatch& batch);
  Result<void> read_ndjson_row(const RowTime& time, store::ChangeWriter& out, RowBatch& batch);
  Result<void> skip_long_line(RowBatch& batch);
  Result<void> fill();
  Result<void> feed_csv();

  Place place() const;
  std::string_view unread() const { return {buffer_.data() + used_, filled_ - used_}; }
  // Offsets in the text.
  uint64_t offset() const { return base_ + used_; }
  bool all_in_buffer() const { return text_.at_end(); }
  bool is_end(uint64_t at) const { return all_in_buffer() && at == base_ + filled_; }
  bool is_csv() const { return options_.format == RowFormat::kCsv; }

  const RowStreamOptions options_;
  TextFile text_;
  std::vector<char> buffer_;      // what stands in the text at base_, and space to read ahead
  size_t filled_ = 0, used_ = 0;  // of buffer_
  uint64_t base_;
  uint64_t line_;
  ChangeRowParser ndjson_;
  CsvFrame frame_;
  CsvReader csv_;
  CsvRows csv_rows_;
  std::string key_;                       // of the line before
  size_t run_lines_ = 0, run_bytes_ = 0;  // of its run; 0: the next line begins one
  // The row that had to be read to know that the last batch may end before it.
  Bytes carried_;
  Place carried_at_;
  Drops carried_dropped_;
};

}  // namespace pinrelay::sources
