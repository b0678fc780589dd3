#include <fmt/format.h>

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

TEST_F(DataViews, a_sample_of_an_audience_shows_fields_of_its_members_alone_and_masks_them) {
  const auto enter = [&](const std::string& key,
                         const std::map<std::string, std::optional<std::string>>& fields) {
    rows({{store::ChangeType::kProfile, 0, key, {}, {}, fields},
          {store::ChangeType::kEnter, 0, key, "Buyers"}});
  };
  enter("u1", {{"email", "anna@example.org"}, {"ordered", "03/04/2026"}});
  enter("u2", {{"email", "berta@example.org"}, {"ordered", "2026-04-25T10:00:00Z"}});
  enter("u3", {{"email", "carl@example.org"}, {"ordered", "soon"}});
  enter("u4", {{"email", "anna@example.org"}});
  member("u5", "elsewhere@example.org");
  rows({{store::ChangeType::kProfile, 0, "u5", {}, {}, {{"only_here", "1"}}}});
  const Output shown = said({"audience", "sample", "Buyers"});
  const Json& sample = shown.json;
  EXPECT_EQ(sample["members"], 4);
  EXPECT_EQ(sample["looked_at"], 4);
  EXPECT_EQ(sample["people"].size(), 4u);
  ASSERT_EQ(sample["fields"].size(), 2u) << sample;
  const Json &email = sample["fields"][0], &ordered = sample["fields"][1];
  EXPECT_EQ(email["coverage_percent"], 100.0);
  EXPECT_EQ(email["values"].size(), 3u) << "each value once";
  EXPECT_EQ(ordered["people"], 3);
  EXPECT_EQ(ordered["coverage_percent"], 75.0);
  EXPECT_EQ(ordered["as_time"]["read"], 1);
  EXPECT_EQ(ordered["as_time"]["ambiguous"], 1);
  EXPECT_EQ(ordered["as_time"]["unreadable"], 1);
  const Json forms = ordered["as_time"]["forms"];
  EXPECT_NE(std::ranges::find(forms, "99/99/9999"), forms.end()) << forms;
  for (const char* raw : {"anna@", "berta", "carl", "03/04", "soon", "u1"})
    EXPECT_EQ((shown.text + sample.dump()).find(raw), std::string::npos) << raw;
  EXPECT_EQ(fails({"audience", "sample", "Nobody"}), "no_audience");
}

TEST_F(DataViews, people_are_searched_for_by_a_value_and_shown_masked) {
  const auto profile = [&](const std::string& key,
                           const std::map<std::string, std::optional<std::string>>& fields) {
    rows({{store::ChangeType::kProfile, 0, key, {}, {}, fields}});
  };
  profile("anna-1", {{"phone", "+49 170 1234567"}, {"city", "Bonn"}});
  profile("berta-2", {{"mobile", "0170/123-45-67"}});
  profile("carl-3", {{"phone", "+49 170 1234568"}, {"city", " bonn"}});
  const auto found = [&](const std::vector<std::string>& options) {
    std::vector<std::string> argv{"profile", "search"};
    argv.insert(argv.end(), options.begin(), options.end());
    return said(argv);
  };
  const Output both = found({"--value", "(0170) 1234567"});
  EXPECT_EQ(both.json["looked_at"], 3);
  EXPECT_EQ(both.json["more"], false);
  ASSERT_EQ(both.json["people"].size(), 2u) << both.json;
  for (const char* raw : {"anna-1", "berta-2", "1234567"})
    EXPECT_EQ((both.text + both.json.dump()).find(raw), std::string::npos) << raw;
  const Json one = found({"--value", "+491701234567", "--field", "mobile"}).json["people"];
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0]["fields"], Json({"mobile"}));
  EXPECT_TRUE(json({"profile", "show", one[0]["profile_id"].get<std::string>()})["exists"]);
  EXPECT_EQ(found({"--value", "BONN"}).json["people"].size(), 2u);
  EXPECT_TRUE(found({"--value", "234567"}).json["people"].empty()) << "too short for a phone number";
  EXPECT_NE(found({"--value", "Bon"}).text.find("None of 3"), std::string::npos);
  EXPECT_EQ(fails({"profile", "search", "--value", "x", "--field", "fone"}), "no_field");
  EXPECT_EQ(fails({"profile", "search"}), "value_missing");
}

TEST_F(DataViews, a_search_ends_where_there_are_more_people_than_it_shows) {
  for (int i = 0; i < 102; ++i)
    rows({{store::ChangeType::kProfile, 0, fmt::format("u{}", i), {}, {}, {{"city", "Bonn"}}}});
  const Json found = json({"profile", "search", "--value", "bonn"});
  EXPECT_EQ(found["people"].size(), 100u);
  EXPECT_EQ(found["looked_at"], 101);
  EXPECT_EQ(found["more"], true);
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
  EXPECT_TRUE(profile["fields"].empty());
  EXPECT_TRUE(profile["audiences"].empty());
}

}  // namespace
}  // namespace pinrelay::cli
