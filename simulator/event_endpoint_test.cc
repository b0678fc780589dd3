#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulator/sample_events.h"

namespace pinrelay::sim {
namespace {

nlohmann::json body_of(const Reply& reply) { return nlohmann::json::parse(reply.body); }
int code_of(const Reply& reply) { return body_of(reply)["code"].get<int>(); }

std::string header_of(const Reply& reply, std::string_view name) {
  for (const http::Header& header : reply.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

TEST(Events, are_taken_and_answered_one_by_one_in_their_order) {
  World world;
  const Reply reply =
      world.handle(send_events({{.id = "a"}, {.id = "", .name = "lead"}, {.id = "b"}}), kStart);
  ASSERT_EQ(reply.status, 200);
  const auto body = body_of(reply);
  EXPECT_EQ(body["num_events_received"], 3);
  EXPECT_EQ(body["num_events_processed"], 2);
  EXPECT_EQ(body["events"][0]["status"], "processed");
  EXPECT_EQ(body["events"][0]["error_message"], "");
  EXPECT_EQ(body["events"][1]["status"], "failed");
  EXPECT_EQ(body["events"][1]["error_message"], "Invalid event_id: it is empty.");
  EXPECT_EQ(body["events"][2]["status"], "processed");
  EXPECT_EQ(effective(world, "a"), 1u);
  EXPECT_EQ(effective(world, "b"), 1u);
  EXPECT_EQ(world.conversions().total().received, 3u);
  EXPECT_EQ(world.conversions().total().failed, 1u);
}

TEST(Events, are_warned_about_as_pinterest_does) {
  World world;
  const std::string external = R"({"em":[")" + sha256_of("a") + R"("],"external_id":[")" + sha256_of("4711") +
                               R"("],"click_id":"dj0y"})";
  const auto body =
      body_of(world.handle(send_events({{.id = "a"},
                                        {.id = "b", .user_data = external},
                                        {.id = "c", .name = "subscription", .user_data = external}}),
                           kStart));
  EXPECT_EQ(body["events"][0]["warning_message"],
            "external_id is missing. We highly recommend this on all events.; click_id is missing");
  EXPECT_EQ(body["events"][1]["warning_message"], "");
  EXPECT_EQ(body["events"][2]["warning_message"], "event_name is not known and is labelled Unknown");
}

TEST(Events, are_sent_with_a_conversion_token_or_an_oauth_token) {
  World world;
  Call call = send_events({{}});
  EXPECT_EQ(world.handle(call, kStart).status, 200);
  call.bearer = "pina_sim";
  EXPECT_EQ(world.handle(call, kStart).status, 200);
  call.bearer = "nobody";
  EXPECT_EQ(world.handle(call, kStart).status, 401);
  world.accounts().add_token("reader", {.scopes = {"ads:read"}});
  call.bearer = "reader";
  EXPECT_EQ(world.handle(call, kStart).status, 401);
}

TEST(ConversionToken, is_good_for_nothing_but_events) {
  World world;
  for (const char* path : {"user_account", "ad_accounts", "ad_accounts/549755885175/customer_lists"}) {
    Call call = sample_call("GET", path);
    call.bearer = "pina_conversion_sim";
    const Reply reply = world.handle(call, kStart);
    EXPECT_EQ(reply.status, 403) << path;
    EXPECT_EQ(code_of(reply), 29) << path;
  }
}

TEST(Events, of_an_ad_account_that_is_not_ours_are_not_permitted) {
  World world;
  Call call = send_events({{}});
  call.target = "/v5/ad_accounts/1/events";
  EXPECT_EQ(world.handle(call, kStart).status, 403);
}

TEST(Events, may_be_sent_in_five_roles) {
  World world;
  for (const char* role : {"OWNER", "ADMIN", "ANALYST", "AUDIENCE_MANAGER", "CAMPAIGN_MANAGER"}) {
    world.accounts().set_role(kAccount, role);
    EXPECT_EQ(world.handle(send_events({{}}), kStart).status, 200) << role;
  }
  world.accounts().set_role(kAccount, "CATALOGS_MANAGER");
  const Reply reply = world.handle(send_events({{}}), kStart);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(code_of(reply), 29);
}

