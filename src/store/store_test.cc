#include "store/store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <latch>

#include "base/random.h"
#include "store/schema.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

TestRow enter(int64_t at, std::string key) {
  return {.type = ChangeType::kEnter, .at = at, .key = std::move(key), .audience = "Readers"};
}

std::vector<TestRow> people(int from, int to) {
  std::vector<TestRow> rows;
  for (int i = from; i < to; ++i) {
    const std::string key = "u" + std::to_string(i);
    rows.push_back(enter(1, key));
    rows.push_back({.at = 1, .key = key, .fields = {{"email", key + "@example.org"}}});
  }
  return rows;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_at(const std::string& path, size_t offset, std::string_view text) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file << text;
}

class StoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> try_open(StoreOptions options = {}) {
    options.directory = path_;
    options.durable = false;
    return Store::open(std::move(options));
  }
  void open(StoreOptions options = {}) {
    store_ = nullptr;
    auto store = try_open(std::move(options));
    ASSERT_TRUE(store.ok()) << store.error().text();
    store_ = std::move(store).value();
  }
  int64_t audience_size() {
    AudienceNumber number;
    return store_->catalog.find_audience("Readers", number) ? store_->catalog.audiences()[number].size : 0;
  }

  TempDirectory directory_;
  const std::string path_ = directory_ / "store";
  const std::string main_file_ = path_ + "/pinrelay.db";
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, a_missing_store_is_created_for_its_owner_alone) {
  open();
  EXPECT_EQ(everybody(*store_).size(), 0u);
  const auto mode = [](const std::string& path) {
    return static_cast<int>(std::filesystem::status(path).permissions()) & 0777;
  };
  EXPECT_EQ(mode(path_), 0700);
  for (const char* file : {"/pinrelay.db", "/pinrelay.db-wal", "/inbox.db", "/lock"}) {
    EXPECT_EQ(mode(path_ + file), 0600) << file;
  }
  EXPECT_GT(store_->disk_bytes(), 0);
}

TEST_F(StoreTest, only_one_service_has_it_at_a_time) {
  open();
  const auto second = try_open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(second.error().code, "store_in_use");
  store_ = nullptr;
  EXPECT_TRUE(try_open().ok());
}

TEST_F(StoreTest, a_killed_process_leaves_no_lock_behind) {
  open();
  store_ = nullptr;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = try_open();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(try_open().ok());
}

TEST_F(StoreTest, opening_again_migrates_nothing_twice) {
  const auto version = [&] {
    auto db = Db::open({.path = main_file_, .read_only = true});
    Statement get(**db, "PRAGMA user_version");
    return get.first() ? get.integer(0) : -1;
  };
  for (int i = 0; i < 3; ++i) {
    open();
    apply_rows(*store_, people(i, i + 1));
    EXPECT_EQ(version(), static_cast<int64_t>(std::size(kMigrations)));
  }
  EXPECT_EQ(everybody(*store_).size(), 3u);
}

TEST_F(StoreTest, a_store_of_a_newer_program_is_left_alone) {
  open();
  store_ = nullptr;
  {
    auto db = Db::open({.path = main_file_});
    (*db)->exec("PRAGMA user_version=9999");
    ASSERT_FALSE((*db)->failure());
  }
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "store_newer");
}

TEST_F(StoreTest, a_path_that_cannot_be_a_folder_is_refused) {
  std::ofstream(path_) << "a file";
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kUnavailable);
}

