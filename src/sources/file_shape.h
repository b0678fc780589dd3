// What kind of file it is: format, encoding, delimiter. Decided here, once, for previews, imports and uploads
// alike, by what a person said, else by the file's name and its beginning.
#pragma once

#include "sources/row_stream.h"

namespace pinrelay::sources {

// What a person said about a file; what is not there is found out.
struct FileWishes {
  std::string path = {};
  std::optional<RowFormat> format = {};
  char delimiter = 0;
  std::string encoding = {};      // any name that ICU knows
  std::string key_column = {};    // CSV
  InputLimits* limits = nullptr;  // that its rows meet; null: none
};

struct FileShape {
  RowFormat format = RowFormat::kNdjson;
  std::string encoding;  // canonical; "": UTF-8
  char delimiter = ',';  // CSV
  // CSV: the names of its columns, and the one that seems to tell people apart, unless it was given.
  std::vector<std::string> header;
  std::string key_column;
};

// kInvalid: a file that holds no rows as we read them (a workbook, an archive, a JSON array), or one in an
// encoding that has to be named. Reads the file until its encoding is certain, at most `survey_bytes_max` of
// it.
Result<FileShape> decide_shape(const FileWishes& wishes, uint64_t survey_bytes_max = UINT64_MAX);

// Whether an error of that code says that a file holds no rows as we read them.
bool is_refused_file(std::string_view code);

// By the ending of the name; nothing when that says nothing.
std::optional<RowFormat> format_of_name(std::string_view path);

// The delimiter that makes the most regular table of `text`, and the column of it that tells people apart:
// one of a usual name, else the first that is filled and differs in every row.
struct CsvGuess {
  char delimiter = ',';
  std::vector<std::string> header;
  std::string key_column;
};
CsvGuess guess_csv(std::string_view text, bool is_all, char delimiter, const std::string& key_column);

}  // namespace pinrelay::sources
