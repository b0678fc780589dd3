#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

struct DataViews : CommandTest {};

TEST_F(DataViews, audiences_show_their_size_and_jobs) {
  member("u1", "a@example.org");
  member("u2", "b@example.org");
  rows({{store::ChangeType::kEnter, 0, "u1", "Buyers"}});
  start_readers();
  const Json audiences = json({"audience", "list"})["audiences"];
  ASSERT_EQ(audiences.size(), 2u);
  EXPECT_EQ(audiences[0]["name"], "Readers");
  EXPECT_EQ(audiences[0]["members"], 2);
  EXPECT_EQ(audiences[0]["jobs"][0]["name"], "readers");
  const Json buyers = json({"audience", "show", "Buyers"});
  EXPECT_EQ(buyers["members"], 1);
  EXPECT_TRUE(buyers["jobs"].empty());
  EXPECT_EQ(fails({"audience", "show", "Nobody"}), "no_audience");
}

TEST_F(DataViews, coverage_counts_those_who_exist) {
  member("u1", "a@example.org");
  member("u2", "b@example.org");
  rows({{store::ChangeType::kEnter, 0, "u3", "Readers"}, {store::ChangeType::kEnter, 0, "u4", "Readers"}});
  EXPECT_EQ(json({"field", "list"})["fields"][0]["coverage_percent"], 50.0);
  clock_.advance(Millis{1'000});
  rows({{store::ChangeType::kDelete, 0, "u2"},
        {store::ChangeType::kDelete, 0, "u4"},
        {store::ChangeType::kDelete, 0, "u5"}});
  rows({{store::ChangeType::kDelete, 0, "u4"}});
  const Json fields = json({"field", "list"});
  EXPECT_EQ(fields["people"], 2);
  EXPECT_EQ(fields["fields"][0]["people"], 1);
  context_.reset(), importer_.reset(), engine_.reset(), store_.reset();
  open();
  EXPECT_EQ(json({"field", "list"})["people"], 2);
}

TEST_F(DataViews, a_profile_shows_masked_values_and_memberships) {
  rows({{store::ChangeType::kProfile,
         0,
         "jane@example.org",
         {},
         {},
         {{"email", "jane@example.org"}, {"gone", "x"}}},
        {store::ChangeType::kEnter, 0, "jane@example.org", "Readers"}});
  clock_.advance(Millis{1'000});
  rows({{store::ChangeType::kProfile, 0, "jane@example.org", {}, {}, {{"gone", std::nullopt}}},
        {store::ChangeType::kExit, 0, "jane@example.org", "Readers"}});
  const Output output = said({"profile", "show", "jane@example.org"});
  EXPECT_EQ(output.json["person"], "j***@e***.org");
  ASSERT_EQ(output.json["fields"].size(), 1u);
  EXPECT_EQ(output.json["fields"][0]["value"], "j***@e***.org");
  EXPECT_EQ(output.json["audiences"][0]["member"], false);
  EXPECT_EQ(output.json["audiences"][0]["since"], format_rfc3339(clock_.now()));
  EXPECT_EQ(output.text.find("jane"), std::string::npos);
  EXPECT_EQ(fails({"profile", "show", "joe@example.org"}), "no_profile");
}

TEST_F(DataViews, a_deleted_profile_says_so_and_nothing_else) {
  member("u1", "a@example.org");
  clock_.advance(Millis{1'000});
  rows({{store::ChangeType::kDelete, 0, "u1"}});
  const Json profile = json({"profile", "show", "u1"});
  EXPECT_EQ(profile["exists"], false);
  EXPECT_EQ(profile["deleted_at"], format_rfc3339(clock_.now()));
  EXPECT_FALSE(profile.contains("fields"));
}

}  // namespace
}  // namespace pinrelay::cli
