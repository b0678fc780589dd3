// Files that say who is in an audience, and what can happen to them while they are read.
#include <filesystem>
#include <fstream>

#include "imports.h"

namespace pinrelay::scenarios {
namespace {

TEST_F(ImportScenario, a_row_that_deletes_undoes_the_profile_row_before_it) {
  settle();
  write(profile("u1") + "{\"type\":\"delete\",\"key\":\"u1\"}\n");
  work(begin(false));
  EXPECT_EQ(audience_size(), 0);
  EXPECT_EQ(store_->profiles.people(), 0);
}

TEST_F(ImportScenario, who_is_in_a_snapshot_is_a_member_as_of_it_whatever_the_age_of_the_profile) {
  members(0, 2);
  settle();
  advance(minutes{1});
  leave("u1");
  settle();
  advance(minutes{1});
  const std::string old = ",\"at\":\"2020-01-01T00:00:00Z\"";
  write(profile("u0", old) + profile("u1", old));
  work(begin(true));
  EXPECT_EQ(audience_size(), 2);
}

TEST_F(ImportScenario, a_snapshot_is_held_by_its_people_and_not_by_its_rows) {
  members(0, 100);
  settle();
  advance(minutes{1});
  std::string rows;
  for (int i = 0; i < 30; ++i) rows += profile("u0");
  write(rows);
  const int64_t number = begin(true);
  EXPECT_EQ(work(number).state, store::ImportState::kHeld);
  EXPECT_EQ(audience_size(), 100);
  release(number);
  EXPECT_EQ(work(number).state, store::ImportState::kDone);
  EXPECT_EQ(audience_size(), 1);
}

TEST_F(ImportScenario, a_file_that_another_took_the_place_of_makes_nobody_leave) {
  members(0, 100);
  settle();
  advance(minutes{1});
  std::string rows;
  for (int i = 0; i < 10; ++i) rows += profile("u" + std::to_string(i));
  write(rows);
  const int64_t number = begin(true);
  EXPECT_EQ(work(number).state, store::ImportState::kHeld);
  write("");
  release(number);
  const store::ImportRow ended = work(number);
  EXPECT_EQ(ended.state, store::ImportState::kFailed);
  EXPECT_NE(ended.error.find("not the one"), std::string::npos) << ended.error;
  EXPECT_EQ(audience_size(), 100);
}

TEST_F(ImportScenario, a_file_of_nothing_but_errors_leaves_a_short_list_which_goes_with_retention) {
  settle();
  std::string rows = profile("u1");
  for (int i = 0; i < 5'000; ++i) rows += "x\n";
  write(rows);
  const int64_t number = begin(false);
  const store::ImportRow row = work(number);
  EXPECT_EQ(row.bad_rows, 5'000);
  EXPECT_EQ(row.listed, sources::Importer::kListedMax);
  const std::string list = sources::Importer::errors_path(*store_, number);
  std::ifstream file(list);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(std::ranges::count(text, '\n'), sources::Importer::kListedMax);
  advance(std::chrono::hours{24 * 15});
  step();
  EXPECT_FALSE(std::filesystem::exists(list));
  EXPECT_EQ(store_->imports.get(number)->listed, 0);
}

TEST_F(ImportScenario, a_snapshot_loses_values_to_the_limits_and_nobody) {
  members(0, 3);
  settle();
  advance(minutes{1});
  sources::InputLimits limits({.fields = 1}, *arrivals_);
  limits.set_known({.fields = {"email"}, .audiences = {"Readers"}});
  std::string rows;
  for (int i = 0; i < 3; ++i) rows += buyer(i, "order");
  write(rows);
  importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_);
  importer_->set_limits(&limits);
  const int64_t number = begin(sources::ImportOptions{.path = "", .audience = "Readers", .snapshot = true});
  const store::ImportRow row = work(number);
  EXPECT_EQ(row.state, store::ImportState::kDone) << row.error;
  EXPECT_EQ(audience_size(), 3);
  EXPECT_EQ(row.dropped, R"({"field_limit":3})");
  importer_.reset();
}

TEST_F(ImportScenario, a_large_file_is_checked_in_steps_before_its_first_row) {
  settle();
  write(std::string(100'000'000, ' ') + "\n" + profile("p"));
  const int64_t number = begin(false);
  EXPECT_TRUE(step());
  EXPECT_EQ(store_->imports.get(number)->offset, 0);
  const store::ImportRow row = work(number);
  EXPECT_EQ(row.state, store::ImportState::kDone);
  EXPECT_EQ(row.rows, 1);
  // Taken for another file in a later step.
  write(std::string(100'000'000, ' ') + "\n" + profile("q"));
  const int64_t second = begin(false);
  EXPECT_TRUE(step());
  write(std::string(100'000'000, ' ') + "\n" + profile("r"));
  EXPECT_EQ(work(second).state, store::ImportState::kFailed);
  EXPECT_EQ(store_->imports.get(second)->rows, 0);
}

}  // namespace
}  // namespace pinrelay::scenarios
