#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

struct RunViews : CommandTest {};

TEST_F(RunViews, all_runs_of_a_job_come_in_pages_newest_first) {
  member("a", "a@example.org");
  start_readers();
  for (int i = 0; i < 6; ++i) {
    said({"job", "resync", "readers"});
    pass(std::chrono::minutes{6});
  }
  const Json all = json({"job", "runs", "readers", "--limit", "100"})["runs"];
  ASSERT_GT(all.size(), 6u);
  EXPECT_EQ(all.back()["kind"], "backfill");
  EXPECT_EQ(all.back()["added"], 1);
  std::vector<Json> found;
  std::string cursor;
  do {
    std::vector<std::string> argv{"job", "runs", "readers", "--limit", "3"};
    if (!cursor.empty()) argv.insert(argv.end(), {"--cursor", cursor});
    const Json page = json(argv);
    EXPECT_LE(page["runs"].size(), 3u);
    for (const Json& run : page["runs"]) found.push_back(run);
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(Json(found), all);
  for (size_t i = 1; i < found.size(); ++i) EXPECT_LT(found[i]["number"], found[i - 1]["number"]);
}

TEST_F(RunViews, the_text_names_the_cursor_that_it_takes) {
  start_readers();
  said({"job", "resync", "readers"});
  pass(std::chrono::minutes{6});
  const std::string text = said({"job", "runs", "readers", "--limit", "1"}).text;
  const size_t at = text.find("--cursor ");
  ASSERT_NE(at, std::string::npos) << text;
  const std::string cursor = text.substr(at + 9, text.find('\n', at) - at - 9);
  EXPECT_EQ(json({"job", "runs", "readers", "--cursor", cursor})["runs"].empty(), false);
}

TEST_F(RunViews, other_jobs_runs_are_not_shown_and_a_draft_has_none) {
  start_readers();
  std::string other = kReaders;
  other.replace(other.find("readers"), 7, "drafted");
  said({"apply", configuration(std::string(kReaders) + other)});
  EXPECT_EQ(json({"job", "runs", "drafted"})["runs"], Json::array());
  EXPECT_EQ(fails({"job", "runs", "nobody"}), "no_job");
  EXPECT_EQ(fails({"job", "runs", "readers", "--cursor", "x"}), "bad_cursor");
}

}  // namespace
}  // namespace pinrelay::cli
