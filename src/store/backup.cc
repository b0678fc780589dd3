// Copies of a store: made while it is in use, checked, and put in the place of a missing one.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "store/folder.h"
#include "store/replay.h"
#include "store/seal.h"
#include "store/store.h"

namespace pinrelay::store {
namespace {

// For statements that give a place and the blob sealed for it.
void check_seals(Db& db, const char* sql, const char* what) {
  Statement all(db, sql);
  for (bool more = all.first(); more; more = all.next()) {
    ByteView blob = all.blob(1);
    if (!unseal(blob, static_cast<uint64_t>(all.integer(0)))) return db.fail_damaged(what);
  }
}

void check_main(Db& db) {
  LayeredMap::check(db, "person_chunk", "person_recent", 16);
  LayeredMap::check(db, "owned_chunk", "owned_recent", 16);
  LayeredMap::check(db, "ledger_chunk", "ledger_recent", 32);
  check_seals(db, "SELECT first, entries FROM change_log", "the change log");
  check_seals(db, "SELECT list, entries FROM attempt", "an open attempt");
  ClaimMap::check(db);
  check_seals(db, "SELECT place & 0x3fffffffffff, bytes FROM event", "a frozen event");
  check_seals(db, "SELECT place, bytes FROM event_page", "a page of frozen events");
  check_seals(db,
              "SELECT place, key FROM event_page LEFT JOIN event_page_key USING (place) WHERE key IS NOT X''",
              "the key of a page of frozen events");
  check_seals(db, "SELECT request, entries FROM event_attempt", "an attempt of events");
}

void check_inbox(Db& db) { check_seals(db, "SELECT 0, changes FROM inbox", "an accepted row"); }

Result<void> check_file(const std::string& path, void (*check_content)(Db&)) {
  auto db = TRY(Db::open({.path = path, .read_only = true}));
  Statement check(*db, "PRAGMA integrity_check(5)");
  std::string found;
  for (bool more = check.first(); more; more = check.next()) {
    if (check.text(0) != "ok") found += (found.empty() ? "" : "; ") + check.text(0);
  }
  if (!found.empty()) {
    return Error{ErrorKind::kCorrupt, "store_corrupt", "the store is damaged: " + found, path,
                 "run 'pinrelay restore' with the last backup"};
  }
  check_content(*db);
  if (db->failure()) return *db->failure();
  return {};
}

Result<void> copy_database(const std::string& from, const std::string& to) {
  auto source = TRY(Db::open({.path = from, .read_only = true}));
  auto target = TRY(Db::open({.path = to, .write_ahead_log = false}));
  sqlite3_backup* backup = sqlite3_backup_init(target->handle(), "main", source->handle(), "main");
  if (backup == nullptr) {
    target->fail(sqlite3_errcode(target->handle()));
    return *target->failure();
  }
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) target->fail(code);
  // The copied header says that there is a write-ahead log. A backup is one file that can be read anywhere.
  target->exec("PRAGMA journal_mode=DELETE");
  if (target->failure()) return *target->failure();
  return {};
}

// Numbers of the store that a copy is to have.
using Marks = std::vector<std::pair<const char*, int64_t>>;

Result<void> put_marks(const std::string& path, const Marks& marks) {
  auto db = TRY(Db::open({.path = path, .write_ahead_log = false}));
  db->begin();
  Statement put(*db, "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)");
  for (const auto& [name, value] : marks) put.run(name, value);
  return db->commit();
}

constexpr const char* kPart = ".part";  // what is not complete yet

// Does the rest with the two databases, once they have been checked.
using Finish = std::function<Result<void>(const std::string& main, const std::string& inbox)>;

Result<void> write_parts(const Store::Unpack& unpack, const std::string& to, const Finish& finish) {
  const std::string main = to + kMainFile + kPart, inbox = to + kInboxFile + kPart;
  TRY(unpack(main, inbox));
  TRY(check_file(inbox, check_inbox));
  TRY(check_file(main, check_main));
  return finish(main, inbox);
}

// Gives both parts their names, so that they survive a power cut.
Result<void> place_parts(const std::string& to) {
  for (const char* file : {kInboxFile, kMainFile}) {
    const std::string path = to + file;
    // A log that an earlier database of that name has left would be played into this one.
    for (const char* companion : {"-wal", "-shm", "-journal"}) ::unlink((path + companion).c_str());
    if (::rename((path + kPart).c_str(), path.c_str()) != 0)
      return io_error(path, "the copy cannot be named");
  }
  return sync_directory(to);
}

void remove_parts(const std::string& to) {
  for (const char* file : {kInboxFile, kMainFile}) {
    ::unlink((to + file + kPart).c_str());
    ::unlink((to + file + kPart + "-journal").c_str());
  }
}

Result<void> make_store(const Store::Unpack& unpack, const std::string& to, const Finish& finish) {
  TRY(make_directory(to));
  TRY(check_directory(to));
  const int lock = TRY(lock_directory(to));
  Result<void> made;
  if (file_exists(to + kMainFile) || file_exists(to + kInboxFile)) {
    made = Error{ErrorKind::kConflict, "target_exists", "there is a store here already", to,
                 "name another folder, or move it away"};
  } else {
    remove_parts(to);
    made = write_parts(unpack, to, finish);
    if (made) made = place_parts(to);
    if (!made) remove_parts(to);
  }
  ::close(lock);
  return made;
}

Store::Unpack copy_of(const std::string& from) {
  return [from](const std::string& main, const std::string& inbox) -> Result<void> {
    // The inbox first: a row that moves meanwhile from the inbox to the profiles is then in both, which is
    // harmless; the other way round it would be in neither.
    TRY(copy_database(from + kInboxFile, inbox));
    return copy_database(from + kMainFile, main);
  };
}

}  // namespace

