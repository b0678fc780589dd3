#include "store/db.h"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace pinrelay::store {
namespace {

constexpr int kBusyMillis = 5'000;
constexpr const char* kRestore = "stop the service and run 'pinrelay restore' with the last backup";

// What a person can do about a failure decides its kind: a full disk passes, damage and a failing disk do
// not.
Error describe_failure(int code, const std::string& path, const char* text) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {ErrorKind::kUnavailable, "disk_full", "the disk is full", path,
              "make room; work goes on by itself"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::kUnavailable, "store_busy", "the store is busy", path, "try again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorKind::kUnavailable, "store_not_writable",
              fmt::format("the store cannot be written: {}", text), path,
              "check owner, permissions and that the file system is not read-only"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorKind::kCorrupt, "store_corrupt", fmt::format("the store is damaged: {}", text), path,
              kRestore};
    case SQLITE_IOERR:
      return {ErrorKind::kCorrupt, "store_io", fmt::format("the disk failed: {} ({})", text, code), path,
              "check the disk; nothing that was not acknowledged is lost by stopping"};
    default:
      return {ErrorKind::kInternal, "store_internal", fmt::format("{} ({})", text, code), path,
              "report this"};
  }
}

}  // namespace

Result<std::unique_ptr<Db>> Db::open(const DbOptions& options) {
  std::unique_ptr<Db> db(new Db);
  db->path_ = options.path;
  const int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const bool existed = ::access(options.path.c_str(), F_OK) == 0;
  const int code = sqlite3_open_v2(options.path.c_str(), &db->handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return describe_failure(code, options.path, sqlite3_errstr(code));
  // Personal data; the files that SQLite puts beside it take the mode over.
  if (!existed && !options.read_only) ::chmod(options.path.c_str(), 0600);
  sqlite3_extended_result_codes(db->handle_, 1);
  sqlite3_busy_timeout(db->handle_, kBusyMillis);
  // First, as the change of the journal's mode is a write too.
  db->exec(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
  db->exec("PRAGMA page_size=4096");
  if (!options.read_only) {
    db->exec(options.write_ahead_log ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
  }
  if (options.pages_max > 0) db->exec(fmt::format("PRAGMA max_page_count={}", options.pages_max).c_str());
  db->exec(fmt::format("PRAGMA cache_size=-{}", options.cache_bytes / 1024).c_str());
  // Pages of the write-ahead log before a checkpoint (256 MiB): a page that changes often is copied back
  // once.
  db->exec("PRAGMA wal_autocheckpoint=65536");
  db->exec("PRAGMA journal_size_limit=268435456");
  db->overwrite_deleted(true);
  db->exec("PRAGMA temp_store=MEMORY");
  if (db->failure_) return *db->failure_;
  return db;
}

Db::~Db() { sqlite3_close_v2(handle_); }

void Db::begin() { exec("BEGIN"); }

Result<void> Db::commit() {
  if (!failure_) exec("COMMIT");
  if (!failure_) return {};
  Error error = *failure_;
  rollback();
  return error;
}

void Db::rollback() {
  if (!sqlite3_get_autocommit(handle_)) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  overwrite_deleted(true);
  failure_.reset();
}

void Db::exec(const char* sql) {
  if (failure_) return;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Db::overwrite_deleted(bool yes) {
  // Also after a failure, when exec() does nothing any more.
  const char* sql = yes ? "PRAGMA secure_delete=ON" : "PRAGMA secure_delete=OFF";
  if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code);
}

Result<void> Db::checkpoint() {
  sqlite3_busy_timeout(handle_, 0);
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle_, kBusyMillis);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) return {};
  fail(code);
  Error error = *failure_;
  failure_.reset();
  return error;
}

void Db::fail(int code) {
  if (failure_) return;
  // SQLite calls only some of them "full": a quota, or the shared index of the write-ahead log, comes as an
  // I/O error.
  const int system = sqlite3_system_errno(handle_);
  const bool no_room = (code & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT);
  failure_ = describe_failure(no_room ? SQLITE_FULL : code, path_, sqlite3_errmsg(handle_));
}

void Db::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
}

void Db::fail_damaged(const char* what) {
  fail({ErrorKind::kCorrupt, "store_corrupt", fmt::format("{} is damaged", what), path_, kRestore});
}

Statement::Statement(Db& db, const char* sql) : db_(db), sql_(sql) {}

bool Statement::prepare() {
  if (db_.failure()) return false;
  if (statement_ != nullptr) {
    // Binding to a statement that somebody left in the middle of its rows would silently do nothing.
    sqlite3_reset(statement_);
    return true;
  }
  const int code =
      sqlite3_prepare_v3(db_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) db_.fail(code);
  return code == SQLITE_OK;
}

bool Statement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) db_.fail(code);
  sqlite3_reset(statement_);
  return false;
}

}  // namespace pinrelay::store
