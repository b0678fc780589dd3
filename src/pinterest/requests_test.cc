#include "pinterest/requests.h"

#include <gtest/gtest.h>

#include <vector>

namespace pinrelay::pinterest {
namespace {

const Access kAccess{"https://api.example.org/v5/", "pina_example"};

Hash filled(uint8_t byte) {
  Hash hash;
  hash.fill(byte);
  return hash;
}

std::string hex(char digit) { return std::string(64, digit); }

TEST(Requests, carry_the_token_and_a_path_below_the_base) {
  const http::Request request = get_list(kAccess, "549755885175", "643");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "https://api.example.org/v5/ad_accounts/549755885175/customer_lists/643");
  EXPECT_EQ(request.bearer_token, "pina_example");
  EXPECT_EQ(request.content_type, "");
  EXPECT_EQ(request.body, "");
}

TEST(Requests, a_new_list_is_made_of_joined_hashes) {
  const std::vector<Hash> records = {filled(0x11), filled(0xaa)};
  const http::Request request =
      create_list(kAccess, "1", "Pinrelay \"Readers\" 1767225600", ListType::kMaid, records);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://api.example.org/v5/ad_accounts/1/customer_lists");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_EQ(request.body, R"({"name":"Pinrelay \"Readers\" 1767225600","list_type":"MAID","records":")" +
                              hex('1') + "," + hex('a') + "\"}");
}

TEST(Requests, an_update_adds_or_removes) {
  const std::vector<Hash> records = {filled(0x22)};
  const http::Request add = update_list(kAccess, "1", "643", Operation::kAdd, records);
  EXPECT_EQ(add.method, "PATCH");
  EXPECT_EQ(add.url, "https://api.example.org/v5/ad_accounts/1/customer_lists/643");
  EXPECT_EQ(add.body, R"({"operation_type":"ADD","records":")" + hex('2') + "\"}");
  const http::Request remove = update_list(kAccess, "1", "643", Operation::kRemove, records);
  EXPECT_EQ(remove.body, R"({"operation_type":"REMOVE","records":")" + hex('2') + "\"}");
}

TEST(Requests, a_full_update_takes_memory_once) {
  const std::vector<Hash> records(10'000, filled(0x33));
  const http::Request request = update_list(kAccess, "1", "643", Operation::kAdd, records);
  EXPECT_EQ(request.body.size(),
            std::string(R"({"operation_type":"ADD","records":""})").size() + 10'000 * 65 - 1);
  EXPECT_LT(request.body.capacity(), request.body.size() + 1'024);
}

TEST(Requests, an_audience_names_its_list) {
  const http::Request request = create_audience(kAccess, "1", "Readers", "643", "Kept by Pinrelay");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://api.example.org/v5/ad_accounts/1/audiences");
  EXPECT_EQ(request.body, R"({"ad_account_id":"1","name":"Readers","audience_type":"CUSTOMER_LIST",)"
                          R"("description":"Kept by Pinrelay","rule":{"customer_list_id":"643"}})");
}

TEST(Requests, pages_continue_at_their_bookmark) {
  const std::string base = "https://api.example.org/v5";
  EXPECT_EQ(list_lists(kAccess, "1", "").url,
            base + "/ad_accounts/1/customer_lists?page_size=250&order=DESCENDING");
  EXPECT_EQ(list_lists(kAccess, "1", "a+b/c=&d").url,
            base + "/ad_accounts/1/customer_lists?page_size=250&order=DESCENDING&bookmark=a%2Bb%2Fc%3D%26d");
  EXPECT_EQ(list_audiences(kAccess, "1", "x").url,
            base + "/ad_accounts/1/audiences?page_size=250&order=DESCENDING&bookmark=x");
  EXPECT_EQ(list_ad_accounts(kAccess, "").url,
            base + "/ad_accounts?include_shared_accounts=true&page_size=250");
}

TEST(Requests, an_id_cannot_leave_its_place_in_the_path) {
  EXPECT_EQ(get_list(kAccess, "1/../2", "3?x=1#y").url,
            "https://api.example.org/v5/ad_accounts/1%2F..%2F2/customer_lists/3%3Fx%3D1%23y");
}

TEST(Requests, accounts_and_audiences_have_their_paths) {
  EXPECT_EQ(get_ad_account(kAccess, "1").url, "https://api.example.org/v5/ad_accounts/1");
  EXPECT_EQ(get_audience(kAccess, "1", "2").url, "https://api.example.org/v5/ad_accounts/1/audiences/2");
  EXPECT_EQ(get_user_account(kAccess).url, "https://api.example.org/v5/user_account");
}

TEST(RequestsDeathTest, an_update_without_records_is_a_bug_of_ours) {
  EXPECT_DEATH(update_list(kAccess, "1", "2", Operation::kAdd, {}), "CHECK failed");
}

}  // namespace
}  // namespace pinrelay::pinterest
