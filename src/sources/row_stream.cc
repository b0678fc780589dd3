#include "sources/row_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace pinrelay::sources {
namespace {

// Two of the largest rows, so that filling it is worth a read even when nearly one row is left over.
constexpr size_t kBufferBytes = 2 * kRowBytesMax + 4096;

Error header_error(const std::string& path, const RowError& error) {
  return Error{ErrorKind::kInvalid, error.code, error.message,
               fmt::format("{}:{}:{}", path, error.line, error.column), error.fix};
}

}  // namespace

RowStream::RowStream(RowStreamOptions options, TextFile text)
    : options_(std::move(options)),
      text_(std::move(text)),
      buffer_(kBufferBytes + JsonRowReader::kReadAhead),
      base_(options_.offset),
      line_(options_.line),
      ndjson_(RowNames(options_.limits)),
      csv_({.delimiter = options_.delimiter}),
      csv_rows_(RowNames(options_.limits)) {}

Result<std::unique_ptr<RowStream>> RowStream::open(RowStreamOptions options) {
  const auto delimiter = static_cast<unsigned char>(options.delimiter);
  const bool is_control = delimiter < 0x20 && delimiter != '\t';
  if (delimiter == '"' || is_control || delimiter > 0x7e)
    return Error{ErrorKind::kInvalid, "bad_delimiter", "this cannot be a delimiter", options.path,
                 "use a comma, a semicolon, a tab or another single ASCII character"};
  InputFile file = TRY(InputFile::open(options.path));
  if (options.offset > file.size())
    return Error{ErrorKind::kConflict, "file_changed", "the file is shorter than when its import began",
                 options.path, "start the import anew"};
  TextFile text(std::move(file), options.encoding);
  std::unique_ptr<RowStream> stream(new RowStream(std::move(options), std::move(text)));
  TRY(stream->start());
  return stream;
}

Result<void> RowStream::start() {
  if (is_csv()) TRY(read_header());
  if (!is_csv() || options_.offset > 0) {
    base_ = options_.offset;
    filled_ = used_ = 0;
    text_.seek(options_.offset);
    csv_ = CsvReader({.delimiter = options_.delimiter, .line_end = frame_.line_end}, options_.offset,
                     options_.line);
  }
  return {};
}

Result<void> RowStream::read_header() {
  base_ = 0;
  TRY(fill());
  frame_ = read_csv_frame(unread());
  csv_ =
      CsvReader({.delimiter = options_.delimiter, .line_end = frame_.line_end}, frame_.offset, frame_.line);
  CsvReader::Next next = csv_.next();
  for (; next == CsvReader::Next::kStarved; next = csv_.next()) TRY(feed_csv());
  const std::string& path = file().path();
  if (next == CsvReader::Next::kBad) return header_error(path, csv_.error());
  if (next == CsvReader::Next::kEnd)
    return Error{ErrorKind::kInvalid, "empty_file", "the file has no header", path,
                 "name the columns in its first row"};
  if (const auto error = csv_rows_.read_header(csv_.row(), options_.key_column))
    return header_error(path, *error);
  return {};
}

Result<RowBatch> RowStream::next(size_t bytes_max, const RowTime& time, Bytes& changes) {
  RowBatch batch;
  const size_t before = changes.size();
  auto done = read_rows(bytes_max, time, changes, batch);
  // Checked last: what was read before this is then known to be of the file as it was opened.
  if (done) done = file().check_unchanged();
  if (!done) {
    changes.resize(before);
    return std::move(done).error();
  }
  return batch;
}

RowStream::Place RowStream::place() const {
  if (options_.format == RowFormat::kCsv) return {csv_.offset(), csv_.line()};
  return {offset(), line_};
}

Result<void> RowStream::read_rows(size_t bytes_max, const RowTime& time, Bytes& changes, RowBatch& batch) {
  store::ChangeWriter out(changes);
  const uint64_t begin = carried_.empty() ? place().offset : carried_at_.offset;
  if (!carried_.empty()) batch.rows = batch.accepted = 1;
  batch.dropped = std::exchange(carried_dropped_, {});
  append(changes, std::exchange(carried_, {}));
  const auto full = [&] {
    return place().offset - begin >= std::max(bytes_max, size_t{1}) ||
           batch.errors.size() >= RowBatch::kErrorsMax;
  };
  Place end = place();
  while (!is_end(end.offset) && (run_lines_ > 0 || !full())) {
    const size_t row = changes.size();
    const uint64_t rows = batch.rows, errors = batch.errors.size();
    const bool was_full = full();
    // What a row loses that is carried over is the next batch's.
    Drops dropped;
    if (was_full) std::swap(dropped, batch.dropped);
    TRY(read_row(time, out, batch));
    if (was_full) std::swap(dropped, batch.dropped);
    const Place begun = std::exchange(end, place());
    if (batch.rows == rows) continue;  // a blank line, or more had to be read
    if (batch.errors.size() > errors) {
      run_lines_ = 0;
    } else if (join(changes, row) || !was_full) {
      batch.dropped.add(dropped);
    } else {
      carried_.assign(changes.begin() + static_cast<ptrdiff_t>(row), changes.end());
      changes.resize(row);
      --batch.rows, --batch.accepted;
      carried_at_ = end = begun;
      carried_dropped_ = std::move(dropped);
      break;
    }
  }
  if (carried_.empty()) run_lines_ = 0;
  batch.offset = TRY(text_.place_of(end.offset));
  batch.line = end.line;
  batch.end = is_end(end.offset);
  return {};
}

