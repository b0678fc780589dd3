// What a file of rows looks like, told from its beginning: before it is imported, and without keeping
// anything.
#pragma once

#include "sources/row_stream.h"

namespace pinrelay::sources {

struct ColumnPreview {
  std::string name;  // of a field; masked where it looks like data
  store::ValueType type = store::ValueType::kNull;
  uint64_t filled = 0;               // rows that have it
  std::vector<std::string> samples;  // masked, different ones
};

struct FilePreview {
  uint64_t bytes = 0;  // of the whole file
  char delimiter = ',';
  std::string key_column;
  uint64_t rows = 0, bad_rows = 0;  // among those looked at
  bool whole = false;               // all of them were
  std::vector<ColumnPreview> columns;
  std::vector<RowError> mistakes;  // the first ones
};

struct PreviewOptions {
  std::string path;
  RowFormat format = RowFormat::kCsv;
  char delimiter = 0;           // 0: guessed
  std::string key_column = {};  // "": guessed
};

// By its first rows, about 256 KiB. What is wrong with the file's content is among the mistakes; an error is
// of the file itself.
Result<FilePreview> preview_file(const PreviewOptions& options, Time now);

// The delimiter that makes the most regular table of `text`, and the column of it that tells people apart:
// one of a usual name, else the first that is filled and differs in every row.
struct CsvGuess {
  char delimiter = ',';
  std::vector<std::string> header;
  std::string key_column;
};
CsvGuess guess_csv(std::string_view text, bool is_all, char delimiter, const std::string& key_column);

}  // namespace pinrelay::sources
