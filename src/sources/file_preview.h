// What a file of rows looks like, told from its beginning: before it is imported, and without keeping
// anything.
#pragma once

#include <functional>
#include <span>

#include "sources/file_shape.h"

namespace pinrelay::sources {

struct ColumnPreview {
  std::string name;  // of a field; masked where it looks like data
  store::ValueType type = store::ValueType::kNull;
  uint64_t filled = 0;               // rows that have it
  std::vector<std::string> samples;  // masked, different ones
};

struct FilePreview {
  uint64_t bytes = 0;  // of the whole file
  RowFormat format = RowFormat::kNdjson;
  std::string encoding;  // "": UTF-8
  char delimiter = ',';
  std::string key_column;
  uint64_t rows = 0, bad_rows = 0;  // among those looked at
  bool whole = false;               // all of them were
  std::vector<ColumnPreview> columns;
  DropCounts dropped;              // values left out of the others
  std::vector<RowError> mistakes;  // the first ones: of bad rows, then of dropped values
};

// By its first rows, about 256 KiB. What is wrong with the file's content is among the mistakes; an error is
// of the file itself.
Result<FilePreview> preview_file(const FileWishes& wishes, Time now);

// One row of a sample, as an import would read it.
struct SampleRow {
  uint64_t line = 0;                      // where it begins
  std::optional<RowError> error;          // or it has been read:
  ByteView change;                        // as ChangeReader takes it
  std::span<const DroppedValue> dropped;  // what was left out of it
};

// Reads a file row by row until visit returns false; at most kSampleBytesMax of text.
Result<void> read_sample(const FileWishes& wishes, Time now,
                         const std::function<bool(const SampleRow&)>& visit);
constexpr size_t kSampleBytesMax = 256 * 1024 * 1024;

}  // namespace pinrelay::sources
