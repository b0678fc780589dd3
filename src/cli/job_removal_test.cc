// What the commands say while everybody a job added is being removed, and what a run leaves for a person.
#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kVisitors = R"(
  - name: visitors
    type: audience_export
    authorization: acme
    audience: Visitors
    ad_account: "1"
    create_audience: false
    identifiers: [{email: email}]
)";

struct JobRemoval : CommandTest {
  void begin_to_remove() {
    for (int i = 0; i < 5; ++i) member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
    start_readers();
    pass(std::chrono::minutes{6});
    pinterest_.silent = true;
    said({"job", "delete", "readers", "--remove-first", "--yes"});
    pass(std::chrono::minutes{1});
    ASSERT_EQ(show()["phase"]["name"], "removing_everyone");
  }
};

TEST_F(JobRemoval, apply_refuses_that_job_alone_and_applies_the_others) {
  begin_to_remove();
  const Output output =
      said({"apply", configuration(std::string(kReaders) + "    label: another\n" + kVisitors), "--start"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_EQ(output.json["jobs"][0]["change"], "refused");
  EXPECT_EQ(output.json["jobs"][0]["error"]["code"], "being_removed");
  EXPECT_NE(output.text.find("pinrelay job keep readers"), std::string::npos) << output.text;
  EXPECT_EQ(output.json["jobs"][1]["change"], "created");
  EXPECT_EQ(output.json["jobs"][1]["started"], true);
  EXPECT_EQ(show()["phase"]["name"], "removing_everyone");
}

TEST_F(JobRemoval, the_api_refuses_settings_of_that_name) {
  begin_to_remove();
  const std::string settings =
      R"({"type":"audience_export","authorization":"acme","audience":"Readers","ad_account":"1","identifiers":[{"email":"email"}]})";
  EXPECT_EQ(fails({"job", "put", "readers", "--settings", settings}), "being_removed");
}

TEST_F(JobRemoval, asked_for_again_it_says_that_it_is_under_way) {
  begin_to_remove();
  const std::string answer = json({"job", "delete", "readers"})["result"];
  EXPECT_NE(answer.find("already"), std::string::npos) << answer;
  EXPECT_EQ(fails({"job", "stop", "readers"}), "being_removed");
  EXPECT_EQ(fails({"job", "resync", "readers"}), "being_removed");
}

TEST_F(JobRemoval, keep_gives_it_up_and_says_how_many_are_gone) {
  begin_to_remove();
  const std::string answer = json({"job", "keep", "readers"})["result"];
  EXPECT_NE(answer.find("0 people had been removed"), std::string::npos) << answer;
  EXPECT_EQ(fails({"job", "keep", "readers"}), "not_being_removed");
}

TEST_F(JobRemoval, its_end_stands_in_the_audit_log) {
  begin_to_remove();
  pinterest_.silent = false;
  engine_.reset();
  importer_.reset();
  context_.reset();
  store_.reset();
  open();
  pass(std::chrono::hours{1});
  EXPECT_EQ(fails({"job", "show", "readers"}), "no_job");
  const Json entries = json({"audit", "list"})["entries"];
  const auto ended = std::find_if(entries.begin(), entries.end(),
                                  [](const Json& entry) { return entry["action"] == "job removed"; });
  ASSERT_NE(ended, entries.end()) << entries.dump(2);
  EXPECT_EQ((*ended)["object"], "readers");
}

TEST_F(JobRemoval, apply_names_jobs_that_the_file_leaves_out) {
  start_readers();
  const Output output = said({"apply", configuration(kVisitors)});
  EXPECT_EQ(output.json["untouched_jobs"], Json::array({"readers"}));
  EXPECT_NE(output.text.find("readers: not in the file, so it stays as it is (Running)"), std::string::npos)
      << output.text;
}

}  // namespace
}  // namespace pinrelay::cli
