#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr Millis kMinute{60'000};

struct JobViews : CommandTest {};

bool says(const Output& output, std::string_view text) { return output.text.find(text) != std::string::npos; }

void expect_counters_add_up(const Json& run) {
  EXPECT_EQ(run["considered"].get<int64_t>(),
            run["added"].get<int64_t>() + run["removed"].get<int64_t>() + run["omitted"].get<int64_t>() +
                run["invalid"].get<int64_t>() + run["rejected"].get<int64_t>() +
                run["pending"].get<int64_t>());
}

TEST_F(JobViews, a_draft_says_how_to_start_it) {
  said({"apply", configuration(kReaders)});
  const Json job = show();
  EXPECT_EQ(job["state"], "Draft");
  EXPECT_EQ(job["phase"]["name"], "not_started");
  EXPECT_EQ(job["fix"], "pinrelay job start readers");
}

TEST_F(JobViews, a_job_without_members_waits_for_the_first) {
  start_readers();
  EXPECT_EQ(show()["phase"]["name"], "awaiting_first_member");
  EXPECT_EQ(show()["state"], "Running");
}

TEST_F(JobViews, a_backfill_shows_its_counters_and_they_add_up) {
  member("u1", "a@example.org");
  member("u2", "b@example.org");
  member("u3", "nowhere");
  start_readers();
  const Output output = said({"job", "show", "readers"});
  EXPECT_EQ(output.json["phase"]["name"], "live");
  EXPECT_EQ(output.json["list"]["identifiers"], 2);
  EXPECT_EQ(output.json["list"]["id"], "777");
  const Json& total = output.json["total"];
  EXPECT_EQ(total["considered"], 3);
  EXPECT_EQ(total["added"], 2);
  EXPECT_EQ(total["reasons"]["invalid_email"], 1);
  expect_counters_add_up(total);
  EXPECT_EQ(output.json["last_success_at"], format_rfc3339(clock_.now()));
  EXPECT_TRUE(
      says(output, "considered 3 = added 2 + removed 0 + omitted 0 + invalid 1 + rejected 0 + pending 0"));
}

TEST_F(JobViews, the_way_of_working_is_stated) {
  start_readers();
  const Output output = said({"job", "show", "readers"});
  EXPECT_TRUE(says(output, "server-side, REST API, real time"));
  EXPECT_EQ(output.json["integration"]["frequency"], "real time");
  EXPECT_TRUE(says(output, "As of " + format_rfc3339(clock_.now())));
}

TEST_F(JobViews, a_queued_change_sleeps_until_the_flush_that_is_announced) {
  member("u1", "a@example.org");
  start_readers();
  const Time queued_at = clock_.now() + kMinute;
  clock_.advance(kMinute);
  member("u2", "b@example.org");
  work();
  clock_.advance(kMinute);
  const Json job = show();
  EXPECT_EQ(job["state"], "Sleeping");
  EXPECT_EQ(job["reason_code"], "next_flush");
  EXPECT_EQ(job["until"], format_rfc3339(queued_at + 5 * kMinute));
  EXPECT_EQ(job["queue"]["next_flush"], job["until"]);
  EXPECT_EQ(job["queue"]["queued_users"], 1);
  EXPECT_TRUE(says(said({"job", "show", "readers"}), "(in 4 m)"));
  expect_counters_add_up(job["total"]);
  EXPECT_EQ(job["total"]["pending"], 1);
}

TEST_F(JobViews, a_paused_job_says_how_many_changes_wait) {
  start_readers();
  said({"job", "pause", "readers"});
  member("u1", "a@example.org");
  const Json job = show();
  EXPECT_EQ(job["state"], "Paused");
  EXPECT_EQ(job["log_entries_waiting"], 2);
  EXPECT_EQ(job["fix"], "pinrelay job resume readers");
}

TEST_F(JobViews, a_refused_token_puts_the_job_to_sleep_with_what_to_do) {
  pinterest_.answer = [](const http::Request&) {
    return std::pair{401, std::string(R"({"code":2,"message":"Authentication failed."})")};
  };
  member("u1", "a@example.org");
  start_readers();
  const Json job = show();
  EXPECT_EQ(job["state"], "Sleeping");
  EXPECT_EQ(job["reason_code"], "auth_error");
  EXPECT_NE(job["fix"].get<std::string>().find("token"), std::string::npos);
}

