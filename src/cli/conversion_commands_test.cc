#include <set>

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr Millis kHour{3'600'000};
constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
    details: [{total: value}]
)";

// Takes every event but those whose id it is told.
struct Orders : CommandTest {
  std::set<std::string> bad;

  Orders() {
    pinterest_.answer = [this](const http::Request& request) {
      Json answer = {{"num_events_received", 0}, {"num_events_processed", 0}, {"events", Json::array()}};
      int taken = 0;
      const Json body = Json::parse(request.body);
      for (const Json& event : body.at("data")) {
        const bool fine = !bad.contains(event.at("event_id").get<std::string>());
        taken += fine;
        answer["events"].push_back(fine ? Json{{"status", "processed"}}
                                        : Json{{"status", "failed"}, {"error_message", "no such thing"}});
      }
      answer["num_events_received"] = body.at("data").size();
      answer["num_events_processed"] = taken;
      return std::pair{200, answer.dump()};
    };
  }
  void start() {
    said({"apply", configuration(kOrders), "--start"});
    work();
  }
  void buys(int number, const std::string& email, const std::string& at = "") {
    const std::string key = "u" + std::to_string(number);
    const int64_t now = to_millis(clock_.now());
    const std::string order = "o" + std::to_string(number);
    // By the way of all input, where a conversions job listens.
    store_->inbox().append(
        store::encode({{store::ChangeType::kProfile,
                        now,
                        key,
                        {},
                        {},
                        {{"email", email}, {"order", order}, {"at", at}, {"phone", "030 123"}}},
                       {store::ChangeType::kEnter, now, key, "Buyers"}}),
        [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
    work();
  }
  void buys(int number) { buys(number, "p" + std::to_string(number) + "@example.org"); }
  Json total() { return json({"job", "show", "orders"})["total"]; }
};

TEST_F(Orders, test_sends_a_few_members_and_records_nothing) {
  said({"apply", configuration(kOrders)});
  for (int i = 0; i < 30; ++i) buys(i);
  buys(30, "nowhere");
  bad = {"o3"};
  for (int i = 4; i < 30; ++i) bad.insert("o" + std::to_string(i));
  const Output output = said({"job", "test", "orders", "--people", "4"});
  ASSERT_EQ(pinterest_.requests.size(), 1u);
  const http::Request& request = pinterest_.requests[0];
  EXPECT_TRUE(request.url.ends_with("/ad_accounts/1/events?test=true")) << request.url;
  EXPECT_EQ(Json::parse(request.body)["data"].size(), 4u);
  ASSERT_EQ(output.json["results"].size(), 4u);
  int64_t accepted = 0;
  for (const Json& result : output.json["results"]) {
    const bool fine = result["result"]["accepted"] == true;
    accepted += fine;
    EXPECT_EQ(result["result"]["message"], fine ? "" : "no such thing");
    const Json& email = result["values"][0];
    EXPECT_EQ(email["target"], "em");
    EXPECT_EQ(email["raw"], Json::array({"p***@e***.org"}));
    EXPECT_EQ(email["normalised"], Json::array({"p***@e***.org"}));
    EXPECT_EQ(email["sent"][0].get<std::string>().size(), std::string("012345…").size());
  }
  EXPECT_EQ(output.json["accepted"], accepted);
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_EQ(output.text.find("@example.org"), std::string::npos);
  EXPECT_EQ(total()["considered"], 0);
  EXPECT_TRUE(json({"job", "requests", "orders"})["requests"].empty());
  // The same orders can be sent when the job is started.
  bad.clear();
  said({"job", "start", "orders"});
  buys(1000);
  work();
  EXPECT_EQ(total()["added"], 1);
}

TEST_F(Orders, test_says_why_nothing_was_sent) {
  said({"apply", configuration(kOrders)});
  buys(1, "nowhere");
  const Output output = said({"job", "test", "orders"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_EQ(output.json["not_sent"]["missing_identifier"], 1);
  EXPECT_TRUE(pinterest_.requests.empty());
  EXPECT_EQ(fails({"job", "test", "orders", "--people", "21"}), "usage");
  EXPECT_EQ(fails({"job", "test", "nobody"}), "no_job");
}

TEST_F(Orders, test_tells_a_refused_token) {
  said({"apply", configuration(kOrders)});
  buys(1);
  pinterest_.answer = [](const http::Request&) {
    return std::pair{401, std::string(R"({"code":2,"message":"Authentication failed."})")};
  };
  const Output output = said({"job", "test", "orders"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_EQ(output.json["verdict"], "auth");
  EXPECT_NE(output.text.find("the token is refused"), std::string::npos) << output.text;
  EXPECT_TRUE(output.json["results"][0]["result"]["accepted"].is_null());
}

TEST_F(Orders, retry_takes_one_reason_or_one_person) {
  start();
  bad = {"o1", "o2"};
  buys(1), buys(2), buys(3, "nowhere"), buys(4, "nowhere");
  work();
  EXPECT_EQ(total()["rejected"], 2);
  EXPECT_EQ(total()["invalid"], 2);
  bad.clear();
  buys(3), buys(4);  // mended, and members already: nothing enters again
  work();
  EXPECT_EQ(fails({"job", "retry", "orders", "--reason", "uncertain"}), "no_retry");
  EXPECT_EQ(fails({"job", "retry", "orders", "--reason", "nonsense"}), "usage");
  EXPECT_EQ(fails({"job", "retry", "orders", "--key", "nobody"}), "no_profile");
  said({"job", "retry", "orders", "--reason", "missing_identifier"});
  work();
  EXPECT_EQ(total()["added"], 2);
  said({"job", "retry", "orders", "--key", "u2"});
  work();
  EXPECT_EQ(total()["added"], 3);
  said({"job", "retry", "orders", "--reason", "rejected_by_pinterest"});
  work();
  EXPECT_EQ(total()["added"], 4);
  EXPECT_EQ(total()["omitted"], 0);  // u2's record has ended with its retry
}

TEST_F(Orders, records_as_csv_name_nobody_and_are_no_formulas) {
  start();
  bad = {"o1"};
  pinterest_.answer = [](const http::Request&) {
    return std::pair{200, std::string(R"({"num_events_received":1,"num_events_processed":0,"events":[)"
                                      R"({"status":"failed","error_message":"=HYPERLINK(\"a\"), or so"}]})")};
  };
  buys(1);
  work();
  const std::string csv = said({"job", "records", "orders", "--csv"}).text;
  EXPECT_TRUE(csv.starts_with("profile_id,person,reason,outcome,at,identifier,request,detail\r\n")) << csv;
  EXPECT_NE(csv.find(",rejected_by_pinterest,rejected,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(R"("'=HYPERLINK(""a""), or so")"), std::string::npos) << csv;
  EXPECT_EQ(csv.find("example.org"), std::string::npos);
  EXPECT_EQ(csv.find(",u1,"), std::string::npos);
}

TEST_F(Orders, why_follows_an_event_from_values_to_answer) {
  start();
  bad = {"o2"};
  buys(1), buys(2), buys(3, "nowhere");
  work();
  const Json sent = json({"job", "why", "u1"})["jobs"][0];
  EXPECT_EQ(sent["type"], "conversions_export");
  EXPECT_EQ(sent["member"], true);
  ASSERT_EQ(sent["attempts"].size(), 1u);
  EXPECT_EQ(sent["attempts"][0]["result"], "sent");
  EXPECT_EQ(sent["attempts"][0]["pinterest_request_id"], "rid-1");
  EXPECT_TRUE(sent["waiting"].empty());
  EXPECT_TRUE(sent["today"]["reason"].is_null());
  EXPECT_EQ(sent["today"]["values"][0]["raw"], Json::array({"p***@e***.org"}));

  const Json refused = json({"job", "why", "u2"})["jobs"][0];
  EXPECT_EQ(refused["attempts"][0]["result"], "rejected");
  EXPECT_EQ(refused["not_sent"][0]["reason"], "rejected_by_pinterest");
  EXPECT_EQ(refused["not_sent"][0]["detail"], "no such thing");

  const Output invalid = said({"job", "why", "u3"});
  EXPECT_EQ(invalid.json["jobs"][0]["today"]["reason"], "missing_identifier");
  EXPECT_EQ(invalid.json["jobs"][0]["today"]["values"][0]["left_out"], Json::array({"invalid_email"}));
  EXPECT_EQ(invalid.json["jobs"][0]["not_sent"][0]["reason"], "missing_identifier");
  EXPECT_EQ(invalid.text.find("nowhere"), std::string::npos);

  said({"job", "pause", "orders"});
  buys(4);
  work();
  const Json waits = json({"job", "why", "u4"})["jobs"][0];
  ASSERT_EQ(waits["waiting"].size(), 1u);
  EXPECT_EQ(waits["waiting"][0]["class"], "live");
  EXPECT_EQ(waits["waiting"][0]["next"], "nothing, until: pinrelay job resume orders");
}

TEST_F(Orders, a_paused_job_warns_before_its_events_are_too_old) {
  start();
  said({"job", "pause", "orders"});
  buys(1);
  pass(kHour * 24 * 5);
  EXPECT_TRUE(json({"job", "show", "orders"})["warning"].is_null());
  pass(kHour * 26);
  const Output shown = said({"job", "show", "orders"});
  EXPECT_TRUE(shown.json["warning"].is_string());
  EXPECT_NE(shown.text.find("Warning"), std::string::npos);
  EXPECT_NE(said({"job", "list"}).text.find("Warning: job orders: 1 events wait"), std::string::npos);
  said({"job", "resume", "orders"});
  work();
  EXPECT_TRUE(json({"job", "show", "orders"})["warning"].is_null());
  EXPECT_EQ(total()["added"], 1);
}

TEST_F(Orders, a_request_shows_what_it_carried_and_how_each_event_ended) {
  start();
  bad = {"o2"};
  said({"job", "pause", "orders"});
  buys(1), buys(2);
  said({"job", "resume", "orders"});
  work();
  const Json all = json({"job", "requests", "orders"})["requests"];
  ASSERT_EQ(all.size(), 1u);
  const std::string number = all[0]["number"].dump();
  const Output output = said({"job", "requests", "orders", "--number", number});
  EXPECT_EQ(output.json["status"], 200);
  ASSERT_EQ(output.json["events"].size(), 2u);
  EXPECT_EQ(output.json["events"][0]["result"], "sent");
  EXPECT_EQ(output.json["events"][1]["result"], "rejected");
  EXPECT_EQ(output.json["events"][0]["person"], "u***");
  EXPECT_NE(output.text.find("/ad_accounts/1/events"), std::string::npos) << output.text;
  EXPECT_EQ(fails({"job", "requests", "orders", "--number", "99"}), "no_request");
}

TEST_F(Orders, the_wait_that_pinterest_asks_for_is_kept_with_the_request) {
  start();
  pinterest_.headers = {{"retry-after", "30"}};
  pinterest_.answer = [](const http::Request&) {
    return std::pair{429, std::string(R"({"code":8,"message":"too fast"})")};
  };
  buys(1);
  EXPECT_EQ(json({"job", "requests", "orders"})["requests"][0]["retry_after_ms"], 30'000);
}

TEST_F(Orders, test_mode_is_said_wherever_the_job_is_shown) {
  std::string jobs = kOrders;
  said({"apply", configuration(jobs + "    test_mode: true\n"), "--start"});
  buys(1);
  EXPECT_NE(said({"job", "list"}).text.find("TEST MODE"), std::string::npos);
  EXPECT_NE(said({"job", "show", "orders"}).text.find("TEST MODE"), std::string::npos);
  EXPECT_NE(said({"plan", configuration(jobs + "    test_mode: true\n")}).text.find("TEST MODE"),
            std::string::npos);
  EXPECT_EQ(json({"job", "list"})["jobs"][0]["test_mode"], true);
  EXPECT_EQ(total()["added"], 0);
  EXPECT_EQ(total()["omitted"], 1);
}

TEST_F(Orders, plan_says_when_existing_users_are_sent) {
  const std::string all = std::string(kOrders) + "    existing_users: true\n";
  const auto scans = [&](const std::string& jobs) {
    const Output plan = said({"plan", configuration(jobs)});
    return std::pair(plan.json["jobs"][0]["scans_members"].get<bool>(), plan.json["requests"].get<int>());
  };
  for (int i = 0; i < 5; ++i) buys(i);
  EXPECT_EQ(scans(kOrders), std::pair(false, 0));
  EXPECT_EQ(scans(all), std::pair(true, 1));
  start();
  EXPECT_EQ(scans(kOrders), std::pair(false, 0));
  EXPECT_EQ(scans(all), std::pair(true, 1));  // switched on for a job that runs
  said({"apply", configuration(all)});
  work();
  EXPECT_EQ(total()["added"], 5);
  EXPECT_EQ(scans(all), std::pair(false, 0));
}

TEST_F(Orders, plan_counts_waiting_events_that_an_edit_no_longer_covers) {
  start();
  said({"job", "pause", "orders"});
  buys(1);
  const auto planned = [&](const std::string& jobs) { return said({"plan", configuration(jobs)}); };
  const auto count = [&](const std::string& jobs) {
    return planned(jobs).json["jobs"][0]["events_no_longer_covered"].get<int>();
  };
  const std::string same = kOrders;
  std::string other = same;
  const size_t at = other.find("audience: ");
  ASSERT_NE(at, std::string::npos);
  other.replace(at, other.find('\n', at) - at, "audience: Others");
  EXPECT_EQ(count(same), 0);
  EXPECT_EQ(count(other), 1);
  EXPECT_EQ(count(same + "    membership_events: exits\n"), 1);
  EXPECT_NE(planned(other).text.find("Still sent"), std::string::npos);
  EXPECT_EQ(planned(same).text.find("Still sent"), std::string::npos);
}

TEST_F(Orders, plan_names_fields_that_could_be_mapped) {
  buys(1);
  const Output plan = said({"plan", configuration(kOrders), "--bytes", "1"});
  const Json& job = plan.json["jobs"][0];
  ASSERT_EQ(job["suggestions"].size(), 1u);
  EXPECT_EQ(job["suggestions"][0],
            (Json{{"field", "phone"}, {"target", "ph"}, {"group", "identifiers"}, {"people", 1}}));
  EXPECT_EQ(job["first_events"][0]["values"][0]["normalised"], Json::array({"p***@e***.org"}));
}

TEST_F(Orders, what_test_mode_holds_is_told_before_and_after) {
  start();
  said({"job", "pause", "orders"});
  buys(1);
  const std::string tests = configuration(std::string(kOrders) + "    test_mode: true\n");
  EXPECT_EQ(json({"plan", tests})["jobs"][0]["events_held"], 1);
  said({"apply", tests});
  said({"job", "resume", "orders"});
  work();
  EXPECT_TRUE(pinterest_.requests.empty());
  EXPECT_EQ(json({"job", "show", "orders"})["events"]["held_in_test_mode"], 1);
  EXPECT_NE(said({"job", "show", "orders"}).text.find("while test mode is on"), std::string::npos);
  said({"apply", configuration(kOrders)});
  work();
  EXPECT_EQ(total()["added"], 1);
}

TEST_F(Orders, what_a_restore_holds_is_told_and_decided) {
  for (const bool release : {false, true}) {
    if (!release) start();
    said({"job", "pause", "orders"});
    buys(release ? 2 : 1);
    ASSERT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      store_->set_number("restored", 1);
                      return {};
                    })
                    .ok());
    ASSERT_TRUE(engine_->load().ok());
    EXPECT_NE(json({"job", "show", "orders"})["warning"].get<std::string>().find("1 conversions"),
              std::string::npos);
    said({"job", "resume", "orders"});
    work();
    EXPECT_TRUE(pinterest_.requests.empty());
    EXPECT_EQ(json({"job", "show", "orders"})["reason_code"], "restored_events_held");
    EXPECT_EQ(json({"job", "show", "orders"})["events"]["held_since_restore"], 1);
    said({"job", release ? "release" : "discard", "orders"});
    work();
    EXPECT_EQ(fails({"job", "release", "orders"}), "nothing_held");
    EXPECT_EQ(fails({"job", "discard", "orders"}), "nothing_held");
  }
  EXPECT_EQ(total()["added"], 1);
  EXPECT_EQ(total()["uncertain"], 1);
}

}  // namespace
}  // namespace pinrelay::cli
