// Copies of a store: made while it is in use, checked, and put in the place of a missing one.
#include <fmt/format.h>
#include <unistd.h>

#include "store/folder.h"
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

// A number of the store that a copy is to have.
struct Mark {
  const char* name;
  int64_t value;
};

Result<void> put_mark(const std::string& path, const Mark& mark) {
  auto db = TRY(Db::open({.path = path, .write_ahead_log = false}));
  db->begin();
  Statement put(*db, "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)");
  put.run(mark.name, mark.value);
  return db->commit();
}

constexpr const char* kPart = ".part";  // what is not complete yet

Result<void> write_parts(const Store::Unpack& unpack, const std::string& to, const Mark& mark) {
  TRY(unpack(to + kMainFile + kPart, to + kInboxFile + kPart));
  TRY(put_mark(to + kMainFile + kPart, mark));
  TRY(check_file(to + kInboxFile + kPart, check_inbox));
  return check_file(to + kMainFile + kPart, check_main);
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

Result<void> make_store(const Store::Unpack& unpack, const std::string& to, const Mark& mark) {
  TRY(make_directory(to));
  const int lock = TRY(lock_directory(to));
  Result<void> made;
  if (file_exists(to + kMainFile) || file_exists(to + kInboxFile)) {
    made = Error{ErrorKind::kConflict, "target_exists", "there is a store here already", to,
                 "name another folder, or move it away"};
  } else {
    remove_parts(to);
    made = write_parts(unpack, to, mark);
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
  return make_store(copy_of(from), to, {"backed_up_at", to_millis(now)});
}

Result<void> Store::restore(const std::string& from, const std::string& to) {
  TRY(check(from));
  return restore(copy_of(from), to);
}

Result<void> Store::restore(const Unpack& unpack, const std::string& to) {
  return make_store(unpack, to, {"restored", 1});
}

Result<void> Store::check(const std::string& directory) {
  if (!file_exists(directory + kMainFile)) return no_store(directory);
  TRY(check_file(directory + kMainFile, check_main));
  return check_file(directory + kInboxFile, check_inbox);
}

}  // namespace pinrelay::store
