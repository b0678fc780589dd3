#include <fstream>
#include <latch>
#include <thread>

#include "store/store.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

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
  EXPECT_EQ(restore_alone(path_, target).error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(target + "/pinrelay.db"));
  EXPECT_EQ(Store::backup(path_, target, Time{}).error().kind, ErrorKind::kCorrupt);
  for (const auto& file : std::filesystem::directory_iterator(target))
    EXPECT_EQ(file.path().filename(), "lock");
}

// Backup and restore.

class BackupTest : public StoreTest {
 protected:
  void restore() {
    store_ = nullptr;
    const Result<void> restored = restore_alone(backup_, restored_);
    ASSERT_TRUE(restored.ok()) << restored.error().text();
    store_ = open_store(restored_);
  }

  const std::string backup_ = directory_ / "backup", restored_ = directory_ / "restored";
};

TEST_F(BackupTest, a_restored_store_has_everything_and_knows_that_it_was_restored) {
  open();
  apply_rows(*store_, people(0, 100));
  store_->inbox().append(encode({enter(2, "waiting")}), [](const Result<void>& r) { EXPECT_TRUE(r.ok()); });
  ASSERT_TRUE(Store::backup(path_, backup_, Time{}).ok()) << "while the service has the store open";
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
  ASSERT_TRUE(Store::backup(path_, backup_, Time{}).ok());
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
    store.profiles.apply(page->changes, kNoon, nullptr);
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
      const Result<void> copied = Store::backup(path_, target, Time{});
      EXPECT_TRUE(copied.ok()) << copied.error().text();
      done = true;
    });
    while (!done) apply_page(*store_);
    copier.join();
    const std::string restored = restored_ + std::to_string(round);
    ASSERT_TRUE(restore_alone(target, restored).ok());
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
  EXPECT_EQ(Store::backup(directory_ / "nowhere", backup_, Time{}).error().code, "no_store");
  ASSERT_TRUE(Store::backup(path_, backup_, Time{}).ok());
  EXPECT_EQ(Store::backup(path_, backup_, Time{}).error().code, "target_exists");
  EXPECT_EQ(restore_alone(backup_, path_).error().kind, ErrorKind::kConflict) << "the running store";
  store_ = nullptr;
  EXPECT_EQ(restore_alone(backup_, path_).error().code, "target_exists");
  std::filesystem::remove(main_file_);
  EXPECT_EQ(restore_alone(backup_, path_).error().code, "target_exists") << "an inbox with accepted rows";
}

TEST_F(BackupTest, what_an_interrupted_restore_has_left_is_no_store_and_no_obstacle) {
  open();
  apply_rows(*store_, people(0, 10));
  ASSERT_TRUE(Store::backup(path_, backup_, Time{}).ok());
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