TEST_F(JobViews, a_list_that_is_gone_fails_the_job_with_what_to_do) {
  member("u1", "a@example.org");
  start_readers();
  pinterest_.answer = [](const http::Request&) {
    return std::pair{404, std::string(R"({"code":1001,"message":"gone"})")};
  };
  member("u2", "b@example.org");
  work();
  pass(6 * kMinute);
  const Json job = show();
  EXPECT_EQ(job["state"], "Failed");
  EXPECT_EQ(job["reason_code"], "list_gone");
  EXPECT_NE(job["fix"].get<std::string>().find("pinrelay job resume readers"), std::string::npos);
}

TEST_F(JobViews, a_server_in_trouble_is_a_sleep_with_an_end) {
  pinterest_.answer = [](const http::Request&) { return std::pair{500, std::string("oops")}; };
  member("u1", "a@example.org");
  start_readers();
  const Json job = show();
  EXPECT_EQ(job["state"], "Sleeping");
  EXPECT_EQ(job["reason_code"], "server_error");
  EXPECT_GT(parse_rfc3339(job["until"].get<std::string>()).value(), clock_.now());
}

TEST_F(JobViews, the_brake_is_shown_with_how_to_release_it) {
  for (int i = 0; i < 10; ++i) member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
  start_readers("    brake: {percent: 20, people: 3}\n");
  for (int i = 0; i < 8; ++i) rows({{store::ChangeType::kExit, 0, "u" + std::to_string(i), "Readers"}});
  work();
  pass(6 * kMinute);
  const Output output = said({"job", "show", "readers"});
  EXPECT_EQ(output.json["state"], "Sleeping");
  EXPECT_EQ(output.json["reason_code"], "brake");
  EXPECT_EQ(output.json["queue"]["braked"]["users"], 8);
  EXPECT_EQ(output.json["queue"]["queued_users"], 0);
  EXPECT_TRUE(says(output, "pinrelay job release readers"));
}

TEST_F(JobViews, an_existing_list_holds_more_than_ours) {
  start_readers("    list: {id: \"777\", type: EMAIL}\n");
  EXPECT_EQ(show()["list"]["content"], "our additions, plus what was there");
  EXPECT_EQ(show()["list"]["created_by_us"], false);
}

TEST_F(JobViews, processing_is_explained_and_raises_an_alert_after_two_days) {
  member("u1", "a@example.org");
  start_readers();
  pass(6 * kMinute);
  EXPECT_EQ(show()["list"]["status"], "PROCESSING");
  EXPECT_NE(show()["list"]["status_meaning"].get<std::string>().find("100 accounts match"),
            std::string::npos);
  EXPECT_EQ(show()["list"]["status_alert"], "");
  pass(49 * 60 * kMinute);
  EXPECT_NE(show()["list"]["status_alert"], "");
}

TEST_F(JobViews, a_simulated_pinterest_is_named) {
  EXPECT_FALSE(says(said({"job", "list"}), "Simulated"));
  config_.pinterest_base_url = "http://127.0.0.1:9000/v5";
  EXPECT_TRUE(
      says(said({"job", "list"}), "Simulated: requests go to http://127.0.0.1:9000/v5, not to Pinterest."));
  config_.pinterest_base_url = "https://api.pinterest.com.example.org/v5";
  EXPECT_TRUE(says(said({"job", "list"}), "Simulated"));
}

TEST_F(JobViews, the_list_of_jobs_has_a_line_for_each) {
  start_readers();
  const Output output = said({"job", "list"});
  ASSERT_EQ(output.json["jobs"].size(), 1u);
  const Json& job = output.json["jobs"][0];
  EXPECT_EQ(job["name"], "readers");
  EXPECT_EQ(job["audience"], "Readers");
  EXPECT_EQ(job["authorization"], "acme");
  EXPECT_EQ(job["created_at"], format_rfc3339(clock_.now()));
  EXPECT_TRUE(job["last_success_at"].is_null()) << "nothing has been sent";
  EXPECT_TRUE(says(output, "No service works on this store"));
}

TEST_F(JobViews, an_unknown_job_is_an_error) { EXPECT_EQ(fails({"job", "show", "nobody"}), "no_job"); }

TEST_F(JobViews, a_check_is_no_success) {
  start_readers();
  ASSERT_FALSE(pinterest_.requests.empty());
  EXPECT_TRUE(show()["last_success_at"].is_null());
  member("u1", "a@example.org");
  work();
  pass(10 * kMinute);
  EXPECT_FALSE(show()["last_success_at"].is_null());
}

}  // namespace
}  // namespace pinrelay::cli