// `key`: of a bad row, "" when it could not be read.
void RowStream::count(std::optional<RowError> error, uint64_t line, std::string_view key,
                      RowBatch& batch) const {
  ++batch.rows;
  if (!error) {
    ++batch.accepted;
    return;
  }
  if (error->line == 0) error->line = line;
  batch.errors.push_back(std::move(*error));
  if (!key.empty()) batch.keys_of_bad.emplace_back(key);
}

// A good line has been read, whose change begins at `row`; true when it continues the run of the line before.
bool RowStream::join(Bytes& changes, size_t row) {
  store::ChangeReader reader(ByteView(changes).subspan(row));
  store::ChangeView change;
  reader.next(change);
  const bool joins =
      run_lines_ > 0 && run_lines_ < kRunLinesMax && run_bytes_ < kRunBytesMax && key_ == change.key;
  if (!joins) {
    key_ = change.key;
    run_lines_ = run_bytes_ = 0;
  }
  const bool has_profile = change.type == store::ChangeType::kProfile;
  const int64_t at = change.at;
  if (joins) store::continue_request(changes, row);
  if (has_profile && !options_.audience.empty()) enter_behind(changes, at);
  ++run_lines_;
  run_bytes_ += changes.size() - row;
  return joins;
}

// Behind its own row, so that a later row of the file can undo it.
void RowStream::enter_behind(Bytes& changes, int64_t at) {
  const size_t row = changes.size();
  store::ChangeWriter enter(changes);
  enter.begin(store::ChangeType::kEnter, std::max(at, to_millis(options_.as_of)), key_, options_.audience);
  enter.end();
  store::continue_request(changes, row);
}

Result<void> RowStream::read_row(const RowTime& time, store::ChangeWriter& out, RowBatch& batch) {
  return options_.format == RowFormat::kCsv ? read_csv_row(time, out, batch)
                                            : read_ndjson_row(time, out, batch);
}

Result<void> RowStream::read_csv_row(const RowTime& time, store::ChangeWriter& out, RowBatch& batch) {
  switch (csv_.next()) {
    case CsvReader::Next::kRow: {
      auto error = csv_rows_.write(csv_.row(), time.at, out);
      if (csv_rows_.is_blank()) return {};
      if (!error) batch.dropped.add(csv_rows_.dropped(), csv_.row().line);
      count(std::move(error), 0, csv_rows_.key_of_bad(), batch);
      return {};
    }
    case CsvReader::Next::kBad:
      count(csv_.error(), 0, csv_rows_.key_of_first_cell(csv_.first_cell_of_bad()), batch);
      return {};
    case CsvReader::Next::kStarved:
      return feed_csv();
    case CsvReader::Next::kEnd:
      return {};
  }
  return {};
}

Result<void> RowStream::feed_csv() {
  used_ = static_cast<size_t>(csv_.offset() - base_);
  TRY(fill());
  csv_.feed(unread(), all_in_buffer());
  return {};
}

// One line; a blank one is not counted as a row.
Result<void> RowStream::read_ndjson_row(const RowTime& time, store::ChangeWriter& out, RowBatch& batch) {
  size_t size = unread().find('\n');
  if (size == std::string_view::npos && !all_in_buffer()) {
    TRY(fill());
    size = unread().find('\n');
    if (size == std::string_view::npos && !all_in_buffer()) return skip_long_line(batch);
  }
  if (unread().empty()) return {};
  std::string_view line = unread().substr(0, size);
  used_ += std::min(line.size() + 1, unread().size());
  const bool at_start = base_ == 0 && line.data() == buffer_.data();
  if (at_start && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  line = trim_line(line);
  if (!line.empty()) {
    auto error = ndjson_.parse(line, buffer_.data() + buffer_.size(), time, out);
    if (!error) batch.dropped.add(ndjson_.dropped(), line_);
    const std::string_view key = error ? ndjson_.key_of_bad() : std::string_view();
    count(std::move(error), line_, key, batch);
  }
  ++line_;
  return {};
}

// A line that does not fit into the buffer is far larger than a row may be.
Result<void> RowStream::skip_long_line(RowBatch& batch) {
  size_t line_break = std::string_view::npos;
  while (line_break == std::string_view::npos && !unread().empty()) {
    line_break = unread().find('\n');
    used_ += std::min(line_break, unread().size() - 1) + 1;
    if (line_break == std::string_view::npos) TRY(fill());
  }
  count(row_too_large(), line_++, {}, batch);
  return {};
}

// Moves what is unread to the front and reads behind it.
Result<void> RowStream::fill() {
  std::memmove(buffer_.data(), buffer_.data() + used_, filled_ - used_);
  base_ += used_;
  filled_ -= used_;
  used_ = 0;
  filled_ += TRY(text_.read(std::span(buffer_).subspan(filled_, kBufferBytes - filled_)));
  return {};
}

}  // namespace pinrelay::sources
