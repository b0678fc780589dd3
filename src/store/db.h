// SQLite, wrapped once. Only src/store includes this. A failed statement does not return an error at each
// call: the database remembers the first failure, every later call does nothing, and commit() reports it and
// rolls back. So code between begin() and commit() reads straight, and nothing that follows a failure can
// become durable. begin() does not forget an earlier failure: what was built on a read that failed, inside a
// transaction or before it, must not be committed.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace pinrelay::store {

struct DbOptions {
  std::string path;
  size_t cache_bytes = 32 * 1024 * 1024;
  bool durable = true;  // false: no fsync, for tests that lose nothing but time by it
  bool read_only = false;
  bool write_ahead_log = true;  // false: one plain file, for copies
  int64_t pages_max = 0;        // of 4,096 bytes; beyond it the disk counts as full. 0: no bound
};

class Db {
 public:
  static Result<std::unique_ptr<Db>> open(const DbOptions& options);
  ~Db();
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  void begin();
  Result<void> commit();  // rolls back and returns the remembered failure, when there is one
  void rollback();

  void exec(const char* sql);
  // Whether what is deleted is written over (it is, unless told otherwise).
  void overwrite_deleted(bool yes);
  // Writes the whole write-ahead log to its place and empties it; outside transactions. Not while somebody
  // else reads: then it is left for another time.
  Result<void> checkpoint();
  // What went wrong first since the last commit() or rollback().
  const std::optional<Error>& failure() const { return failure_; }
  void fail(int code);
  void fail(Error error);
  // Fails with kCorrupt: "<what> is damaged".
  void fail_damaged(const char* what);
  // Rows inserted, changed or deleted since it was opened.
  int64_t writes() const { return sqlite3_total_changes64(handle_); }
  sqlite3* handle() { return handle_; }

 private:
  Db() = default;
  sqlite3* handle_ = nullptr;
  std::string path_;
  std::optional<Error> failure_;
};

// One prepared statement. run() for those without rows; first()/next() for those with: after the last row, or
// after done(), it is ready again. What is bound must live until then. Column views live until the next call.
class Statement {
 public:
  Statement(Db& db, const char* sql);
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <typename... Args>
  void run(const Args&... args) {
    if (first(args...)) done();
  }
  template <typename... Args>
  bool first(const Args&... args) {
    if (!prepare()) return false;
    int index = 0;
    (bind(++index, args), ...);
    return next();
  }
  // Binds what `give` passes to its argument, in order, and runs.
  template <typename Give>
  void bind_each(Give give) {
    if (!prepare()) return;
    int index = 0;
    give([&](const auto& value) { bind(++index, value); });
    if (next()) done();
  }
  bool next();
  void done() { sqlite3_reset(statement_); }

  int64_t integer(int column) { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) { return std::string(as_text(blob(column))); }
  ByteView blob(int column) {
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const uint8_t*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  bool prepare();
  void bind(int index, int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, uint64_t value) { sqlite3_bind_int64(statement_, index, static_cast<int64_t>(value)); }
  void bind(int index, int value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, unsigned value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, bool value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, ByteView value) {
    // A null pointer would bind NULL; an empty blob is a value.
    sqlite3_bind_blob64(statement_, index, value.empty() ? "" : static_cast<const void*>(value.data()),
                        value.size(), SQLITE_STATIC);
  }
  void bind(int index, const Bytes& value) { bind(index, ByteView(value)); }
  void bind(int index, const Hash& value) { bind(index, ByteView(value)); }
  void bind(int index, std::string_view value) {
    sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  }
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  // Without this one a literal would silently become a bool.
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }

  Db& db_;
  const char* sql_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace pinrelay::store
