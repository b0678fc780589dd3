#include <set>
#include <thread>

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr Millis kMinute{60'000};

struct Plan : CommandTest {
  Output plan(const std::string& jobs, const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv{"plan", configuration(jobs)};
    argv.insert(argv.end(), more.begin(), more.end());
    return said(argv);
  }
  // Many people of every kind; whose `i` is divisible by 3 is not a member.
  void population(int size) {
    std::vector<store::TestRow> all;
    for (int i = 0; i < size; ++i) {
      const std::string key = "u" + std::to_string(i);
      std::string email = "p" + std::to_string(i % 7 == 0 ? i / 2 : i) + "@example.org";  // some share one
      if (i % 11 == 0) email = "nowhere";
      all.push_back({store::ChangeType::kProfile,
                     0,
                     key,
                     {},
                     {},
                     {{"email", email}, {"work", "w" + email}, {"optin", i % 5 == 0 ? "no" : "yes"}}});
      if (i % 3 != 0) all.push_back({store::ChangeType::kEnter, 0, key, "Readers"});
    }
    rows(all);
  }
};

std::string with_field(const std::string& field) {
  std::string jobs = kReaders;
  return jobs.replace(jobs.find("{email: email}"), 14, "{" + field + ": email}");
}

TEST_F(Plan, counts_a_new_job_and_changes_nothing) {
  member("u1", "a@example.org");
  member("u2", "A@example.org ");
  member("u3", "nowhere");
  member("u4", "");
  const Output output = plan(kReaders);
  EXPECT_EQ(output.exit_code, 2);
  const Json& job = output.json["jobs"][0];
  EXPECT_EQ(job["change"], "new");
  EXPECT_EQ(job["list"]["creates"], true);
  EXPECT_EQ(job["members"], 4);
  EXPECT_EQ(job["identifiers_to_add"], 1);
  EXPECT_EQ(job["identifiers_to_remove"], 0);
  EXPECT_EQ(job["invalid"], (Json{{"missing_identifier", 1}, {"invalid_email", 1}}));
  EXPECT_EQ(job["requests"], 1);
  EXPECT_EQ(job["minutes"], 1);
  EXPECT_TRUE(engine_->core().jobs.empty());
  EXPECT_TRUE(pinterest_.requests.empty());
}

TEST_F(Plan, is_exactly_what_then_is_sent) {
  population(400);
  const Json job = plan(kReaders).json["jobs"][0];
  start_readers();
  EXPECT_EQ(pinterest_.sent("ADD"), job["identifiers_to_add"]);
  EXPECT_GT(pinterest_.sent("ADD"), 100);
  const Json then = plan(kReaders).json["jobs"][0];
  EXPECT_EQ(then["identifiers_to_add"], 0);
  EXPECT_EQ(then["identifiers_in_place"], job["identifiers_to_add"]);
}

TEST_F(Plan, of_changed_settings_is_exactly_what_then_is_sent) {
  population(400);
  start_readers("    brake: {enabled: false}\n");
  const std::string changed = with_field("work") + "    consent_field: optin\n    brake: {enabled: false}\n";
  const int64_t adds_before = pinterest_.sent("ADD"), removes_before = pinterest_.sent("REMOVE");
  const Output output = plan(changed);
  const Json& job = output.json["jobs"][0];
  EXPECT_EQ(output.exit_code, 2);
  EXPECT_EQ(job["change"], "changed");
  ASSERT_EQ(job["settings"].size(), 2u) << job["settings"];
  EXPECT_GT(job["no_consent"], 0);
  said({"apply", configuration(changed)});
  work();
  pass(6 * kMinute);
  EXPECT_EQ(pinterest_.sent("ADD") - adds_before, job["identifiers_to_add"]);
  EXPECT_EQ(pinterest_.sent("REMOVE") - removes_before, job["identifiers_to_remove"]);
  EXPECT_GT(job["identifiers_to_add"], 0);
  EXPECT_GT(job["identifiers_to_remove"], 0);
}

TEST_F(Plan, is_the_same_on_little_memory) {
  population(400);
  const Json before = plan(kReaders).json["jobs"][0];
  context_.reset(), importer_.reset(), engine_.reset(), store_.reset();
  open(512);
  EXPECT_EQ(plan(kReaders).json["jobs"][0], before);
}

TEST_F(Plan, of_what_is_applied_is_nothing) {
  member("u1", "a@example.org");
  start_readers();
  const Output output = plan(kReaders);
  EXPECT_EQ(output.exit_code, 0);
  EXPECT_EQ(output.json["jobs"][0]["change"], "unchanged");
  EXPECT_EQ(output.json["changes"], false);
}

TEST_F(Plan, counts_requests_by_what_fits_into_one) {
  for (int i = 0; i < 5; ++i) member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
  EXPECT_EQ(plan(std::string(kReaders) + "    records_per_request: 2\n").json["jobs"][0]["requests"], 3);
}

TEST_F(Plan, keeps_what_another_job_on_the_list_wants) {
  member("u1", "a@example.org");
  member("u2", "b@example.org");
  rows({{store::ChangeType::kEnter, 0, "u2", "Buyers"}});
  const std::string shared = "    list: {id: \"777\", type: EMAIL, shared: true}\n";
  std::string buyers = kReaders + shared;
  for (const auto& [from, to] : {std::pair{"readers", "buyers"}, std::pair{"Readers", "Buyers"}})
    buyers.replace(buyers.find(from), std::string(from).size(), to);
  said({"apply", configuration(kReaders + shared + buyers), "--start"});
  work();
  const Json job = plan(with_field("work") + shared + buyers).json["jobs"][0];
  EXPECT_EQ(job["identifiers_to_remove"], 1);
  EXPECT_EQ(job["identifiers_kept_for_other_jobs"], 1);
}

TEST_F(Plan, a_move_to_another_list_begins_with_nothing_there) {
  member("u1", "a@example.org");
  start_readers();
  const Json job = plan(std::string(kReaders) + "    list: {id: \"999\", type: EMAIL}\n").json["jobs"][0];
  EXPECT_EQ(job["list"]["moves"], true);
  EXPECT_EQ(job["list"]["creates"], false);
  EXPECT_EQ(job["identifiers_to_add"], 1);
  EXPECT_EQ(job["identifiers_to_remove"], 0);
}

TEST_F(Plan, warns_of_the_brake) {
  for (int i = 0; i < 10; ++i) member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
  start_readers("    brake: {percent: 20, people: 3}\n");
  EXPECT_EQ(
      plan(with_field("work") + "    brake: {percent: 20, people: 3}\n").json["jobs"][0]["brake_would_hold"],
      true);
}

TEST_F(Plan, shows_bodies_with_masked_people_and_sends_nothing) {
  member("jane", "jane@example.org");
  member("joe", "joe@example.org");
  const Output output = plan(kReaders, {"--bytes", "2"});
  const Json& bodies = output.json["jobs"][0]["bodies"];
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_EQ(bodies[0]["method"], "POST");
  EXPECT_EQ(bodies[0]["url"], "https://api.pinterest.com/v5/ad_accounts/1/customer_lists");
  EXPECT_EQ(bodies[0]["records"], 2);
  EXPECT_EQ(bodies[0]["first_people"][0]["person"], "j***");
  EXPECT_EQ(json({"profile", "show", bodies[0]["first_people"][0]["profile_id"]})["person"], "j***");
  const Json body = Json::parse(bodies[0]["body"].get<std::string>());
  EXPECT_EQ(body["list_type"], "EMAIL");
  EXPECT_EQ(body["records"].get<std::string>().size(), 129u);
  EXPECT_EQ(output.text.find("jane"), std::string::npos);
  EXPECT_TRUE(pinterest_.requests.empty());
}

TEST_F(Plan, shortens_long_bodies) {
  for (int i = 0; i < 50; ++i) member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
  const Json body = plan(kReaders, {"--bytes", "1"}).json["jobs"][0]["bodies"][0];
  EXPECT_GT(body["bytes"], 50 * 65);
  EXPECT_LT(body["body"].get<std::string>().size(), 500u);
}

TEST_F(Plan, tells_every_problem_of_the_file) {
  const Output output = plan("\n  - name: Readers!\n    type: audience_export\n    colour: red\n");
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_GE(output.json["problems"].size(), 2u);
  EXPECT_NE(output.text.find("colour"), std::string::npos);
}

TEST_F(Plan, tells_what_apply_would_refuse) {
  member("u1", "a@example.org");
  start_readers("    list: {id: \"777\", type: EMAIL}\n");
  std::string other = std::string(kReaders) + "    list: {id: \"777\", type: EMAIL}\n";
  other.replace(other.find("readers"), 7, "others");
  const Output output = plan(other);
  EXPECT_EQ(output.exit_code, 1);
  ASSERT_EQ(output.json["errors"].size(), 1u);
  EXPECT_EQ(output.json["errors"][0]["code"], "list_shared");
  EXPECT_EQ(fails({"apply", configuration(other)}), "list_shared");
}

// As the web interface shows an edit before it is saved.
TEST_F(Plan, of_settings_that_are_not_saved_is_what_saving_them_would_send) {
  population(400);
  start_readers("    brake: {enabled: false}\n");
  Json settings = json({"job", "show", "readers"})["settings"];
  EXPECT_EQ(json({"job", "plan", "readers", "--settings", settings.dump()})["change"], "unchanged");
  settings["identifiers"] = Json::array({{{"work", "email"}}});
  const int64_t adds_before = pinterest_.sent("ADD"), removes_before = pinterest_.sent("REMOVE");
  const Json plan = json({"job", "plan", "readers", "--settings", settings.dump()});
  EXPECT_EQ(plan["change"], "changed");
  ASSERT_EQ(plan["settings"].size(), 1u) << plan["settings"];
  EXPECT_EQ(plan["settings"][0]["setting"], "identifiers");
  EXPECT_EQ(json({"job", "show", "readers"})["settings"]["identifiers"], Json::array({{{"email", "email"}}}));
  said({"apply", configuration(with_field("work") + "    brake: {enabled: false}\n")});
  work();
  pass(6 * kMinute);
  EXPECT_EQ(pinterest_.sent("ADD") - adds_before, plan["identifiers_to_add"]);
  EXPECT_EQ(pinterest_.sent("REMOVE") - removes_before, plan["identifiers_to_remove"]);
  EXPECT_GT(plan["identifiers_to_add"], 100);
}

TEST_F(Plan, of_wrong_settings_tells_all_that_is_wrong_and_where) {
  start_readers();
  const Output output = said({"job", "plan", "readers", "--settings",
                              R"({"type": "audience_export", "label": 7, "flush": {"users": -1}})"});
  EXPECT_EQ(output.exit_code, 1);
  std::set<std::string> pointers;
  for (const Json& problem : output.json["problems"]) pointers.insert(problem["pointer"]);
  EXPECT_TRUE(pointers.contains("/settings/flush/users")) << output.json;
  EXPECT_GE(pointers.size(), 2u) << output.json;
  EXPECT_EQ(fails({"job", "plan", "nobody"}), "no_job");
  EXPECT_EQ(fails({"job", "plan", "readers", "--settings", "[1"}), "settings_not_json");
}

TEST_F(Plan, names_jobs_that_the_file_does_not) {
  start_readers();
  const Output output = plan("");
  EXPECT_EQ(output.exit_code, 0);
  EXPECT_EQ(output.json["untouched_jobs"], Json::array({"readers"}));
}

TEST_F(Plan, shows_types_that_the_file_fixes) {
  member("u1", "a@example.org");
  const std::string path = configuration(kReaders, "fields:\n  - {name: email, type: string}\n");
  EXPECT_EQ(json({"plan", path})["fields"].size(), 1u);
  said({"apply", path});
  EXPECT_EQ(said({"plan", path}).exit_code, 0);
}

// The service goes on while everybody is looked at.
TEST_F(Plan, is_of_the_moment_it_was_asked_whatever_comes_meanwhile) {
  member("u1", "a@example.org");
  member("u2", "b@example.org");
  start_readers();
  member("u3", "c@example.org");
  const auto asked = begin({"job", "plan", "readers"});
  ASSERT_TRUE(asked.ok());
  std::jthread look([&] { asked->look->work({}); });
  member("u4", "d@example.org");
  rows({{store::ChangeType::kDelete, 0, "u1"}});
  work();
  EXPECT_TRUE(store_->checkpoint().ok());
  look.join();
  const Json then = asked->look->finish().value().json;
  EXPECT_EQ(then["members"], 3);
  EXPECT_EQ(then["identifiers_in_place"], 2);
  EXPECT_EQ(then["identifiers_to_add"], 1);
  const Json now = json({"job", "plan", "readers"});
  EXPECT_EQ(now["members"], 3);
  EXPECT_EQ(now["identifiers_in_place"], 1);
  EXPECT_EQ(now["identifiers_to_add"], 2);
}

TEST_F(Plan, gives_up_when_the_service_ends) {
  population(400);
  auto asked = begin({"plan", configuration(kReaders)});
  ASSERT_TRUE(asked.ok());
  std::stop_source stop;
  stop.request_stop();
  asked->look->work(stop.get_token());
  EXPECT_LE(asked->look->finish().value().json["jobs"][0]["members"], 1);
}

}  // namespace
}  // namespace pinrelay::cli
