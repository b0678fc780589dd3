#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr Millis kMinute{60'000};

struct Why : CommandTest {
  Json way(const std::string& key) { return json({"job", "why", key})["jobs"][0]; }
  Json identifier(const std::string& key, const std::string& email) {
    Sha256 sha;
    const std::string hint = to_hex(ByteView(sha.hash(email)).first(4)) + "…";
    const Json answer = way(key);
    for (const Json& step : answer["identifiers"])
      if (step["identifier"] == hint) return step;
    return nullptr;
  }
};

TEST_F(Why, a_member_is_followed_from_value_to_list) {
  member("u1", "jane@example.org");
  start_readers();
  const Output output = said({"job", "why", "u1"});
  const Json& way = output.json["jobs"][0];
  EXPECT_EQ(way["member"], true);
  EXPECT_EQ(way["member_since"], format_rfc3339(clock_.now()));
  EXPECT_EQ(way["fields"][0]["values"][0]["value"], "j***@e***.org");
  const Json step = identifier("u1", "jane@example.org");
  EXPECT_EQ(way["fields"][0]["values"][0]["identifier"], step["identifier"]);
  EXPECT_EQ(step["desired"], true);
  EXPECT_EQ(step["acknowledged"], "on_list");
  EXPECT_EQ(step["owners"], 1);
  EXPECT_EQ(step["last_request"]["pinterest_request_id"], "rid-1");
  EXPECT_EQ(step["next"], "nothing: it is where it belongs");
  EXPECT_EQ(output.text.find("jane"), std::string::npos);
  EXPECT_EQ(output.json.dump().find("jane"), std::string::npos);
}

TEST_F(Why, a_changed_address_shows_the_old_one_on_its_way_out) {
  member("u1", "old@example.org");
  start_readers();
  clock_.advance(kMinute);
  member("u1", "new@example.org");
  work();
  const Json old = identifier("u1", "old@example.org"), now = identifier("u1", "new@example.org");
  EXPECT_EQ(old["desired"], false);
  EXPECT_EQ(old["acknowledged"], "on_list");
  EXPECT_EQ(old["queue"]["operation"], "remove");
  EXPECT_EQ(now["acknowledged"], "not_on_list");
  EXPECT_EQ(now["queue"]["operation"], "add");
  EXPECT_EQ(now["queue"]["next_flush"], format_rfc3339(clock_.now() + 5 * kMinute));
  pass(6 * kMinute);
  EXPECT_TRUE(identifier("u1", "old@example.org").is_null());
  EXPECT_EQ(identifier("u1", "new@example.org")["acknowledged"], "on_list");
}

TEST_F(Why, an_open_request_is_named_in_flight) {
  start_readers();
  member("u1", "a@example.org");
  work();
  pinterest_.silent = true;
  pass(6 * kMinute);
  const Json step = identifier("u1", "a@example.org");
  EXPECT_EQ(step["in_flight"], true);
  EXPECT_EQ(step["last_request"]["verdict"], "open");
}

TEST_F(Why, an_unknown_outcome_is_told_with_its_settle_time) {
  member("u1", "a@example.org");
  start_readers();
  clock_.advance(kMinute);
  pinterest_.answer = [](const http::Request& request) {
    return request.method == "PATCH" ? std::pair{500, std::string("oops")}
                                     : std::pair{200, ok_answer(request)};
  };
  rows({{store::ChangeType::kExit, 0, "u1", "Readers"}});
  work();
  pass(6 * kMinute);
  clock_.advance(kMinute);
  member("u1", "a@example.org");
  work();
  const Json step = identifier("u1", "a@example.org");
  EXPECT_EQ(step["acknowledged"], "unknown");
  EXPECT_EQ(step["queue"]["class"], "settling");
  EXPECT_EQ(step["queue"]["settles_at"], step["settling_until"]);
  EXPECT_GT(step["settling_until"].get<std::string>(), format_rfc3339(clock_.now()));
}

TEST_F(Why, a_shared_identifier_counts_its_other_owners) {
  member("u1", "a@example.org");
  member("u2", "A@example.org");
  start_readers();
  EXPECT_EQ(identifier("u1", "a@example.org")["owners"], 2);
  EXPECT_EQ(identifier("u1", "a@example.org")["shared_with"], 1);
}

TEST_F(Why, an_invalid_value_says_what_to_correct) {
  member("u1", "nowhere");
  start_readers();
  const Json way = this->way("u1");
  EXPECT_EQ(way["reason"], "invalid_email");
  EXPECT_EQ(way["fields"][0]["values"][0]["reason"], "invalid_email");
  EXPECT_TRUE(way["identifiers"].empty());
  EXPECT_EQ(way["next"], "correct the address");
}

TEST_F(Why, who_has_left_is_no_member_since_then) {
  member("u1", "a@example.org");
  start_readers();
  clock_.advance(kMinute);
  rows({{store::ChangeType::kExit, 0, "u1", "Readers"}});
  work();
  pass(6 * kMinute);
  const Json way = this->way("u1");
  EXPECT_EQ(way["member"], false);
  EXPECT_EQ(way["left_at"], format_rfc3339(clock_.now() - 6 * kMinute));
  EXPECT_EQ(way["next"], "nothing: the person is not a member of the audience");
}

TEST_F(Why, consent_is_shown_where_the_job_asks_for_it) {
  member("u1", "a@example.org");
  start_readers("    consent_field: optin\n");
  EXPECT_EQ(way("u1")["consent"], false);
  rows({{store::ChangeType::kProfile, 0, "u1", {}, {}, {{"optin", "true"}}}});
  EXPECT_EQ(way("u1")["consent"], true);
}

TEST_F(Why, a_deleted_person_is_known_as_deleted) {
  member("u1", "a@example.org");
  start_readers();
  clock_.advance(kMinute);
  rows({{store::ChangeType::kDelete, 0, "u1"}});
  work();
  const Json answer = json({"job", "why", "u1"});
  EXPECT_EQ(answer["exists"], false);
  EXPECT_EQ(answer["deleted_at"], format_rfc3339(clock_.now()));
  EXPECT_EQ(identifier("u1", "a@example.org")["queue"]["operation"], "remove");
}

TEST_F(Why, who_is_on_a_list_is_found_by_the_address_that_put_them_there) {
  member("u1", "a@example.org");
  member("u2", "both@example.org");
  member("u3", "both@example.org");
  start_readers();
  const Json by_key = json({"job", "why", "u1"});
  EXPECT_EQ(json({"job", "why", " A@Example.org"})["profile_id"], by_key["profile_id"]);
  EXPECT_EQ(fails({"job", "why", "both@example.org"}), "several_people");
  EXPECT_EQ(fails({"job", "why", "c@example.org"}), "no_profile");
}

TEST_F(Why, an_unknown_key_or_job_is_an_error) {
  start_readers();
  EXPECT_EQ(fails({"job", "why", "nobody"}), "no_profile");
  member("u1", "a@example.org");
  EXPECT_EQ(fails({"job", "why", "u1", "--job", "nothing"}), "no_job");
}

}  // namespace
}  // namespace pinrelay::cli
