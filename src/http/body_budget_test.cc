#include "http/body_budget.h"

#include <gtest/gtest.h>

#include <utility>

namespace pinrelay::http {
namespace {

constexpr size_t kAll = 64'000, kShare = kAll / BodyBudget::kShares;

TEST(BodyBudget, a_key_has_a_quarter_from_however_many_addresses) {
  BodyBudget budget(kAll);
  EXPECT_TRUE(budget.take({"key a", "192.0.2.1"}, kShare - 10));
  EXPECT_FALSE(budget.take({"key a", "192.0.2.2"}, 11));
  EXPECT_TRUE(budget.take({"key a", "192.0.2.2"}, 10));
  EXPECT_FALSE(budget.take({"key a", "192.0.2.3"}, 1));
  EXPECT_TRUE(budget.take({"key b", "192.0.2.3"}, kShare)) << "which takes nothing from another key";
}

TEST(BodyBudget, an_address_has_a_quarter_with_however_many_keys_and_without_any) {
  BodyBudget budget(kAll);
  EXPECT_TRUE(budget.take({"key a", "192.0.2.1"}, kShare / 2));
  EXPECT_TRUE(budget.take({"", "192.0.2.1"}, kShare / 2));
  EXPECT_FALSE(budget.take({"key b", "192.0.2.1"}, 1));
  EXPECT_FALSE(budget.take({"", "192.0.2.1"}, 1));
  EXPECT_TRUE(budget.take({"", "192.0.2.2"}, kShare)) << "strangers do not share one account";
}

TEST(BodyBudget, all_together_have_no_more_than_all) {
  BodyBudget budget(kAll);
  for (const char* who : {"1", "2", "3", "4"}) EXPECT_TRUE(budget.take({who, who}, kShare));
  EXPECT_FALSE(budget.take({"5", "5"}, 1));
  budget.give_back({"2", "2"}, 1);
  EXPECT_TRUE(budget.take({"5", "5"}, 1));
  EXPECT_FALSE(budget.take({"6", "6"}, SIZE_MAX));
  EXPECT_EQ(budget.used(), kAll);
}

TEST(BodyBudget, a_lease_takes_as_bytes_come_and_gives_all_back_with_its_last_owner) {
  const auto budget = std::make_shared<BodyBudget>(kAll);
  auto lease = std::make_shared<BodyLease>(budget, Sender{"key a", "192.0.2.1"});
  EXPECT_TRUE(lease->grow_to(10) && lease->grow_to(10) && lease->grow_to(300));
  EXPECT_EQ(budget->used(), 300u);
  EXPECT_FALSE(lease->grow_to(kShare + 1));
  EXPECT_EQ(budget->used(), 300u) << "what does not fit takes nothing";
  auto copy = std::exchange(lease, nullptr);
  EXPECT_EQ(budget->used(), 300u);
  copy.reset();
  EXPECT_EQ(budget->used(), 0u);
  EXPECT_TRUE(budget->take({"key a", "192.0.2.1"}, kShare));
}

}  // namespace
}  // namespace pinrelay::http
