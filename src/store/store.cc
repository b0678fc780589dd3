#include "store/store.h"

#include <unistd.h>

#include <filesystem>

#include "base/log.h"
#include "store/folder.h"
#include "store/schema.h"

namespace pinrelay::store {
namespace {

constexpr int64_t kPageBytes = 4'096;
constexpr int64_t kHourMillis = 3600'000;
constexpr int64_t kRequestsKept = 1'000;
constexpr int64_t kRecordsKept = 100'000;

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
      alerts(*db_),
      history(*db_),
      security_events(*db_),
      deletions(*db_) {}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, AfterwardsOptions afterwards) {
  TRY(make_directory(options.directory));
  TRY(check_directory(options.directory));
  const int lock = TRY(lock_directory(options.directory));
  close_to_others(options.directory);
  const auto unlock = [lock](auto result) {
    ::close(lock);
    return std::move(result).error();
  };
  std::error_code ignored;
  std::filesystem::remove_all(options.directory + kCopyFolder, ignored);
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
  store->afterwards_options_ = std::move(afterwards);
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
  TRY(store->open_afterwards());
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
  to_note_.clear();
}

void Store::abandon() {
  db_->fail({ErrorKind::kCancelled, "abandoned", "the transaction was given up", "", ""});
}

Result<void> Store::commit() {
  catalog.flush();
  for (const auto& [name, last] : counters_) set_number(name, last);
  if (auto noted = write_notes(); !noted) db_->fail(noted.error());
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

void Store::each_record(JobNumber job, int64_t before, const std::optional<ProfileId>& person,
                        const std::function<bool(const RecordRow&)>& visit) {
  const std::string sql = "SELECT " + Table<RecordRow>::column_names() +
                          " FROM record WHERE job = ?1 AND number < ?2 AND (?3 = x'' OR profile = ?3) "
                          "ORDER BY number DESC";
  Statement statement(*db_, sql.c_str());
  const ByteView whose = person ? ByteView(person->bytes) : ByteView();
  for (bool more = statement.first(job, before == 0 ? INT64_MAX : before, whose); more;
       more = statement.next()) {
    if (!visit(Table<RecordRow>::read(statement))) return;
  }
}

std::vector<std::pair<uint8_t, int64_t>> Store::count_records(JobNumber job) {
  Statement statement(*db_, "SELECT reason, count(*) FROM record WHERE job = ? GROUP BY reason");
  std::vector<std::pair<uint8_t, int64_t>> counts;
  for (bool more = statement.first(job); more; more = statement.next())
    counts.emplace_back(static_cast<uint8_t>(statement.integer(0)), statement.integer(1));
  return counts;
}

void Store::each_run(JobNumber job, const std::function<bool(const RunRow&)>& visit, int64_t before) {
  const std::string sql = "SELECT " + Table<RunRow>::column_names() +
                          " FROM run WHERE job = ? AND number < ? ORDER BY number DESC";
  Statement statement(*db_, sql.c_str());
  for (bool more = statement.first(job, before == 0 ? INT64_MAX : before); more; more = statement.next()) {
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
  security_events.drop_before(now - SecurityEvents::kKept);
  events.drop_attempts_before(now - retention);
  profiles.drop_log_before(now - retention);
  if (const auto dropped = afterwards_->drop_before(now - afterwards_options_.age_max); !dropped)
    log(LogLevel::kWarning, "store", "old entries of erasures and revocations stay",
        {{"reason", dropped.error().text()}});
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
