#include "store/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "store/schema.h"
#include "store/seal.h"

namespace pinrelay::store {
namespace {

constexpr const char* kInboxFile = "/inbox.db";
constexpr int64_t kPageBytes = 4'096;
constexpr int64_t kHourMillis = 3600'000;
constexpr int64_t kRequestsKept = 1'000;
constexpr int64_t kRecordsKept = 100'000;

Error io_error(const std::string& where, const char* what) {
  return {ErrorKind::kUnavailable, "store_not_writable", fmt::format("{}: {}", what, strerror(errno)), where,
          "check the path, its owner and free space"};
}

// A new one is for its owner alone; one that exists stays as it is.
Result<void> make_directory(const std::string& directory) {
  std::error_code failed;
  if (std::filesystem::create_directories(directory, failed)) ::chmod(directory.c_str(), 0700);
  errno = failed.value();
  if (failed) return io_error(directory, "the store's folder cannot be made");
  return {};
}

Error no_store(const std::string& directory) {
  return {ErrorKind::kNotFound, "no_store", "there is no store here", directory,
          "name a store or backup folder"};
}

// The lock lives as long as the file descriptor, so a killed process leaves none behind.
Result<int> lock_directory(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(path, "the store's lock cannot be opened");
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return Error{ErrorKind::kConflict, "store_in_use", "another pinrelay process has this store open",
               directory, "use that one, or stop it first"};
}

Result<void> migrate(Db& db) {
  Statement version(db, "PRAGMA user_version");
  const int64_t seen = version.first() ? version.integer(0) : 0;
  version.done();
  const auto known = static_cast<int64_t>(std::size(kMigrations));
  if (seen > known) {
    return Error{ErrorKind::kConflict, "store_newer",
                 fmt::format("the store has version {}, this program knows {}", seen, known), "",
                 "use the newer program"};
  }
  for (int64_t i = seen; i < known; ++i) {
    db.begin();
    db.exec(kMigrations[i]);
    db.exec(fmt::format("PRAGMA user_version={}", i + 1).c_str());
    TRY(db.commit());
  }
  return {};
}

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

Result<void> write_parts(const std::string& from, const std::string& to, const Mark& mark) {
  // The inbox first: a row that moves meanwhile from the inbox to the profiles is then in both, which is
  // harmless; the other way round it would be in neither.
  TRY(copy_database(from + kInboxFile, to + kInboxFile + kPart));
  TRY(copy_database(from + kMainFile, to + kMainFile + kPart));
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
  const int fd = ::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return io_error(to, "the folder cannot be opened");
  const bool synced = ::fsync(fd) == 0;
  const Error error = io_error(to, "the folder cannot be written");
  ::close(fd);
  if (!synced) return error;
  return {};
}

void remove_parts(const std::string& to) {
  for (const char* file : {kInboxFile, kMainFile}) {
    ::unlink((to + file + kPart).c_str());
    ::unlink((to + file + kPart + "-journal").c_str());
  }
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<void> copy_store(const std::string& from, const std::string& to, const Mark& mark) {
  if (!file_exists(from + kMainFile)) return no_store(from);
  TRY(make_directory(to));
  const int lock = TRY(lock_directory(to));
  Result<void> copied;
  if (file_exists(to + kMainFile) || file_exists(to + kInboxFile)) {
    copied = Error{ErrorKind::kConflict, "target_exists", "there is a store here already", to,
                   "name another folder, or move it away"};
  } else {
    remove_parts(to);
    copied = write_parts(from, to, mark);
    if (copied) copied = place_parts(to);
    if (!copied) remove_parts(to);
  }
  ::close(lock);
  return copied;
}

}  // namespace

Store::Store(StoreOptions options, std::unique_ptr<Db> db, std::unique_ptr<Inbox> inbox, int lock)
    : options_(std::move(options)),
      db_(std::move(db)),
      inbox_(std::move(inbox)),
      lock_(lock),
      get_number_(*db_, "SELECT value FROM meta WHERE name = ?"),
      put_number_(*db_, "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)"),
      put_hour_(*db_,
                "INSERT INTO list_hour(list, hour, size, removed, withdrawn) VALUES (?1, ?2, ?3, ?4, ?5) "
                "ON CONFLICT DO UPDATE SET removed = removed + ?4, withdrawn = withdrawn + ?5"),
      get_hours_(*db_,
                 "SELECT hour, size, removed, withdrawn FROM list_hour WHERE list = ? AND hour >= ? ORDER BY "
                 "hour"),
      forget_removals_(*db_, "UPDATE list_hour SET removed = 0 WHERE list = ?"),
      request_times_(
          *db_, "SELECT at FROM request WHERE authorization = ? AND write IN (1, ?) AND at >= ? ORDER BY at"),
      end_record_(*db_, "UPDATE record SET retry = 0 WHERE number = ?"),
      end_records_(*db_, "UPDATE record SET retry = 0 WHERE retry = 1 AND profile = ?"),
      get_records_(*db_,
                   "SELECT number, job, at, profile, reason, request, detail, retry, claim, unknown FROM "
                   "record WHERE job = ?1 AND "
                   "(?3 = 0 OR number < ?3) ORDER BY number DESC LIMIT ?2"),
      trim_requests_(*db_,
                     "DELETE FROM request WHERE number <= (SELECT max(number) FROM request) - ?1 AND at < ?2 "
                     "AND verdict = 'done'"),
      trim_failures_(*db_, "DELETE FROM request WHERE at < ?"),
      trim_records_(*db_,
                    "DELETE FROM record WHERE number <= (SELECT max(number) FROM record) - ?1 OR at < ?2"),
      trim_hours_(*db_, "DELETE FROM list_hour WHERE hour < ?"),
      trim_answers_(*db_, "DELETE FROM kept_answer WHERE at < ?"),
      catalog(*db_),
      profiles(*db_, catalog),
      ledger(*db_, "ledger_chunk", "ledger_recent", 32),
      owned(*db_, "owned_chunk", "owned_recent", 16),
      queue(*db_),
      attempts(*db_),
      events(*db_),
      claims(*db_, options_.claims),
      jobs(*db_, "job"),
      lists(*db_, "list"),
      left(*db_, "left_owner"),
      runs(*db_, "run"),
      request_log(*db_, "request"),
      imports(*db_, "import"),
      record_log(*db_, "record"),
      authorizations(*db_, "authorization"),
      api_tokens(*db_, "api_token"),
      write_keys(*db_, "write_key"),
      kept_answers(*db_, "kept_answer"),
      users(*db_, "user"),
      sessions(*db_, "session"),
      audit(*db_),
      alerts(*db_) {}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  TRY(make_directory(options.directory));
  const int lock = TRY(lock_directory(options.directory));
  const auto unlock = [lock](auto result) {
    ::close(lock);
    return std::move(result).error();
  };
  auto db = Db::open({.path = options.directory + kMainFile,
                      .cache_bytes = options.cache_bytes,
                      .durable = options.durable,
                      .pages_max = options.pages_max});
  if (!db) return unlock(std::move(db));
  if (auto migrated = migrate(**db); !migrated) return unlock(std::move(migrated));
  auto inbox = Inbox::open(options.directory + kInboxFile,
                           {.durable = options.durable, .pages_max = options.pages_max});
  if (!inbox) return unlock(std::move(inbox));
  std::unique_ptr<Store> store(
      new Store(std::move(options), std::move(db).value(), std::move(inbox).value(), lock));
  store->begin();
  store->catalog.load();
  store->profiles.load();
  store->ledger.load();
  store->owned.load();
  store->claims.load();
  store->queue.load();
  store->events.load();
  const int64_t cursor = store->inbox_cursor();
  TRY(store->db_->commit());
  TRY(store->inbox_->continue_after(cursor));
  return store;
}

Store::~Store() {
  inbox_->stop();
  // The lock goes last, when nothing writes any more.
  if (lock_ >= 0) ::close(lock_);
}

void Store::begin() {
  db_->begin();
  writes_before_ = db_->writes();
  counters_.clear();
}

void Store::abandon() { fail({ErrorKind::kCancelled, "abandoned", "the transaction was given up", "", ""}); }

void Store::fail(Error why) { db_->fail(std::move(why)); }

Result<void> Store::commit() {
  catalog.flush();
  for (const auto& [name, last] : counters_) set_number(name, last);
  const CommitFate fate = options_.commit_fate ? options_.commit_fate() : CommitFate::kProceed;
  if (fate == CommitFate::kCrashBefore) {
    db_->fail({ErrorKind::kCancelled, "crash", "a test's crash", "", ""});
  }
  Result<void> result = db_->commit();
  if (result.ok() && fate == CommitFate::kCrashAfter) {
    result = Error{ErrorKind::kCancelled, "crash", "a test's crash", "", ""};
  }
  if (result.ok()) return result;
  crashed_ = fate != CommitFate::kProceed;
  begin();
  catalog.load();
  profiles.load();
  ledger.load();
  owned.load();
  claims.load();
  queue.load();
  events.load();
  // What cannot even be read again is worse than what failed first.
  if (auto reloaded = db_->commit(); !reloaded) return reloaded;
  return result;
}

Result<void> Store::checkpoint() {
  inbox_->checkpoint();
  return db_->checkpoint();
}

int64_t Store::number(std::string_view name) {
  const int64_t value = get_number_.first(name) ? get_number_.integer(0) : 0;
  get_number_.done();
  return value;
}

void Store::set_number(std::string_view name, int64_t value) { put_number_.run(name, value); }

int64_t Store::next_number(std::string_view name) {
  auto found = counters_.find(name);
  if (found == counters_.end()) found = counters_.emplace(name, number(name)).first;
  return ++found->second;
}

void Store::count_hour(ListNumber list, Time now, int64_t size, int64_t removed, int64_t withdrawn) {
  put_hour_.run(list, to_millis(now) / kHourMillis, size, removed, withdrawn);
}

std::vector<ListHour> Store::hours(ListNumber list, Time since) {
  std::vector<ListHour> hours;
  bool more = get_hours_.first(list, to_millis(since) / kHourMillis);
  for (; more; more = get_hours_.next()) {
    hours.push_back(
        {get_hours_.integer(0), get_hours_.integer(1), get_hours_.integer(2), get_hours_.integer(3)});
  }
  return hours;
}

std::vector<RequestRow> Store::requests(ListNumber list, size_t limit, int64_t before) {
  std::vector<RequestRow> rows;
  const std::string sql =
      "SELECT " + Table<RequestRow>::column_names() +
      " FROM request WHERE (?1 = 0 OR list = ?1) AND (?3 = 0 OR number < ?3) ORDER BY number DESC "
      "LIMIT ?2";
  Statement statement(*db_, sql.c_str());
  bool more = statement.first(list, static_cast<int64_t>(limit), before);
  for (; more; more = statement.next()) rows.push_back(Table<RequestRow>::read(statement));
  return rows;
}

void Store::forget_removals(ListNumber list) { forget_removals_.run(list); }

std::vector<Time> Store::request_times(std::string_view authorization, Time since, bool writes_only) {
  std::vector<Time> times;
  bool more = request_times_.first(authorization, writes_only ? 1 : 0, to_millis(since));
  for (; more; more = request_times_.next()) times.push_back(from_millis(request_times_.integer(0)));
  return times;
}

std::vector<RecordRow> Store::records(JobNumber job, size_t limit, int64_t before) {
  std::vector<RecordRow> rows;
  bool more = get_records_.first(job, static_cast<int64_t>(limit), before);
  for (; more; more = get_records_.next()) rows.push_back(Table<RecordRow>::read(get_records_));
  return rows;
}

void Store::each_run(JobNumber job, const std::function<bool(const RunRow&)>& visit) {
  const std::string sql =
      "SELECT " + Table<RunRow>::column_names() + " FROM run WHERE job = ? ORDER BY number DESC";
  Statement statement(*db_, sql.c_str());
  for (bool more = statement.first(job); more; more = statement.next()) {
    if (!visit(Table<RunRow>::read(statement))) return;
  }
}

void Store::trim(Time now, Millis retention) {
  // Every write of the last day counts against a budget.
  trim_requests_.run(kRequestsKept, to_millis(now - std::chrono::hours(25)));
  trim_failures_.run(to_millis(now - retention));
  trim_records_.run(kRecordsKept, to_millis(now - retention));
  trim_hours_.run(to_millis(now) / kHourMillis - 25);
  trim_answers_.run(to_millis(now - kAnswersKept));
  events.drop_attempts_before(now - retention);
  profiles.drop_log_before(now - retention);
}

void Store::begin_sweep() {
  sweep_.clear();
  sweep_from_.clear();
  for (LayeredMap* layered : {&ledger, &owned, &claims.layered()})
    for (const MapNumber map : layered->maps()) sweep_.emplace_back(layered, map);
}

bool Store::sweep() {
  if (sweep_.empty()) return false;
  const auto [layered, map] = sweep_.back();
  sweep_from_ = layered->move(map, sweep_from_);
  if (sweep_from_.empty()) sweep_.pop_back();
  return !sweep_.empty();
}

Result<void> Store::backup(const std::string& from, const std::string& to, Time now) {
  return copy_store(from, to, {"backed_up_at", to_millis(now)});
}

Result<void> Store::restore(const std::string& from, const std::string& to) {
  TRY(check(from));
  return copy_store(from, to, {"restored", 1});
}

Result<void> Store::check(const std::string& directory) {
  if (!file_exists(directory + kMainFile)) return no_store(directory);
  TRY(check_file(directory + kMainFile, check_main));
  return check_file(directory + kInboxFile, check_inbox);
}

std::string Store::sqlite_version_text() { return sqlite3_libversion(); }

int64_t Store::used_bytes() {
  Statement pages(*db_,
                  "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM "
                  "pragma_freelist_count)");
  const int64_t count = pages.first() ? pages.integer(0) : 0;
  pages.done();
  return count * kPageBytes;
}

int64_t Store::disk_bytes() const {
  int64_t bytes = 0;
  std::error_code failed;
  for (const auto& file : std::filesystem::directory_iterator(options_.directory, failed)) {
    if (file.is_regular_file(failed)) bytes += static_cast<int64_t>(file.file_size(failed));
  }
  return bytes;
}

}  // namespace pinrelay::store
