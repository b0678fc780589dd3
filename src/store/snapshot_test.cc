#include "store/snapshot.h"

#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

struct SnapshotTest : StoreTest {
  void SetUp() override { open(); }
  void apply(const std::vector<TestRow>& rows) {
    store_->begin();
    store_->profiles.apply(encode(rows), Time{}, nullptr);
    ASSERT_TRUE(store_->commit().ok());
  }
  static int64_t count(Snapshot& snapshot) {
    int64_t count = 0;
    snapshot.profiles.scan({}, [&](const ProfileId&, const Person& person) {
      count += person.exists();
      return true;
    });
    return count;
  }
};

TEST_F(SnapshotTest, has_what_was_committed_when_it_was_taken) {
  apply(people(0, 500));
  const auto before = Snapshot::open(path_);
  ASSERT_TRUE(before.ok());
  apply(people(500, 900));
  EXPECT_EQ(count(**before), 500);
  EXPECT_EQ((*before)->catalog.audiences()[0].size, 500);
  EXPECT_EQ(count(*Snapshot::open(path_).value()), 900);
  EXPECT_TRUE((*before)->status().ok());
}

TEST_F(SnapshotTest, leaves_out_what_is_not_committed) {
  apply(people(0, 10));
  store_->begin();
  store_->profiles.apply(encode(people(10, 20)), Time{}, nullptr);
  EXPECT_EQ(count(*Snapshot::open(path_).value()), 10);
  ASSERT_TRUE(store_->commit().ok());
}

// A log that cannot be emptied now is emptied another time.
TEST_F(SnapshotTest, hinders_nobody_who_writes) {
  apply(people(0, 500));
  {
    const auto snapshot = Snapshot::open(path_);
    EXPECT_TRUE(store_->checkpoint().ok());
    apply(people(500, 1'000));
    EXPECT_TRUE(store_->checkpoint().ok());
    EXPECT_EQ(count(**snapshot), 500);
    EXPECT_GT(std::filesystem::file_size(main_file_ + "-wal"), 0u);
  }
  EXPECT_TRUE(store_->checkpoint().ok());
  EXPECT_EQ(std::filesystem::file_size(main_file_ + "-wal"), 0u);
}

TEST_F(SnapshotTest, of_nothing_is_an_error) { EXPECT_FALSE(Snapshot::open(directory_ / "elsewhere").ok()); }

}  // namespace
}  // namespace pinrelay::store