Result<void> Store::backup(const std::string& from, const std::string& to, Time now) {
  if (!file_exists(from + kMainFile)) return no_store(from);
  return make_store(copy_of(from), to, [&](const std::string& main, const std::string&) {
    return put_marks(main, {{"backed_up_at", to_millis(now)}});
  });
}

// How far the afterwards file has got is looked at first: what it notes later may be in the copy or not, and
// is done again by a restore.
Result<void> Store::backup(const std::string& to, Time now) {
  int64_t through = 0;
  inbox_->between_commits([&] { through = afterwards_->last(); });
  TRY(make_store(copy_of(directory()), to, [&](const std::string& main, const std::string&) {
    return put_marks(main, {{"backed_up_at", to_millis(now)}, {"afterwards_through", through}});
  }));
  std::error_code failed;
  std::filesystem::copy_file(afterwards_->path(), fmt::format("{}/{}", to, kAfterwardsName), failed);
  errno = failed.value();
  if (failed) return io_error(afterwards_->path(), "the file cannot be copied");
  return {};
}

Result<Restored> Store::restore(const std::string& from, const std::string& to,
                                const RestoreOptions& options) {
  TRY(check(from));
  return restore(copy_of(from), to, options);
}

Result<Restored> Store::restore(const Unpack& unpack, const std::string& to, const RestoreOptions& options) {
  RestoreOptions complete = options;
  if (complete.afterwards.empty()) complete.afterwards = to + ".afterwards";
  Restored restored;
  TRY(make_store(unpack, to, [&](const std::string& main, const std::string& inbox) -> Result<void> {
    restored = TRY(put_away(main, inbox, complete));
    return {};
  }));
  return restored;
}

Result<void> Store::check(const std::string& directory) {
  if (!file_exists(directory + kMainFile)) return no_store(directory);
  TRY(check_file(directory + kMainFile, check_main));
  return check_file(directory + kInboxFile, check_inbox);
}

}  // namespace pinrelay::store