TEST(Events, are_limited_by_ad_account_whatever_the_token) {
  World world({.limits = {.ads_conversions = 2}});
  Call call = send_events({{}});
  world.handle(call, kStart);
  call.bearer = "pina_sim";
  const Reply last = world.handle(call, kStart);
  EXPECT_EQ(header_of(last, "X-RateLimit-Limit"), "2, 2;w=60;name=\"ads_conversions_ad_account_id\"");
  EXPECT_EQ(header_of(last, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(world.handle(call, kStart).status, 429);
  call.target = "/v5/ad_accounts/549755885176/events";
  EXPECT_EQ(world.handle(call, kStart).status, 200);
  EXPECT_EQ(world.handle(send_events({{}}), kStart + Millis{60'000}).status, 200);
}

TEST(TestEvents, are_answered_alike_and_not_recorded) {
  World world;
  const Call call = send_events({{.id = "a"}, {.id = "", .name = "lead"}});
  const std::string real = World().handle(call, kStart).body;
  Call test = call;
  test.target += "?test=true";
  EXPECT_EQ(world.handle(test, kStart).body, real);
  EXPECT_EQ(effective(world, "a"), 0u);
  EXPECT_TRUE(world.conversions().all().empty());
  EXPECT_EQ(world.conversions().total().test_events, 2u);
  EXPECT_EQ(world.conversions().total().received, 0u);
}

TEST(TestEvents, are_looked_at_up_to_the_twentieth) {
  World world;
  std::string body;
  for (int i = 0; i < 21; ++i)
    body += (i == 0 ? "" : ",") + SampleEvent{.id = "e" + std::to_string(i)}.json();
  const auto answer = body_of(world.handle(send_body(R"({"data":[)" + body + "]}", "?test=true"), kStart));
  EXPECT_EQ(answer["num_events_received"], 21);
  EXPECT_EQ(answer["num_events_processed"], 20);
  EXPECT_EQ(answer["events"][20]["status"], "failed");
  EXPECT_EQ(world.conversions().total().test_events, 20u);
  EXPECT_EQ(violations(world, ViolationKind::kTestTooLarge), 1u);
}

TEST(TestEvents, are_limited_to_ten_requests_a_second) {
  World world;
  const Call call = send_events({{}}, "?test=true");
  for (int i = 0; i < 10; ++i) ASSERT_EQ(world.handle(call, kStart).status, 200);
  const Reply refused = world.handle(call, kStart);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header_of(refused, "X-RateLimit-Reset"), "1");
  EXPECT_EQ(world.handle(send_events({{}}), kStart).status, 200);
  EXPECT_EQ(world.handle(call, kStart + Millis{1'000}).status, 200);
}

TEST(TestEvents, are_asked_for_by_true_and_by_nothing_else) {
  World world;
  EXPECT_EQ(world.handle(send_events({{}}, "?test=yes"), kStart).status, 400);
  EXPECT_EQ(world.handle(send_events({{}}, "?test=false"), kStart).status, 200);
  EXPECT_EQ(effective(world, "order-1"), 1u);
}

// Bad events.

TEST(BadEvents, are_told_as_failed_entries_of_a_200) {
  World world;
  world.bad_events().add("bad", Refusal::kPartialFailure);
  const Reply reply = world.handle(send_events({{.id = "good"}, {.id = "bad"}}), kStart);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(body_of(reply)["events"][1]["status"], "failed");
  EXPECT_EQ(effective(world, "good"), 1u);
  EXPECT_EQ(effective(world, "bad"), 0u);
}

TEST(BadEvents, are_told_by_a_422_with_the_details_of_a_200) {
  World world;
  const Call call = send_events({{.id = "good"}, {.id = "bad"}});
  world.bad_events().add("bad", Refusal::kPartialFailure);
  const auto details = body_of(world.handle(call, kStart));
  world.bad_events().add("bad", Refusal::kUnprocessable);
  const Reply reply = world.handle(call, kStart);
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(body_of(reply)["details"], details);
  EXPECT_EQ(effective(world, "good"), 1u);
}

TEST(BadEvents, are_hidden_by_an_opaque_422_which_takes_the_good_ones_or_not) {
  for (const bool takes : {false, true}) {
    World world({.opaque_takes_good = takes});
    world.bad_events().add("bad", Refusal::kUnprocessableOpaque);
    const Reply reply = world.handle(send_events({{.id = "good"}, {.id = "bad"}}), kStart);
    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(body_of(reply)["details"], nlohmann::json::object());
    EXPECT_EQ(effective(world, "good"), takes ? 1u : 0u);
    EXPECT_EQ(effective(world, "bad"), 0u);
  }
}

TEST(BadEvents, can_refuse_the_whole_body) {
  World world;
  world.bad_events().add("bad", Refusal::kWholeBody);
  world.bad_events().add("other", Refusal::kPartialFailure);
  const Reply reply = world.handle(send_events({{.id = "good"}, {.id = "bad"}, {.id = "other"}}), kStart);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(code_of(reply), 4196);
  EXPECT_EQ(effective(world, "good"), 0u);
  EXPECT_EQ(world.conversions().total().refused_bodies, 1u);
  EXPECT_EQ(world.handle(send_events({{.id = "good"}}), kStart).status, 200);
}

TEST(BadEvents, by_their_content_are_told_as_the_options_say) {
  World world({.failed_events = Refusal::kUnprocessable});
  EXPECT_EQ(world.handle(send_events({{.source = "telephone"}}), kStart).status, 422);
}

TEST(BadEvents, are_chosen_by_a_fault_and_stay_bad) {
  World world;
  FaultRule rule;
  rule.fault.kind = FaultKind::kUnprocessable;
  rule.fault.events_per_mille = 500;
  world.faults().add_rule(rule);
  std::string events;
  for (int i = 0; i < 100; ++i)
    events += (i == 0 ? "" : ",") + SampleEvent{.id = "e" + std::to_string(i)}.json();
  const Call call = send_body(R"({"data":[)" + events + "]}");
  world.handle(sample_call("GET", lists_path()), kStart);
  const Reply first = world.handle(call, kStart), second = world.handle(call, kStart);
  EXPECT_EQ(first.status, 422);
  EXPECT_EQ(first.fault, "unprocessable");
  EXPECT_EQ(second.fault, "");
  EXPECT_EQ(first.body, second.body);
  EXPECT_GT(world.bad_events().all().size(), 30u);
  EXPECT_LT(world.bad_events().all().size(), 70u);
  EXPECT_EQ(world.conversions().total().effective, 100 - world.bad_events().all().size());
}

}  // namespace
}  // namespace pinrelay::sim
