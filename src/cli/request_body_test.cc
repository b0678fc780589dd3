#include "cli/request_body.h"

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}, {ip: client_ip_address}]
    event: [{order: event_id}, {at: event_time}]
    details: [{total: value}, {page: event_source_url}]
    existing_users: true
)";

struct Inspector : CommandTest {
  Json newest(const std::string& job) {
    const Json last = json({"job", "requests", job, "--limit", "1"})["requests"].at(0);
    const Output output =
        said({"job", "requests", job, "--number", std::to_string(last["number"].get<int64_t>())});
    const std::string all = output.text + output.json.dump();
    for (const std::string& secret : {std::string("pina_"), std::string("8.8.4.4"), std::string("u=anna"),
                                      to_hex(Sha256().hash("anna@example.org"))})
      EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    EXPECT_NE(output.json["curl"].get<std::string>().find("$PINTEREST_TOKEN"), std::string::npos);
    return output.json;
  }
};

TEST_F(Inspector, a_list_write_that_is_open_shows_its_structure_and_no_whole_hash) {
  start_readers();
  member("u1", "anna@example.org");
  work();
  pinterest_.silent = true;
  said({"job", "flush", "readers"});
  work();
  const Json open = newest("readers");
  EXPECT_EQ(open["method"], "POST");
  EXPECT_EQ(open["body"]["list_type"], "EMAIL");
  EXPECT_EQ(open["body"]["records"], to_hex(Sha256().hash("anna@example.org")).substr(0, 8) + "…");
  EXPECT_TRUE(open["curl"].get<std::string>().starts_with("curl -X POST 'http"));
}

TEST_F(Inspector, a_list_write_that_has_ended_says_that_its_body_is_gone) {
  start_readers();
  member("u1", "anna@example.org");
  work();
  said({"job", "flush", "readers"});
  work();
  const Json rows = json({"job", "requests", "readers"})["requests"];
  bool write = false, look = false;
  for (const Json& row : rows) {
    const Json shown =
        json({"job", "requests", "readers", "--number", std::to_string(row["number"].get<int64_t>())});
    EXPECT_TRUE(shown["body"].is_null());
    (row["method"] == "GET" ? look : write) = true;
    EXPECT_EQ(shown["body_note"] == "", row["method"] == "GET");
    EXPECT_EQ(shown["curl"].get<std::string>().find("@body.json") == std::string::npos,
              row["method"] == "GET");
  }
  EXPECT_TRUE(write && look);
}

TEST_F(Inspector, events_are_shown_masked_until_their_outcome_erases_them) {
  pinterest_.silent = true;
  rows({{store::ChangeType::kProfile,
         0,
         "u1",
         {},
         {},
         {{"email", "anna@example.org"},
          {"ip", "8.8.4.4"},
          {"order", "secret-order"},
          {"total", "12.50"},
          {"page", "https://shop.example/?u=anna"}}},
        {store::ChangeType::kEnter, 0, "u1", "Readers"}});
  said({"apply", configuration(kOrders), "--start"});
  work();
  const Json open = newest("orders");
  ASSERT_EQ(open["body"]["data"].size(), 1u) << open.dump(1);
  const Json& event = open["body"]["data"][0];
  EXPECT_EQ(event["event_name"], "checkout");
  EXPECT_TRUE(event["event_time"].is_number());
  EXPECT_EQ(event["custom_data"]["value"], "12.50");
  EXPECT_EQ(event["user_data"]["em"][0].get<std::string>().size(), 6u + std::string("…").size());
  EXPECT_EQ(event["event_id"], "secret-order");
  EXPECT_EQ(open["body_note"], "");
}

TEST_F(Inspector, events_with_an_outcome_leave_no_body) {
  pinterest_.answer = [](const http::Request&) {
    return std::pair{
        200, std::string(
                 R"({"num_events_received":1,"num_events_processed":1,"events":[{"status":"processed"}]})")};
  };
  rows({{store::ChangeType::kProfile,
         0,
         "u1",
         {},
         {},
         {{"email", "anna@example.org"}, {"order", "secret-order"}}},
        {store::ChangeType::kEnter, 0, "u1", "Readers"}});
  said({"apply", configuration(kOrders), "--start"});
  work();
  const Json ended = newest("orders");
  EXPECT_TRUE(ended["body"].is_null());
  EXPECT_NE(ended["body_note"], "");
}

TEST(CurlLine, quotes_what_a_shell_would_take_for_more) {
  store::RequestRow row;
  row.method = "POST", row.path = "/x'y";
  EXPECT_EQ(
      curl_line("https://a", row, {Json{{"k", "it's"}}, ""}),
      R"(curl -X POST 'https://a/x'\''y' -H "Authorization: Bearer $PINTEREST_TOKEN" -H 'Content-Type: application/json' --data '{"k":"it'\''s"}')");
}

}  // namespace
}  // namespace pinrelay::cli
