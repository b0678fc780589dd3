#include "pinterest/objects.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pinrelay::pinterest {
namespace {

constexpr std::string_view kList =
    R"({"id":"643","ad_account_id":"549756359984","name":"Newsletter subscribers","type":"customerlist",)"
    R"("status":"PROCESSING","num_batches":1,"num_uploaded_user_records":2,"num_removed_user_records":0,)"
    R"("created_time":1452208622,"updated_time":1461269616,"exceptions":{}})";

TEST(Objects, a_customer_list_is_read) {
  const CustomerList list = read_list(kList).value();
  EXPECT_EQ(list.id, "643");
  EXPECT_EQ(list.ad_account_id, "549756359984");
  EXPECT_EQ(list.name, "Newsletter subscribers");
  EXPECT_EQ(list.status, "PROCESSING");
  EXPECT_EQ(list.created_time, 1452208622);
  EXPECT_EQ(list.updated_time, 1461269616);
  EXPECT_EQ(list.uploaded, 2);
  EXPECT_EQ(list.removed, 0);
  EXPECT_EQ(list.batches, 1);
}

TEST(Objects, missing_null_and_unknown_fields_do_no_harm) {
  const CustomerList list =
      read_list(R"({"new":{"deep":[1]},"id":"1","name":null,"status":null,"created_time":null})").value();
  EXPECT_EQ(list.id, "1");
  EXPECT_EQ(list.name, "");
  EXPECT_EQ(list.status, "");
  EXPECT_EQ(list.created_time, 0);
}

TEST(Objects, numbers_may_be_strings_or_fractions) {
  const CustomerList list = read_list(R"({"id":"1","created_time":"1452208622","updated_time":1461269616.75,)"
                                      R"("num_batches":"x","num_uploaded_user_records":1e300})")
                                .value();
  EXPECT_EQ(list.created_time, 1452208622);
  EXPECT_EQ(list.updated_time, 1461269616);
  EXPECT_EQ(list.batches, 0);
  EXPECT_EQ(list.uploaded, 0);
}

TEST(Objects, ids_keep_every_digit) {
  EXPECT_EQ(read_list(R"({"id":"999999999999999999"})").value().id, "999999999999999999");
  EXPECT_EQ(read_list(R"({"id":999999999999999999})").value().id, "999999999999999999");
  EXPECT_EQ(read_list(R"({"id":18446744073709551615})").value().id, "18446744073709551615");
}

TEST(Objects, text_that_is_no_whole_object_with_an_id_is_unreadable) {
  for (const std::string_view body : {"",
                                      " ",
                                      "null",
                                      "[]",
                                      "643",
                                      "\"643\"",
                                      "{}",
                                      R"({"id":null})",
                                      R"({"id":""})",
                                      R"({"id":true})",
                                      R"({"id":"6/43"})",
                                      R"({"id":"../1"})",
                                      R"({"id":-1})",
                                      R"({"id":1.5})",
                                      R"({"id":"643"} x)",
                                      R"({"id":"643")",
                                      R"({"id":"643","name":"\ud800"})",
                                      "{\"id\":\"643\",\"name\":\"\xff\"}",
                                      "<html>502</html>",
                                      R"({"code":2,"message":"Authentication failed."})"}) {
    SCOPED_TRACE(body);
    const auto list = read_list(body);
    ASSERT_FALSE(list.ok());
    EXPECT_EQ(list.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(list.error().code, "pinterest_unreadable");
  }
}

TEST(Objects, a_truncated_answer_is_never_read_as_a_whole_one) {
  for (size_t size = 0; size < kList.size(); ++size)
    EXPECT_FALSE(read_list(kList.substr(0, size)).ok()) << size;
}

TEST(Objects, deep_nesting_is_refused) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(read_list(deep).ok());
  EXPECT_FALSE(read_list(R"({"id":"1","exceptions":)" + deep + std::string(100'000, ']') + "}").ok());
}

TEST(Objects, an_audience_is_read) {
  const Audience audience =
      read_audience(
          R"({"id":"77","ad_account_id":"1","name":"Readers","audience_type":"CUSTOMER_LIST",)"
          R"("rule":{"customer_list_id":"643"},"size":1000,"status":"READY","created_timestamp":5})")
          .value();
  EXPECT_EQ(audience.id, "77");
  EXPECT_EQ(audience.type, "CUSTOMER_LIST");
  EXPECT_EQ(audience.status, "READY");
  EXPECT_EQ(audience.list, "643");
  EXPECT_EQ(audience.size, 1000);
  EXPECT_EQ(audience.created_time, 5);
}

TEST(Objects, an_audience_without_size_or_rule_is_read) {
  const Audience audience = read_audience(R"({"id":"77","rule":null,"size":null})").value();
  EXPECT_EQ(audience.list, "");
  EXPECT_EQ(audience.size, std::nullopt);
}

TEST(Objects, an_ad_account_tells_its_permissions) {
  const AdAccount account =
      read_ad_account(
          R"({"id":"549755885175","name":"ACME Tools","country":"US","owner":{"username":"acme"},)"
          R"("permissions":["OWNER",7,null,"NEW_ROLE"]})")
          .value();
  EXPECT_EQ(account.name, "ACME Tools");
  EXPECT_EQ(account.owner, "acme");
  EXPECT_EQ(account.permissions, (std::vector<std::string>{"OWNER", "NEW_ROLE"}));
  EXPECT_TRUE(read_ad_account(R"({"id":"1"})").value().permissions.empty());
}

TEST(Objects, a_user_account_is_read) {
  const UserAccount user =
      read_user_account(R"({"id":"5","username":"acme","account_type":"BUSINESS","business_name":null})")
          .value();
  EXPECT_EQ(user.username, "acme");
  EXPECT_EQ(user.type, "BUSINESS");
  EXPECT_EQ(user.business_name, "");
}

TEST(Objects, a_page_has_items_and_perhaps_a_bookmark) {
  const auto page =
      read_lists(R"({"items":[{"id":"2","name":"b"},{"name":"no id"},null,{"id":"1"}],"bookmark":"x=="})");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].name, "b");
  EXPECT_EQ(page->items[1].id, "1");
  EXPECT_EQ(page->bookmark, "x==");
  EXPECT_EQ(read_lists(R"({"items":[],"bookmark":null})").value().bookmark, "");
  EXPECT_EQ(read_audiences(R"({"items":[]})").value().bookmark, "");
  EXPECT_EQ(read_ad_accounts(R"({"items":[{"id":"1"}]})").value().items.size(), 1u);
}

TEST(Objects, a_page_without_items_is_unreadable) {
  EXPECT_FALSE(read_lists("{}").ok());
  EXPECT_FALSE(read_lists(R"({"items":null})").ok());
  EXPECT_FALSE(read_lists(R"({"items":{}})").ok());
  EXPECT_FALSE(read_lists("[]").ok());
}

TEST(Objects, an_error_body_gives_code_and_message) {
  const auto error = read_error_body(R"({"code":29,"message":"No.","status":"failure"})");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, 29);
  EXPECT_EQ(error->message, "No.");
  EXPECT_EQ(read_error_body(R"({"code":"4197"})")->code, 4197);
  EXPECT_EQ(read_error_body(R"({"code":99999999999})")->code, 0);
  EXPECT_EQ(read_error_body(R"({"code":-1})")->code, 0);
  EXPECT_FALSE(read_error_body("<html>").has_value());
}

TEST(Objects, damaged_answers_never_crash) {
  SeededRandom random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string body(kList);
    for (uint64_t n = random.below(4) + 1; n > 0; --n)
      body[random.below(body.size())] = static_cast<char>(random.below(256));
    if (random.chance(30)) body.resize(random.below(body.size()));
    if (const auto list = read_list(body); list.ok()) {
      EXPECT_FALSE(list->id.empty());
    }
    (void)read_lists(body);
    (void)read_error_body(body);
  }
}

}  // namespace
}  // namespace pinrelay::pinterest
