#include "store/security_events.h"

#include "store/schema.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class SecurityEventsTest : public StoreTest {
 protected:
  void add(SecurityKind kind, Time at, const std::string& source = "10.0.0.1", int64_t count = 1) {
    store_->security_events.append({0, kind, at, source, "token ci", "GET /x", {}, count});
  }
  size_t count(SecurityKind kind) {
    size_t found = 0;
    store_->security_events.each(0, [&](const SecurityEventRow& row) {
      found += row.kind == kind;
      return true;
    });
    return found;
  }
};

TEST_F(SecurityEventsTest, of_each_kind_the_newest_ones_stay) {
  open();
  store_->begin();
  add(SecurityKind::kNewAddress, kNoon);
  for (int64_t i = 0; i < SecurityEvents::kRowsMax + 50; ++i) add(SecurityKind::kTokenRefused, kNoon);
  EXPECT_EQ(count(SecurityKind::kTokenRefused), static_cast<size_t>(SecurityEvents::kRowsMax));
  EXPECT_EQ(count(SecurityKind::kNewAddress), 1u) << "noise of one kind pushes out no other";
  ASSERT_TRUE(store_->commit().ok());
}

TEST_F(SecurityEventsTest, counts_what_came_since_and_from_how_many_places) {
  open();
  store_->begin();
  add(SecurityKind::kForbidden, kNoon, "10.0.0.1", 40);
  add(SecurityKind::kForbidden, kNoon + Millis{1'000}, "10.0.0.2", 2);
  add(SecurityKind::kForbidden, kNoon + Millis{2'000}, "10.0.0.2");
  add(SecurityKind::kNewAddress, kNoon + Millis{2'000});
  const auto sum = store_->security_events.sum(SecurityKind::kForbidden, kNoon + Millis{1'000});
  EXPECT_EQ(sum.events, 3);
  EXPECT_EQ(sum.sources, 1);
  ASSERT_TRUE(store_->commit().ok());
}

TEST_F(SecurityEventsTest, go_after_ninety_days) {
  open();
  store_->begin();
  add(SecurityKind::kForbidden, kNoon);
  add(SecurityKind::kForbidden, kNoon + Millis{1});
  store_->trim(kNoon + Millis{1} + SecurityEvents::kKept, Millis{14LL * 24 * 3'600'000});
  EXPECT_EQ(count(SecurityKind::kForbidden), 1u);
  ASSERT_TRUE(store_->commit().ok());
}

// The numbers are stored.
TEST(SecurityKinds, keep_their_numbers_and_names) {
  std::string all;
  for (const SecurityKindInfo& each : kSecurityKinds)
    all += std::to_string(static_cast<int>(each.kind)) + " " + std::string(each.name) + "\n";
  EXPECT_EQ(all,
            "1 sign_in_failed\n2 sign_in_delayed\n3 new_address\n4 token_refused\n5 forbidden\n"
            "6 person_viewed\n");
}

// A store as the version before left it: thirteen migrations, a token and a write key.
TEST_F(SecurityEventsTest, tokens_and_keys_from_before_there_were_limits_keep_all_rights) {
  constexpr size_t kBefore = 13;
  ASSERT_GT(std::size(kMigrations), kBefore);
  std::filesystem::create_directories(path_);
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  {
    auto db = Db::open({.path = main_file_});
    for (size_t i = 0; i < kBefore; ++i) (*db)->exec(kMigrations[i]);
    (*db)->exec("INSERT INTO api_token VALUES (3, 'ci', 3, x'0102', 1, 'cli', 0, 0)");
    (*db)->exec("INSERT INTO write_key VALUES (5, 'shop', 0, x'0304', 1, 'cli', 0, 0)");
    (*db)->exec(("PRAGMA user_version=" + std::to_string(kBefore)).c_str());
    ASSERT_FALSE((*db)->failure());
  }
  open();
  store_->begin();
  const auto token = store_->api_tokens.get(3), key = store_->write_keys.get(5);
  ASSERT_TRUE(token && key);
  EXPECT_EQ(token->role, Role::kAdmin);
  for (const ApiTokenRow& row : {*token, *key}) {
    EXPECT_EQ(row.networks + row.jobs + row.audiences, "");
    EXPECT_EQ(row.row_types + row.rows_a_minute + row.bytes_a_minute, 0);
  }
  ASSERT_TRUE(store_->commit().ok());
}

}  // namespace
}  // namespace pinrelay::store