// Root may write anywhere, so the test becomes somebody else for a moment.
TEST_F(StoreTest, a_folder_that_cannot_be_written_is_refused) {
  open();
  store_ = nullptr;
  const bool root = ::geteuid() == 0;
  for (const std::string& path : {directory_.path(), path_})
    std::filesystem::permissions(path, std::filesystem::perms(0555));
  ASSERT_TRUE(!root || ::seteuid(65'534) == 0);
  const auto opened = try_open();
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  for (const std::string& path : {directory_.path(), path_})
    std::filesystem::permissions(path, std::filesystem::perms(0755));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(opened.error().code, "store_not_writable");
}

// Commits.

TEST_F(StoreTest, a_crash_before_a_commit_leaves_nothing_of_it) {
  CommitFate fate = CommitFate::kProceed;
  open({.directory = {}, .commit_fate = [&] { return fate; }});
  apply_rows(*store_, people(0, 10));
  fate = CommitFate::kCrashBefore;
  store_->begin();
  store_->profiles.apply(encode(people(10, 20)), kNoon);
  store_->queue.put(1, QueueRow{});
  store_->catalog.audience_number("Another");
  const Result<void> crashed = store_->commit();
  ASSERT_FALSE(crashed.ok());
  EXPECT_TRUE(store_->crashed());
  EXPECT_EQ(audience_size(), 10);
  EXPECT_EQ(store_->catalog.audiences().size(), 1u);
  EXPECT_EQ(store_->profiles.log_head(), 20);
  EXPECT_TRUE(store_->queue.empty(1));
  EXPECT_EQ(everybody(*store_).size(), 10u);
  fate = CommitFate::kProceed;
  apply_rows(*store_, people(10, 20));
  EXPECT_EQ(audience_size(), 20);
}

TEST_F(StoreTest, a_crash_after_a_commit_leaves_all_of_it) {
  CommitFate fate = CommitFate::kProceed;
  open({.directory = {}, .commit_fate = [&] { return fate; }});
  fate = CommitFate::kCrashAfter;
  store_->begin();
  store_->profiles.apply(encode(people(0, 10)), kNoon);
  store_->queue.put(1, QueueRow{});
  EXPECT_FALSE(store_->commit().ok());
  EXPECT_TRUE(store_->crashed());
  EXPECT_EQ(audience_size(), 10);
  EXPECT_EQ(store_->queue.count(1, QueueClass::kAdd).rows, 1);
  fate = CommitFate::kProceed;
  open();
  EXPECT_EQ(audience_size(), 10);
  EXPECT_EQ(store_->profiles.log_head(), 20);
}

TEST_F(StoreTest, what_the_catalog_has_learned_is_committed_with_everything_else) {
  open();
  store_->begin();
  store_->catalog.audience_number("Readers");
  ASSERT_TRUE(store_->commit().ok());
  open();
  AudienceNumber number;
  EXPECT_TRUE(store_->catalog.find_audience("Readers", number));
}

TEST_F(StoreTest, an_abandoned_transaction_leaves_nothing) {
  open();
  store_->begin();
  store_->set_number("n", 1);
  store_->abandon();
  EXPECT_FALSE(store_->commit().ok());
  EXPECT_FALSE(store_->crashed());
  EXPECT_EQ(store_->number("n"), 0);
}

TEST_F(StoreTest, a_statement_that_fails_takes_its_whole_transaction_back) {
  open();
  JobRow one, other;
  one.number = 1, other.number = 2;
  one.name = other.name = "same name";
  store_->begin();
  store_->jobs.put(one);
  ASSERT_TRUE(store_->commit().ok());
  store_->begin();
  store_->set_number("n", 1);
  store_->jobs.put(other);
  store_->set_number("n", 2);
  EXPECT_FALSE(store_->commit().ok());
  EXPECT_EQ(store_->number("n"), 0);
  ASSERT_EQ(store_->jobs.all().size(), 1u) << "the other job has not been replaced";
  EXPECT_EQ(store_->jobs.all()[0].number, 1);
  store_->begin();
  store_->set_number("n", 3);
  EXPECT_TRUE(store_->commit().ok()) << "the next transaction is a new one";
}

TEST_F(StoreTest, a_full_disk_fails_the_commit_and_the_store_goes_on) {
  open({.directory = {}, .pages_max = 80});
  int good = 0;
  std::optional<Error> failed;
  while (!failed) {
    store_->begin();
    store_->profiles.apply(encode(people(good * 50, good * 50 + 50)), kNoon);
    const Result<void> committed = store_->commit();
    if (committed.ok()) {
      ASSERT_LT(++good, 100);
    } else {
      failed = committed.error();
    }
  }
  EXPECT_EQ(failed->kind, ErrorKind::kUnavailable);
  EXPECT_EQ(failed->code, "disk_full");
  EXPECT_GT(good, 3);
  EXPECT_EQ(everybody(*store_).size(), 50u * static_cast<size_t>(good));
  EXPECT_EQ(audience_size(), 50 * good);
  EXPECT_EQ(store_->profiles.log_head(), 100 * good);
  store_->begin();
  store_->profiles.drop_log_before(kNoon + std::chrono::hours(1));
  EXPECT_TRUE(store_->commit().ok());
  EXPECT_EQ(apply_rows(*store_, {enter(2, "one-more")}).enters, 1u) << "there is room again";
  open();
  EXPECT_EQ(everybody(*store_).size(), 50u * static_cast<size_t>(good) + 1);
}

// Small tables.

// Gives every column a value of its own.
template <typename Row>
Row distinct_row() {
  Row row;
  int next = 1;
  row.columns([&](const char*, auto& value) {
    using T = std::remove_reference_t<decltype(value)>;
    ++next;
    if constexpr (std::is_same_v<T, std::string>) {
      value = "text " + std::to_string(next);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      value = Bytes(20, static_cast<uint8_t>(next));
    } else if constexpr (std::is_same_v<T, Time>) {
      value = kNoon + Millis{next};
    } else if constexpr (std::is_same_v<T, Millis>) {
      value = Millis{next};
    } else if constexpr (std::is_same_v<T, bool>) {
      value = true;
    } else {
      value = static_cast<T>(next);
    }
  });
  return row;
}

template <typename Row>
std::vector<std::string> shown(Row row) {
  std::vector<std::string> columns;
  row.columns([&](const char* name, auto& value) {
    using T = std::remove_reference_t<decltype(value)>;
    std::string text = std::string(name) + "=";
    if constexpr (std::is_same_v<T, std::string>) {
      text += value;
    } else if constexpr (std::is_same_v<T, Bytes>) {
      text += to_hex(value);
    } else if constexpr (std::is_same_v<T, Time>) {
      text += std::to_string(to_millis(value));
    } else if constexpr (std::is_same_v<T, Millis>) {
      text += std::to_string(value.count());
    } else {
      text += std::to_string(static_cast<int64_t>(value));
    }
    columns.push_back(text);
  });
  return columns;
}

template <typename Row>
void expect_kept(Store& store, Table<Row>& table) {
  const Row row = distinct_row<Row>();
  store.begin();
  table.put(Row{});
  table.put(row);
  table.put(row);
  ASSERT_TRUE(store.commit().ok());
  const std::optional<Row> got = table.get(2);
  ASSERT_TRUE(got);
  EXPECT_EQ(shown(*got), shown(row));
  EXPECT_EQ(table.all().size(), 2u);
  EXPECT_EQ(table.next_key(), 3);
  store.begin();
  table.erase(2);
  ASSERT_TRUE(store.commit().ok());
  EXPECT_FALSE(table.get(2));
}

TEST_F(StoreTest, every_column_of_the_small_tables_comes_back) {
  open();
  expect_kept(*store_, store_->jobs);
  expect_kept(*store_, store_->lists);
  expect_kept(*store_, store_->runs);
  expect_kept(*store_, store_->request_log);
  expect_kept(*store_, store_->imports);
  expect_kept(*store_, store_->record_log);
}

Attempt some_attempt() {
  Attempt attempt;
  attempt.request = 12;
  attempt.operation = Operation::kRemove;
  attempt.creates_list = true;
  attempt.started_at = kNoon;
  attempt.entries.push_back({Hash{1, 2}, {7, ProfileId{{3}}}, true, false, 1LL << 33});
  attempt.entries.push_back({Hash{4}, {8, ProfileId{{5}}}, false, true, 0});
  return attempt;
}

TEST_F(StoreTest, an_open_attempt_survives_reopening) {
  open();
  const Attempt put = some_attempt();
  store_->begin();
  store_->attempts.put(3, put);
  ASSERT_TRUE(store_->commit().ok());
  open();
  const std::optional<Attempt> got = store_->attempts.get(3);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->request, put.request);
  EXPECT_EQ(got->operation, put.operation);
  EXPECT_EQ(got->creates_list, put.creates_list);
  EXPECT_EQ(got->started_at, put.started_at);
  ASSERT_EQ(got->entries.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(got->entries[i].hash, put.entries[i].hash);
    EXPECT_EQ(got->entries[i].cause, put.entries[i].cause);
    EXPECT_EQ(got->entries[i].primary, put.entries[i].primary);
    EXPECT_EQ(got->entries[i].unbraked, put.entries[i].unbraked);
    EXPECT_EQ(got->entries[i].run, put.entries[i].run);
  }
  EXPECT_FALSE(store_->attempts.get(4));
}

TEST_F(StoreTest, an_attempt_that_has_lost_its_end_is_damage) {
  open();
  store_->begin();
  store_->attempts.put(3, some_attempt());
  ASSERT_TRUE(store_->commit().ok());
  store_ = nullptr;
  {
    auto db = Db::open({.path = main_file_});
    (*db)->exec("UPDATE attempt SET entries = substr(entries, 1, length(entries) - 1)");
    ASSERT_FALSE((*db)->failure());
  }
  open();
  store_->begin();
  store_->attempts.get(3);
  EXPECT_EQ(store_->commit().error().kind, ErrorKind::kCorrupt);
}

TEST_F(StoreTest, hours_keep_the_first_size_and_sum_the_removals) {
  open();
  store_->begin();
  store_->count_hour(1, kNoon, 100, 5);
  store_->count_hour(1, kNoon, 95, 7);
  store_->count_hour(1, kNoon + std::chrono::hours(2), 88, 0);
  store_->count_hour(2, kNoon, 1, 1);
  ASSERT_TRUE(store_->commit().ok());
  const std::vector<ListHour> hours = store_->hours(1, kNoon);
  ASSERT_EQ(hours.size(), 2u);
  EXPECT_EQ(hours[0].size, 100);
  EXPECT_EQ(hours[0].removed, 12);
  EXPECT_EQ(hours[1].hour, hours[0].hour + 2);
  EXPECT_EQ(store_->hours(1, kNoon + std::chrono::hours(1)).size(), 1u);
}

TEST_F(StoreTest, named_numbers_count_on_after_reopening) {
  open();
  store_->begin();
  EXPECT_EQ(store_->number("n"), 0);
  EXPECT_EQ(store_->next_number("n"), 1);
  EXPECT_EQ(store_->next_number("n"), 2);
  ASSERT_TRUE(store_->commit().ok());
  open();
  EXPECT_EQ(store_->number("n"), 2);
}

TEST_F(StoreTest, trimming_spares_the_writes_that_count_against_a_budget) {
  open();
  store_->begin();
  const auto put = [&](int64_t number, Time at) {
    RequestRow row;
    row.number = number, row.at = at, row.authorization = "a", row.verdict = "done", row.write = true;
    store_->request_log.put(row);
  };
  for (int64_t i = 1; i <= 10; ++i) put(i, kNoon - std::chrono::hours(48));
  for (int64_t i = 11; i <= 1500; ++i) put(i, kNoon - std::chrono::hours(1));
  store_->trim(kNoon, std::chrono::hours(24 * 14));
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(store_->write_times("a", kNoon - std::chrono::hours(24 * 9)).size(), 1490u);
  EXPECT_EQ(store_->requests(0, 3)[0].number, 1500);
  EXPECT_TRUE(store_->requests(9, 3).empty());
}

// Damage.

class DamagedStoreTest : public StoreTest {
 protected:
  DamagedStoreTest() {
    open();
    for (int page = 0; page < 10; ++page) apply_rows(*store_, people(page * 100, page * 100 + 100));
    store_ = nullptr;
    EXPECT_TRUE(Store::check(path_).ok());
    file_ = read_file(main_file_);
  }
  void expect_check_complains() {
    const Result<void> checked = Store::check(path_);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().kind, ErrorKind::kCorrupt) << checked.error().text();
    EXPECT_NE(checked.error().text().find("restore"), std::string::npos);
  }

  std::string file_;
};

