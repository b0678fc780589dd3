#include "store/db.h"

#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class DbTest : public testing::Test {
 protected:
  DbTest() {
    auto db = Db::open({.path = directory_ / "db", .durable = false});
    EXPECT_TRUE(db.ok());
    db_ = std::move(db).value();
    db_->exec("CREATE TABLE t(number INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    Statement put(*db_, "INSERT INTO t VALUES (?, ?)");
    for (int i = 1; i <= 9; ++i) put.run(i, std::to_string(i));
    EXPECT_FALSE(db_->failure());
  }
  int64_t count() {
    Statement get(*db_, "SELECT count(*) FROM t");
    return get.first() ? get.integer(0) : -1;
  }

  TempDirectory directory_;
  std::unique_ptr<Db> db_;
};

TEST_F(DbTest, a_statement_left_in_the_middle_of_its_rows_begins_anew_with_what_is_bound) {
  Statement get(*db_, "SELECT number FROM t WHERE number > ? ORDER BY number");
  ASSERT_TRUE(get.first(2));
  EXPECT_EQ(get.integer(0), 3);
  ASSERT_TRUE(get.first(6));
  EXPECT_EQ(get.integer(0), 7);
  EXPECT_FALSE(db_->failure());
}

TEST_F(DbTest, after_a_failure_nothing_runs_until_the_commit_has_told_it) {
  Statement put(*db_, "INSERT INTO t VALUES (?, ?)");
  db_->begin();
  put.run(10, "ten");
  put.run(1, "one again");
  ASSERT_TRUE(db_->failure());
  put.run(11, "eleven");
  db_->exec("DELETE FROM t");
  const Result<void> committed = db_->commit();
  ASSERT_FALSE(committed.ok());
  EXPECT_FALSE(db_->failure());
  EXPECT_EQ(count(), 9);
  db_->begin();
  put.run(10, "ten");
  EXPECT_TRUE(db_->commit().ok());
  EXPECT_EQ(count(), 10);
}

TEST_F(DbTest, a_failure_outside_a_transaction_fails_the_next_one) {
  Statement put(*db_, "INSERT INTO t VALUES (?, ?)");
  put.run(1, "one again");
  db_->begin();
  put.run(10, "ten");
  EXPECT_FALSE(db_->commit().ok());
  EXPECT_EQ(count(), 9);
}

TEST_F(DbTest, empty_text_and_empty_blobs_are_values) {
  db_->exec("CREATE TABLE u(a BLOB NOT NULL, b TEXT NOT NULL, c TEXT NOT NULL)");
  Statement put(*db_, "INSERT INTO u VALUES (?, ?, ?)");
  put.run(Bytes{}, std::string(), "");
  EXPECT_FALSE(db_->failure());
}

TEST_F(DbTest, the_errors_of_a_full_disk_and_of_damage_differ_in_kind) {
  db_->fail(SQLITE_FULL);
  EXPECT_EQ(db_->commit().error().kind, ErrorKind::kUnavailable);
  db_->fail(SQLITE_CORRUPT);
  EXPECT_EQ(db_->commit().error().kind, ErrorKind::kCorrupt);
  db_->fail(SQLITE_BUSY);
  EXPECT_EQ(db_->commit().error().kind, ErrorKind::kUnavailable);
  db_->fail_damaged("a thing");
  const Error damaged = db_->commit().error();
  EXPECT_EQ(damaged.kind, ErrorKind::kCorrupt);
  EXPECT_NE(damaged.text().find("a thing is damaged"), std::string::npos);
  EXPECT_NE(damaged.text().find(directory_ / "db"), std::string::npos);
}

}  // namespace
}  // namespace pinrelay::store
