#include "pinterest/tables.h"

#include <gtest/gtest.h>

#include <vector>

#include "pinterest/reference.h"

namespace pinrelay::pinterest {
namespace {

bool may_write(std::vector<std::string> permissions) { return can_write_lists(permissions); }

TEST(Tables, three_roles_may_write_lists) {
  EXPECT_TRUE(may_write({"OWNER"}));
  EXPECT_TRUE(may_write({"ANALYST", "ADMIN"}));
  EXPECT_TRUE(may_write({"AUDIENCE_MANAGER"}));
  EXPECT_FALSE(may_write({}));
  EXPECT_FALSE(may_write({"ANALYST", "CAMPAIGN_MANAGER", "RESTRICTED_OWNER"}));
  EXPECT_FALSE(may_write({"owner"}));
}

TEST(Tables, list_writes_are_limited_by_tier) {
  EXPECT_EQ(rate_limit(Tier::kStandard, Category::kAdsWrite).requests, 400u);
  EXPECT_EQ(rate_limit(Tier::kStandard, Category::kAdsWrite).window, kMinute);
  EXPECT_EQ(rate_limit(Tier::kTrial, Category::kAdsWrite).requests, 300u);
  EXPECT_EQ(rate_limit(Tier::kTrial, Category::kAdsWrite).window, kDay);
}

TEST(Tables, a_code_is_looked_up_with_its_status) {
  EXPECT_EQ(find_error(404, 1001)->status, 404);
  EXPECT_EQ(find_error(400, 2740)->code, 2740);
  EXPECT_EQ(find_error(404, 2), nullptr);
  EXPECT_EQ(find_error(400, 999'999), nullptr);
}

TEST(Reference, names_every_code_status_and_role) {
  const std::string page = error_reference();
  for (const ErrorCode& error : kErrorCodes)
    EXPECT_NE(page.find("| " + std::to_string(error.code) + " | "), std::string::npos) << error.code;
  for (const ListStatus& status : kListStatuses) EXPECT_NE(page.find(status.name), std::string::npos);
  for (const std::string_view role : kListWriterRoles) EXPECT_NE(page.find(role), std::string::npos);
}

TEST(Reference, is_a_table_without_broken_rows) {
  const std::string page = error_reference();
  EXPECT_NE(page.find("| Standard | ads_write | 400 a minute |"), std::string::npos);
  EXPECT_NE(page.find("| Trial | ads_write | 300 a day |"), std::string::npos);
  for (const ErrorCode& error : kErrorCodes) {
    EXPECT_EQ(error.meaning.find('|'), std::string_view::npos);
    EXPECT_EQ(error.action.find('|'), std::string_view::npos);
  }
}

}  // namespace
}  // namespace pinrelay::pinterest