TEST_F(DamagedStoreTest, a_file_that_is_not_ours_is_refused) {
  write_at(main_file_, 0, std::string(100, 'x'));
  expect_check_complains();
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(opened.error().text().find(main_file_), std::string::npos);
}

TEST_F(DamagedStoreTest, a_page_of_zeros_is_noticed_wherever_it_is) {
  ASSERT_GT(file_.size(), 40u * 4096);
  const std::string zeros(4096, '\0');
  for (size_t at = 0; at < file_.size(); at += zeros.size()) {
    write_at(main_file_, at, zeros);
    expect_check_complains();
    write_at(main_file_, at, file_.substr(at, zeros.size()));
    if (HasFailure()) FAIL() << "page " << at / zeros.size() << " of " << file_.size() / zeros.size();
  }
  EXPECT_TRUE(Store::check(path_).ok());
}

TEST_F(DamagedStoreTest, a_changed_letter_in_an_address_is_noticed_by_check_and_by_use) {
  const size_t at = file_.find("@example.org");
  ASSERT_NE(at, std::string::npos);
  write_at(main_file_, at, "@example.net");
  expect_check_complains();
  open();
  store_->begin();
  everybody(*store_);
  EXPECT_EQ(store_->commit().error().kind, ErrorKind::kCorrupt);
}

