#include "simulator/control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/fault_orders.h"
#include "simulator/sample_events.h"

namespace pinrelay::sim {
namespace {

Reply told(World& world, std::string method, const std::string& path, std::string body = "") {
  Call call;
  call.method = std::move(method), call.target = "/_sim/" + path, call.body = std::move(body);
  return control(world, call, kStart);
}

nlohmann::json state_of(World& world) { return nlohmann::json::parse(told(world, "GET", "state").body); }

TEST(Control, shows_lists_requests_and_faults) {
  World world;
  const std::string id = made_list(world, joined({1, 2}));
  ASSERT_EQ(told(world, "POST", "faults", R"({"fault":"html","method":"PATCH"})").status, 200);
  world.handle(change_list(id, "ADD", joined({3})), kStart);
  const auto state = state_of(world);
  EXPECT_EQ(state["lists"][0]["size"], 3);
  EXPECT_EQ(state["lists"][0]["digest"], world.members(id)->digest());
  EXPECT_EQ(state["requests"]["by_route"]["PATCH customer_lists/{id}"], 1);
  EXPECT_EQ(state["requests"]["records_added"], 3);
  EXPECT_EQ(state["faults"]["injected"]["html"], 1);
  EXPECT_EQ(state["recent"][1]["fault"], "html");
  EXPECT_TRUE(state["recent"][1]["changed"]);
}

TEST(Control, lists_members_in_order) {
  World world;
  const std::string id = made_list(world, joined({2, 1}));
  const std::string path = "lists/" + id + "/members";
  EXPECT_EQ(told(world, "GET", path).body, to_hex(sample_hash(1)) + "\n" + to_hex(sample_hash(2)) + "\n");
  EXPECT_EQ(told(world, "GET", path + "?prefix=02").body, to_hex(sample_hash(2)) + "\n");
  EXPECT_EQ(told(world, "GET", "lists/1/members").status, 404);
}

TEST(Control, acts_for_a_colleague_in_ads_manager) {
  World world;
  const std::string id = made_list(world, joined({1}));
  told(world, "PATCH", "lists/" + id, R"({"status":"READY"})");
  EXPECT_EQ(state_of(world)["lists"][0]["status"], "READY");
  told(world, "PATCH", "lists/" + id, R"({"status":null})");
  EXPECT_EQ(state_of(world)["lists"][0]["status"], "PROCESSING");
  told(world, "DELETE", "lists/" + id);
  EXPECT_EQ(world.handle(get_list(id), kStart).status, 404);
  told(world, "PATCH", std::string("ad_accounts/") + kAccount, R"({"role":"ANALYST"})");
  EXPECT_EQ(world.handle(create_list("A", joined({1})), kStart).status, 403);
}

TEST(Control, adds_and_revokes_tokens) {
  World world;
  told(world, "POST", "tokens", R"({"revoke":"pina_sim"})");
  EXPECT_EQ(world.handle(sample_call("GET", "ad_accounts"), kStart).status, 401);
  told(world, "POST", "tokens", R"({"add":"pina_sim","expires_in":10})");
  EXPECT_EQ(world.handle(sample_call("GET", "ad_accounts"), kStart).status, 200);
  EXPECT_EQ(world.handle(sample_call("GET", "ad_accounts"), kStart + Millis{10'000}).status, 401);
}

TEST(Control, changes_options_and_refuses_unknown_ones) {
  World world;
  EXPECT_EQ(told(world, "PATCH", "options", R"({"ads_write":1,"processing_ms":0})").status, 200);
  made_list(world, joined({1}));
  EXPECT_EQ(state_of(world)["lists"][0]["status"], "TOO_SMALL");
  EXPECT_EQ(world.handle(create_list("B", joined({1})), kStart).status, 429);
  EXPECT_EQ(told(world, "PATCH", "options", R"({"speed":1})").status, 400);
}

TEST(Control, makes_late_changes_at_once_when_told) {
  World world;
  told(world, "PATCH", "options", R"({"reorder_window_ms":60000})");
  const std::string id = made_list(world, joined({1}));
  told(world, "POST", "settle");
  EXPECT_EQ(world.members(id)->size(), 1u);
}

TEST(Control, starts_anew) {
  World world;
  made_list(world, joined({1}));
  world.accounts().revoke_token("pina_sim");
  told(world, "POST", "reset");
  EXPECT_TRUE(world.lists().all().empty());
  EXPECT_EQ(world.traffic().requests, 0u);
  EXPECT_EQ(world.handle(create_list("A", joined({1})), kStart).status, 200);
}

TEST(FaultOrders, are_taken_all_or_none_and_name_the_wrong_line) {
  World world;
  const Reply reply =
      told(world, "POST", "faults", "# a scenario\n{\"fault\":\"html\"}\n{\"fault\":\"flood\"}\n");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("line 3"), std::string::npos);
  EXPECT_TRUE(world.faults().rules().empty());
}

TEST(FaultOrders, set_rules_shares_profiles_and_bad_records) {
  World world;
  const std::string bad = to_hex(sample_hash(5));
  const std::string orders = "{\"profile\":\"light\"}\n{\"clear\":true}\n{\"bad_record\":\"" + bad +
                             "\"}\n{\"fault\":\"throttled\",\"retry_after\":5,\"count\":0}\n"
                             "{\"fault\":\"slow\",\"delay_ms\":20,\"per_mille\":1000}\n";
  ASSERT_EQ(told(world, "POST", "faults", orders).status, 200);
  EXPECT_TRUE(world.bad_records().contains(sample_hash(5)));
  ASSERT_EQ(world.faults().rules().size(), 1u);
  EXPECT_EQ(world.faults().rules()[0].count, kForever);
  ASSERT_EQ(world.faults().shares().size(), 1u);
  EXPECT_EQ(world.faults().shares()[0].fault.delay, Millis{20});
}

TEST(Control, shows_conversions_one_by_one_and_together) {
  World world({.keep_events = true});
  world.handle(send_events({{.id = "a"}, {.id = "b"}}), kStart);
  ASSERT_EQ(told(world, "POST", "faults", R"({"fault":"internal_error"})").status, 200);
  world.handle(send_events({{.id = "c"}}), kStart);
  const auto state = state_of(world)["conversions"];
  EXPECT_EQ(state["effective"], 2);
  EXPECT_EQ(state["lost"], 1);
  EXPECT_EQ(state["violations"]["total"], 0);
  EXPECT_EQ(state["by_ad_account"][kAccount]["received"], 2);
  const std::string lines = told(world, "GET", "conversions").body;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  const auto second = nlohmann::json::parse(told(world, "GET", "conversions?from=1&limit=1").body);
  EXPECT_EQ(second["event_id"], "b");
  EXPECT_EQ(second["count"], 1);
  EXPECT_EQ(second["sha256"], sha256_of(SampleEvent{.id = "b"}.json()));
  EXPECT_EQ(second["event"]["event_name"], "checkout");
  const std::string all = told(world, "GET", "conversions?all=yes").body;
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
  EXPECT_EQ(told(world, "GET", "conversions?from=x").status, 400);
}

TEST(Control, adds_a_conversion_token_and_changes_how_events_are_refused) {
  World world;
  told(world, "POST", "tokens", R"({"add":"pina_new","conversion":true})");
  Call call = send_events({{.id = ""}});
  call.bearer = "pina_new";
  EXPECT_EQ(world.handle(call, kStart).status, 200);
  EXPECT_EQ(told(world, "PATCH", "options", R"({"failed_events":"unprocessable_opaque"})").status, 200);
  EXPECT_EQ(world.handle(call, kStart).status, 422);
  EXPECT_EQ(told(world, "PATCH", "options", R"({"failed_events":"never"})").status, 400);
  told(world, "PATCH", "options", R"({"ads_conversions":2})");
  EXPECT_EQ(world.handle(call, kStart).status, 429);
}

TEST(FaultOrders, name_bad_events_and_how_they_are_refused) {
  World world;
  ASSERT_EQ(told(world, "POST", "faults",
                 "{\"bad_event\":\"a\"}\n{\"bad_event\":\"b\",\"as\":\"whole_body_400\"}\n"
                 "{\"fault\":\"unprocessable\",\"events_per_mille\":5}")
                .status,
            200);
  EXPECT_EQ(*world.bad_events().find("a"), Refusal::kPartialFailure);
  EXPECT_EQ(*world.bad_events().find("b"), Refusal::kWholeBody);
  EXPECT_EQ(world.faults().rules()[0].fault.events_per_mille, 5u);
  for (const char* order :
       {R"({"bad_event":""})", R"({"bad_event":"a","as":"404"})", R"({"fault":"html","events_per_mille":5})"})
    EXPECT_FALSE(apply_fault_orders(world, order).ok()) << order;
}

TEST(FaultOrders, refuse_what_makes_no_sense) {
  World world;
  for (const char* order :
       {"nonsense", "[]", R"({"fault":"html","often":1})", R"({"fault":"html","count":-1})",
        R"({"fault":"not_found","applied":true})", R"({"profile":"huge"})", R"({"bad_record":"xyz"})",
        R"({"clear":true,"seed":1})"}) {
    EXPECT_FALSE(apply_fault_orders(world, order).ok()) << order;
  }
}

}  // namespace
}  // namespace pinrelay::sim
