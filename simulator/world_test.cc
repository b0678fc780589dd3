#include "simulator/world.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulator/sample_calls.h"

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

TEST(World, adds_and_removes_what_it_is_told) {
  World world;
  const std::string id = made_list(world, joined({1, 2}));
  EXPECT_EQ(world.handle(change_list(id, "ADD", joined({2, 3})), kStart).status, 200);
  EXPECT_EQ(world.handle(change_list(id, "REMOVE", joined({1, 9})), kStart).status, 200);
  EXPECT_EQ(world.members(id)->sorted(), (std::vector<Hash>{sample_hash(2), sample_hash(3)}));
}

TEST(World, counts_records_even_when_nothing_changes) {
  World world;
  const std::string id = made_list(world, joined({1, 2}));
  world.handle(change_list(id, "ADD", joined({2, 3})), kStart);
  world.handle(change_list(id, "REMOVE", joined({9})), kStart);
  const auto list = body_of(world.handle(get_list(id), kStart));
  EXPECT_EQ(list["num_batches"], 3);
  EXPECT_EQ(list["num_uploaded_user_records"], 4);
  EXPECT_EQ(list["num_removed_user_records"], 1);
  EXPECT_EQ(list["type"], "customerlist");
}

TEST(World, moves_a_list_from_processing_to_too_small_to_ready) {
  World world;
  const std::string id = made_list(world, joined({1}));
  auto status_at = [&](Time now) { return body_of(world.handle(get_list(id), now))["status"]; };
  EXPECT_EQ(status_at(kStart + Millis{59'999}), "PROCESSING");
  EXPECT_EQ(status_at(kStart + Millis{60'000}), "TOO_SMALL");
  world.handle(change_list(id, "ADD", joined_range(0, 100)), kStart + Millis{60'000});
  EXPECT_EQ(status_at(kStart + Millis{60'001}), "READY");
}

TEST(World, refuses_a_wrong_body_as_pinterest_does) {
  World world;
  const std::string id = made_list(world, joined({1}));
  const std::string path = lists_path() + "/" + id;
  auto code = [&](const std::string& body) {
    const Reply reply = world.handle(sample_call("PATCH", path, body), kStart);
    return std::pair{reply.status, code_of(reply)};
  };
  const std::pair invalid{400, 1};
  EXPECT_EQ(code("no json"), invalid);
  EXPECT_EQ(code("[]"), invalid);
  EXPECT_EQ(code(R"({"operation_type":"REPLACE","records":"a@example.org"})"), invalid);
  EXPECT_EQ(code(R"({"operation_type":"ADD"})"), invalid);
  EXPECT_EQ(code(R"({"operation_type":"ADD","records":["a@example.org"]})"), invalid);
  EXPECT_EQ(code(R"({"operation_type":"ADD","records":""})"), std::pair(400, 2741));
  EXPECT_EQ(code(R"({"operation_type":"ADD","records":"nobody"})"), std::pair(400, 2740));
  EXPECT_EQ(world.members(id)->size(), 1u);
}

TEST(World, wants_the_content_type_json) {
  World world;
  Call call = create_list("Readers", joined({1}));
  call.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(world.handle(call, kStart).status, 400);
}

TEST(World, does_not_find_a_list_of_another_ad_account) {
  World world;
  const std::string id = made_list(world, joined({1}));
  const Reply reply =
      world.handle(sample_call("GET", "ad_accounts/549755885176/customer_lists/" + id), kStart);
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(code_of(reply), 1001);
}

TEST(World, answers_a_wrong_method_and_an_unknown_path_apart) {
  World world;
  EXPECT_EQ(world.handle(sample_call("DELETE", lists_path()), kStart).status, 405);
  EXPECT_EQ(world.handle(sample_call("GET", "boards"), kStart).status, 404);
  EXPECT_EQ(world.handle(sample_call("GET", lists_path() + "/12x"), kStart).status, 404);
}

TEST(World, refuses_more_records_or_bytes_than_it_takes) {
  World world({.records_max = 3, .body_bytes_max = 1'000});
  EXPECT_EQ(world.handle(create_list("Readers", joined_range(0, 4)), kStart).status, 413);
  EXPECT_EQ(world.handle(create_list("Readers", joined_range(0, 20)), kStart).status, 413);
  world.options().too_large_status = 400;
  EXPECT_EQ(world.handle(create_list("Readers", joined_range(0, 4)), kStart).status, 400);
  EXPECT_EQ(world.handle(create_list("Readers", joined_range(0, 3)), kStart).status, 200);
}

TEST(World, refuses_a_batch_with_a_bad_record_whole) {
  World world;
  const std::string id = made_list(world, joined({1}));
  world.bad_records().insert(sample_hash(66));
  EXPECT_EQ(world.handle(change_list(id, "ADD", joined({2, 66, 3})), kStart).status, 400);
  EXPECT_EQ(world.handle(change_list(id, "ADD", joined({2, 3})), kStart).status, 200);
  EXPECT_EQ(world.members(id)->size(), 3u);
}

TEST(World, counts_records_that_must_never_come) {
  World world;
  made_list(world, "jane@example.org,e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(world.traffic().plain_records, 1u);
  EXPECT_EQ(world.traffic().hashes_of_nothing, 1u);
}

TEST(World, limits_writes_by_token_and_says_when_to_come_back) {
  World world({.limits = {.ads_write = 2}});
  world.handle(create_list("A", joined({1})), kStart);
  const Reply last = world.handle(create_list("B", joined({1})), kStart + Millis{500});
  EXPECT_EQ(header_of(last, "X-RateLimit-Limit"), "2, 2;w=60;name=\"ads_write_app_id_user_id\"");
  EXPECT_EQ(header_of(last, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(header_of(last, "X-RateLimit-Reset"), "60");
  const Reply refused = world.handle(create_list("C", joined({1})), kStart + Millis{10'500});
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(code_of(refused), 8);
  EXPECT_EQ(header_of(refused, "X-RateLimit-Reset"), "50");
  EXPECT_EQ(world.lists().all().size(), 2u);
  EXPECT_EQ(world.traffic().throttled, 1u);
  EXPECT_EQ(world.handle(sample_call("GET", lists_path()), kStart + Millis{10'500}).status, 200);
  EXPECT_EQ(world.handle(create_list("C", joined({1})), kStart + Millis{60'000}).status, 200);
}

TEST(World, has_no_limits_when_they_are_off) {
  World world({.limits = {.enabled = false, .ads_write = 1}});
  for (int i = 0; i < 500; ++i) ASSERT_EQ(world.handle(create_list("A", joined({1})), kStart).status, 200);
}

TEST(World, refuses_a_token_that_is_unknown_ended_or_revoked) {
  World world;
  Call call = sample_call("GET", "ad_accounts");
  world.accounts().add_token("short", {.expires = kStart + Millis{10}});
  call.bearer = "short";
  EXPECT_EQ(world.handle(call, kStart).status, 200);
  const Reply ended = world.handle(call, kStart + Millis{10});
  EXPECT_EQ(ended.status, 401);
  EXPECT_EQ(ended.body, R"({"code":2,"message":"Authentication failed.","status":"failure"})");
  world.accounts().revoke_token("pina_sim");
  EXPECT_EQ(world.handle(sample_call("GET", "ad_accounts"), kStart).status, 401);
}

TEST(World, wants_the_scope_of_a_write) {
  World world;
  world.accounts().add_token("reader", {.scopes = {"ads:read"}});
  Call call = create_list("Readers", joined({1}));
  call.bearer = "reader";
  const Reply reply = world.handle(call, kStart);
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(code_of(reply), 3);
}

TEST(World, lets_only_some_roles_write) {
  World world;
  for (const std::string role : {"OWNER", "ADMIN", "AUDIENCE_MANAGER"}) {
    world.accounts().set_role(kAccount, role);
    EXPECT_EQ(world.handle(create_list("Readers", joined({1})), kStart).status, 200) << role;
  }
  world.accounts().set_role(kAccount, "ANALYST");
  const Reply reply = world.handle(create_list("Readers", joined({1})), kStart);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(code_of(reply), 29);
  EXPECT_EQ(world.handle(sample_call("GET", lists_path()), kStart).status, 200);
}

TEST(World, hands_out_ad_accounts_in_pages) {
  World world;
  std::string query;
  std::vector<std::string> ids;
  for (int page = 0; page < 3; ++page) {
    const auto body = body_of(world.handle(sample_call("GET", "ad_accounts" + query), kStart));
    for (const auto& item : body["items"]) ids.push_back(item["id"]);
    if (body["bookmark"].is_null()) break;
    query = "?bookmark=" + body["bookmark"].get<std::string>();
  }
  EXPECT_EQ(ids.size(), 60u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 60u);
}

TEST(World, hands_out_lists_newest_first_when_asked) {
  World world;
  for (const char* name : {"A", "B", "C"}) world.handle(create_list(name, joined({1})), kStart);
  const std::string path = lists_path() + "?order=DESCENDING&page_size=2";
  const auto first = body_of(world.handle(sample_call("GET", path), kStart));
  EXPECT_EQ(first["items"][0]["name"], "C");
  const auto rest = body_of(
      world.handle(sample_call("GET", path + "&bookmark=" + first["bookmark"].get<std::string>()), kStart));
  ASSERT_EQ(rest["items"].size(), 1u);
  EXPECT_EQ(rest["items"][0]["name"], "A");
  EXPECT_TRUE(rest["bookmark"].is_null());
  EXPECT_EQ(world.handle(sample_call("GET", lists_path() + "?page_size=251"), kStart).status, 400);
}

TEST(World, makes_an_audience_that_tells_the_size_of_its_list) {
  World world;
  const std::string id = made_list(world, joined_range(0, 150));
  const std::string path = std::string("ad_accounts/") + kAccount + "/audiences";
  const Reply made = world.handle(
      sample_call("POST", path,
                  R"({"name":"Readers","audience_type":"CUSTOMER_LIST","rule":{"customer_list_id":")" + id +
                      R"("}})"),
      kStart);
  ASSERT_EQ(made.status, 200);
  EXPECT_EQ(body_of(made)["status"], "INITIALIZING");
  EXPECT_TRUE(body_of(made)["size"].is_null());
  const std::string one = path + "/" + body_of(made)["id"].get<std::string>();
  const auto later = body_of(world.handle(sample_call("GET", one), kStart + Millis{60'000}));
  EXPECT_EQ(later["status"], "READY");
  EXPECT_EQ(later["size"], 150);
  EXPECT_EQ(world.handle(sample_call("PATCH", one, R"({"operation_type":"REMOVE"})"), kStart).status, 200);
  const Reply gone = world.handle(sample_call("GET", one), kStart);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(code_of(gone), 1000);
}

Call token_call(const std::string& form) {
  Call call;
  call.method = "POST", call.target = "/v5/oauth/token", call.basic = "YXBwOnNlY3JldA==";
  call.content_type = "application/x-www-form-urlencoded", call.body = form;
  return call;
}

TEST(World, grants_tokens_and_takes_a_refresh_token_once) {
  World world;
  const Reply first =
      world.handle(token_call("grant_type=authorization_code&code=c1&redirect_uri=x"), kStart);
  ASSERT_EQ(first.status, 200);
  Call call = sample_call("GET", "user_account");
  call.bearer = body_of(first)["access_token"].get<std::string>();
  EXPECT_EQ(world.handle(call, kStart).status, 200);
  const std::string refresh =
      "grant_type=refresh_token&refresh_token=" + body_of(first)["refresh_token"].get<std::string>();
  EXPECT_EQ(world.handle(token_call(refresh), kStart).status, 200);
  const Reply again = world.handle(token_call(refresh), kStart);
  EXPECT_EQ(again.status, 401);
  EXPECT_EQ(code_of(again), 283);
  EXPECT_EQ(world.handle(token_call("grant_type=authorization_code&code=c1"), kStart).status, 401);
}

Call visit(const std::string& redirect_uri, const std::string& decision, const std::string& id = "1500") {
  Call call;
  call.method = "GET";
  call.target = "/oauth/?client_id=" + id + "&redirect_uri=" + redirect_uri +
                "&response_type=code&scope=ads:read,ads:write,boards:read&state=s1" + decision;
  return call;
}
std::string location_of(const Reply& reply) {
  for (const http::Header& header : reply.headers)
    if (header.name == "Location") return header.value;
  return "";
}

TEST(World, asks_a_person_and_leads_back_with_a_code_that_serves_once_and_soon) {
  WorldOptions options;
  options.app = {"1500", "sim_secret", {"http://a/b"}};
  World world(options);
  const Reply asked = world.handle(visit("http%3A%2F%2Fa%2Fb", ""), kStart);
  EXPECT_EQ(asked.status, 200);
  EXPECT_NE(asked.body.find("SIMULATOR"), std::string::npos);
  EXPECT_EQ(world.handle(visit("http%3A%2F%2Fa%2Fb%2F", "&decision=approve"), kStart).status, 400);
  EXPECT_EQ(world.handle(visit("http%3A%2F%2Fa%2Fb", "&decision=approve", "1501"), kStart).status, 400);
  EXPECT_EQ(location_of(world.handle(visit("http%3A%2F%2Fa%2Fb", "&decision=deny"), kStart)),
            "http://a/b?error=access_denied&state=s1");
  const auto approve = [&] {
    const std::string location =
        location_of(world.handle(visit("http%3A%2F%2Fa%2Fb", "&decision=approve"), kStart));
    const size_t code = location.find("code=") + 5;
    return location.substr(code, location.find('&', code) - code);
  };
  const auto exchange = [&](const std::string& code, const std::string& uri, Time now,
                            const char* basic = "MTUwMDpzaW1fc2VjcmV0") {
    Call call = token_call("grant_type=authorization_code&code=" + code + "&redirect_uri=" + uri);
    call.basic = basic;
    return world.handle(call, now);
  };
  const std::string code = approve();
  const Reply granted = exchange(code, "http%3A%2F%2Fa%2Fb", kStart);
  EXPECT_EQ(granted.status, 200);
  EXPECT_EQ(body_of(granted)["scope"], "ads:read ads:write") << "what was asked for and may be given";
  EXPECT_EQ(exchange(code, "http%3A%2F%2Fa%2Fb", kStart).status, 401) << "a second time";
  EXPECT_EQ(exchange(approve(), "http%3A%2F%2Fa%2Fc", kStart).status, 401) << "another redirect URI";
  EXPECT_EQ(exchange(approve(), "http%3A%2F%2Fa%2Fb", kStart + std::chrono::minutes(10)).status, 401)
      << "late";
  EXPECT_EQ(exchange(approve(), "http%3A%2F%2Fa%2Fb", kStart, "MTUwMDp3cm9uZw==").status, 401)
      << "wrong secret";
}

}  // namespace
}  // namespace pinrelay::sim