TEST_F(DamagedStoreTest, nothing_is_committed_that_was_built_on_a_read_that_failed) {
  write_at(main_file_, file_.find("@example.org"), "@example.net");
  open();
  EXPECT_LT(everybody(*store_).size(), 1000u) << "read outside a transaction";
  store_->begin();
  store_->set_number("n", 1);
  EXPECT_EQ(store_->commit().error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(store_->number("n"), 0);
}

TEST_F(DamagedStoreTest, a_damaged_backup_is_not_restored) {
  write_at(main_file_, file_.find("@example.org"), "@example.net");
  const std::string target = directory_ / "target";
  EXPECT_EQ(Store::restore(path_, target).error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(target + "/pinrelay.db"));
  EXPECT_EQ(Store::backup(path_, target).error().kind, ErrorKind::kCorrupt);
  for (const auto& file : std::filesystem::directory_iterator(target))
    EXPECT_EQ(file.path().filename(), "lock");
}

// Backup and restore.

class BackupTest : public StoreTest {
 protected:
  void restore() {
    store_ = nullptr;
    const Result<void> restored = Store::restore(backup_, restored_);
    ASSERT_TRUE(restored.ok()) << restored.error().text();
    store_ = open_store(restored_);
  }

  const std::string backup_ = directory_ / "backup", restored_ = directory_ / "restored";
};

TEST_F(BackupTest, a_restored_store_has_everything_and_knows_that_it_was_restored) {
  open();
  apply_rows(*store_, people(0, 100));
  store_->inbox().append(encode({enter(2, "waiting")}), [](const Result<void>& r) { EXPECT_TRUE(r.ok()); });
  ASSERT_TRUE(Store::backup(path_, backup_).ok()) << "while the service has the store open";
  const std::map<std::string, KnownPerson> before = everybody(*store_);
  EXPECT_EQ(store_->number("restored"), 0);
  restore();
  EXPECT_TRUE(everybody(*store_) == before);
  EXPECT_EQ(store_->number("restored"), 1);
  EXPECT_EQ(store_->inbox().read(0, SIZE_MAX)->changes, encode({enter(2, "waiting")}));
}

// A folder or a medium that cannot be written is a good place for a backup.
TEST_F(BackupTest, a_backup_is_two_plain_files) {
  open();
  apply_rows(*store_, people(0, 10));
  ASSERT_TRUE(Store::backup(path_, backup_).ok());
  std::set<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(backup_)) files.insert(file.path().filename());
  EXPECT_EQ(files, (std::set<std::string>{"inbox.db", "lock", "pinrelay.db"}));
  for (const char* file : {"/inbox.db", "/pinrelay.db"}) {
    EXPECT_EQ(read_file(backup_ + file).substr(18, 2), "\x01\x01") << "no write-ahead log in " << file;
  }
  ASSERT_TRUE(Store::check(backup_).ok());
}

