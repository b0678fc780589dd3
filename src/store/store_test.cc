#include "store/store.h"

#include <sys/wait.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

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
  store_->profiles.apply(encode(people(10, 20)), kNoon, nullptr);
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
  store_->profiles.apply(encode(people(0, 10)), kNoon, nullptr);
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
    store_->profiles.apply(encode(people(good * 50, good * 50 + 50)), kNoon, nullptr);
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
  store_->begin();
  store_->forget_removals(1);
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(store_->hours(1, kNoon)[0].removed, 0);
  EXPECT_EQ(store_->hours(1, kNoon)[0].size, 100) << "the size stays";
  EXPECT_EQ(store_->hours(2, kNoon)[0].removed, 1) << "of another list";
}

TEST_F(StoreTest, requests_of_an_authorization_are_told_with_and_without_reads) {
  open();
  store_->begin();
  for (int64_t i = 1; i <= 6; ++i) {
    RequestRow row;
    row.number = i, row.at = kNoon + Millis{i}, row.authorization = i == 6 ? "b" : "a",
    row.write = i % 2 == 0;
    store_->request_log.put(row);
  }
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(store_->request_times("a", kNoon, true), (std::vector{kNoon + Millis{2}, kNoon + Millis{4}}));
  EXPECT_EQ(store_->request_times("a", kNoon + Millis{3}, false).size(), 3u);
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

TEST_F(StoreTest, what_a_failed_transaction_counted_is_counted_again) {
  open();
  store_->begin();
  EXPECT_EQ(store_->next_number("n"), 1);
  ASSERT_TRUE(store_->commit().ok());
  store_->begin();
  EXPECT_EQ(store_->next_number("n"), 2);
  store_->abandon();
  ASSERT_FALSE(store_->commit().ok());
  store_->begin();
  EXPECT_EQ(store_->next_number("n"), 2);
  ASSERT_TRUE(store_->commit().ok());
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
  EXPECT_EQ(store_->request_times("a", kNoon - std::chrono::hours(24 * 9), true).size(), 1490u);
  EXPECT_EQ(store_->requests(0, 3)[0].number, 1500);
  EXPECT_TRUE(store_->requests(9, 3).empty());
}

}  // namespace
}  // namespace pinrelay::store
