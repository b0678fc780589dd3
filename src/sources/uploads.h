// Files that came over the API and wait to be imported, in a folder of the store: u-<32 hex digits>.csv or
// .ndjson, ".part" behind it while it is being written; of mode 0600. They hold people's data as it was sent,
// so each is there until its import has ended, and without one for a day.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sources/row_stream.h"
#include "store/store.h"

namespace pinrelay::sources {

struct Upload {
  std::string name;  // "u-…"
  RowFormat format = RowFormat::kCsv;
  uint64_t bytes = 0;
  Time at{};  // when it was whole
};

constexpr uint64_t kUploadBytesMax = 8ULL << 30;
constexpr size_t kUploadsMax = 20;  // that wait, or are on their way
constexpr Millis kUploadKept{24 * 3'600'000};

// Of the files in the folder, by their names there: whether their import has ended.
using UploadImports = std::map<std::string, bool>;
UploadImports upload_imports(const std::vector<store::ImportRow>& rows);

// Plain work on files, without memory of its own: for any thread.
class UploadFolder {
 public:
  explicit UploadFolder(const store::Store& store) : path_(store.directory() + "/uploads") {}

  // Oldest first.
  std::vector<Upload> list() const;
  Result<Upload> find(const std::string& name) const;
  std::string path(const Upload& upload) const;
  Result<void> remove(const std::string& name) const;
  // Removes those whose import has ended, and those without one after kUploadKept.
  void tidy(const UploadImports& imports, Time now) const;

  // A new one to write to, or what keeps it from being made. The folder is made when it is not there.
  Result<int> create(const Upload& upload) const;
  // Makes what was written durable under its name.
  Result<void> keep(int fd, const Upload& upload) const;
  void drop(const Upload& upload) const;
  // What a killed process has left half-written.
  void drop_unfinished() const;
  uint64_t free_bytes() const;
  // For messages: what went wrong there.
  Error failure(int code) const;

 private:
  std::string part(const Upload& upload) const { return path(upload) + ".part"; }
  Result<void> make() const;

  const std::string path_;
};

}  // namespace pinrelay::sources