TEST_F(BackupTest, works_while_rows_are_accepted_and_applied) {
  open();
  std::atomic<int> accepted = 0;
  std::atomic<bool> enough = false;
  store_->inbox().start({});
  std::jthread writer([&] {
    for (int i = 0; !enough && i < 20'000; ++i) {
      std::latch told(1);
      store_->inbox().append(encode(people(i, i + 1)), [&](const Result<void>& result) {
        EXPECT_TRUE(result.ok());
        told.count_down();
      });
      told.wait();
      ++accepted;
    }
  });
  const auto apply_page = [](Store& store) {
    const int64_t cursor = store.inbox_cursor();
    auto page = store.inbox().read(cursor, 10'000);
    ASSERT_TRUE(page.ok());
    if (page->last == 0) return;
    store.begin();
    store.profiles.apply(page->changes, kNoon);
    store.set_inbox_cursor(page->last);
    ASSERT_TRUE(store.commit().ok());
    store.inbox().erase_through(page->last);
  };
  for (int round = 0; round < 5; ++round) {
    const std::string target = backup_ + std::to_string(round);
    while (accepted < 50 * (round + 1)) apply_page(*store_);
    const int promised = accepted;
    std::atomic<bool> done = false;
    std::jthread copier([&] {
      const Result<void> copied = Store::backup(path_, target);
      EXPECT_TRUE(copied.ok()) << copied.error().text();
      done = true;
    });
    while (!done) apply_page(*store_);
    copier.join();
    const std::string restored = restored_ + std::to_string(round);
    ASSERT_TRUE(Store::restore(target, restored).ok());
    const auto copy = open_store(restored);
    for (int pages = 0; copy->inbox().read(copy->inbox_cursor(), 1)->last != 0; ++pages) apply_page(*copy);
    const std::map<std::string, KnownPerson> found = everybody(*copy);
    for (int i = 0; i < promised; ++i) {
      const std::string key = "u" + std::to_string(i);
      ASSERT_TRUE(found.contains(key)) << key << " of " << promised << " in round " << round;
      ASSERT_EQ(found.at(key).fields.at("email"), key + "@example.org");
    }
  }
  enough = true;
}

TEST_F(BackupTest, nothing_that_exists_is_overwritten) {
  open();
  EXPECT_EQ(Store::backup(directory_ / "nowhere", backup_).error().code, "no_store");
  ASSERT_TRUE(Store::backup(path_, backup_).ok());
  EXPECT_EQ(Store::backup(path_, backup_).error().code, "target_exists");
  EXPECT_EQ(Store::restore(backup_, path_).error().kind, ErrorKind::kConflict) << "the running store";
  store_ = nullptr;
  EXPECT_EQ(Store::restore(backup_, path_).error().code, "target_exists");
  std::filesystem::remove(main_file_);
  EXPECT_EQ(Store::restore(backup_, path_).error().code, "target_exists") << "an inbox with accepted rows";
}

TEST_F(BackupTest, what_an_interrupted_restore_has_left_is_no_store_and_no_obstacle) {
  open();
  apply_rows(*store_, people(0, 10));
  ASSERT_TRUE(Store::backup(path_, backup_).ok());
  std::filesystem::create_directories(restored_);
  for (const char* file : {"/pinrelay.db.part", "/inbox.db.part", "/pinrelay.db.part-journal"}) {
    std::ofstream(restored_ + file) << std::string(5000, 'x');
  }
  // The log of a store whose file is gone, with pages that would fit.
  apply_rows(*store_, people(10, 20));
  std::filesystem::copy_file(main_file_ + "-wal", restored_ + "/pinrelay.db-wal");
  EXPECT_EQ(Store::check(restored_).error().code, "no_store");
  restore();
  EXPECT_EQ(everybody(*store_).size(), 10u);
  EXPECT_EQ(store_->number("restored"), 1);
}

}  // namespace
}  // namespace pinrelay::store
