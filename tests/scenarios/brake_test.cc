// What the brake lets pass: erasures and explicit withdrawals of consent, in every order.
#include <fmt/format.h>

#include "exports/brake.h"
#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using store::ValueType;

class BrakeScenario : public Scenario {
 protected:
  // 1,000 members who consent, and a brake at 20 %.
  void begin(const std::string& consent_field = "optin") {
    options_.retention = hours{24};
    settings_ = job_settings();
    settings_.brake = {.enabled = true, .percent = 20, .people = 100};
    settings_.consent_field = consent_field;
    for (int i = 0; i < 1000; ++i) field(key(i), "optin", "yes");
    members(0, 1000);
    start(settings_);
    advance(minutes{6});
    ASSERT_EQ(on_list(), hashes(0, 1000));
  }
  std::string key(int number) { return fmt::format("u{}", number); }
  void pause() {
    verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
    settle();
  }
  void resume() {
    verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  }
  void resync() {
    verb("readers", [](auto& jobs, auto& job) { return jobs.resync(job, false); });
  }
  // The process is away for longer than the change log is kept, which is trimmed when it comes back.
  void away() {
    advance(hours{30}, hours{1});
    restart_process();
    advance(hours{2}, minutes{30});
  }
  void consent(int from, int to, ValueType type, const std::string& value,
               const std::string& name = "optin") {
    Bytes rows;
    store::ChangeWriter writer(rows);
    for (int i = from; i < to; ++i) {
      writer.begin(store::ChangeType::kProfile, to_millis(arrivals_->now()), key(i));
      writer.field(name, type, value);
      writer.end();
    }
    settle();  // what was written before comes first
    store_->inbox().append(std::move(rows), [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
  }
  void erase_all(int from, int to) {
    for (int i = from; i < to; ++i) erase(key(i));
  }
  bool braked() { return list().row.braked; }

  config::JobSettings settings_;
};

TEST_F(BrakeScenario, lets_erasures_pass_after_a_pause_longer_than_the_log_is_kept) {
  begin();
  pause();
  erase_all(0, 300);
  settle();
  away();
  EXPECT_EQ(on_list(), hashes(0, 1000)) << "the job is paused";
  resume();
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(300, 1000));
  EXPECT_FALSE(braked());
}

TEST_F(BrakeScenario, lets_erasures_pass_that_only_a_pass_over_everybody_finds) {
  begin();
  pause();
  // As if the service had not run from here on until the log was trimmed.
  Bytes rows;
  store::ChangeWriter writer(rows);
  const int64_t at = to_millis(now() + seconds{1});
  std::set<Hash> expected = hashes(400, 1000);
  for (int i = 0; i < 400; ++i) {
    writer.begin(store::ChangeType::kDelete, at, key(i));
    writer.end();
    if (i < 300) continue;  // the others come back
    writer.begin(store::ChangeType::kProfile, at + 1, key(i));
    writer.field("email", ValueType::kString, fmt::format("new{}@example.org", i));
    writer.field("optin", ValueType::kString, "yes");
    writer.end();
    writer.begin(store::ChangeType::kEnter, at + 1, key(i), "Readers");
    writer.end();
    expected.insert(hash_of(fmt::format("new{}@example.org", i)));
  }
  store_->begin();
  store_->profiles.apply(rows, now(), nullptr);
  auto row = store_->jobs.get(job().row.number).value();
  row.cursor = row.erasure_cursor = -1;
  store_->jobs.put(row);
  ASSERT_TRUE(store_->commit().ok());
  restart_process();
  resume();
  advance(minutes{10});
  EXPECT_EQ(on_list(), expected);
  EXPECT_FALSE(braked());
}

TEST_F(BrakeScenario, lets_erasures_pass_of_people_whose_removal_it_holds_already) {
  begin();
  leavers(0, 300);
  advance(minutes{6});
  ASSERT_TRUE(braked());
  pause();
  erase_all(0, 50);
  settle();
  away();
  resume();
  advance(minutes{10});
  EXPECT_TRUE(braked());
  EXPECT_EQ(on_list(), hashes(50, 1000));
}

TEST_F(BrakeScenario, lets_old_identifiers_pass_of_people_who_come_back_in_the_same_request) {
  begin();
  std::set<Hash> expected = hashes(300, 1000);
  for (int i = 0; i < 300; ++i) {
    erase(key(i));
    person(key(i), {fmt::format("new{}@example.org", i)});
    field(key(i), "optin", "yes");
    enter(key(i));
    expected.insert(hash_of(fmt::format("new{}@example.org", i)));
  }
  advance(minutes{10});
  EXPECT_EQ(on_list(), expected);
  EXPECT_FALSE(braked());
}

TEST_F(BrakeScenario, lets_an_explicit_no_pass_and_comes_no_nearer_by_it) {
  begin();
  consent(0, 300, ValueType::kString, "no");
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(300, 1000));
  EXPECT_FALSE(braked());
  leavers(300, 450);
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(450, 1000)) << "15 % are fine";
  const auto many = exports::many_withdrawals(engine_->core(), list());
  ASSERT_TRUE(many.has_value());
  EXPECT_EQ(many->withdrawn, 300);
  advance(hours{26}, minutes{10});
  EXPECT_FALSE(exports::many_withdrawals(engine_->core(), list()).has_value());
}

TEST_F(BrakeScenario, says_nothing_of_few_withdrawals) {
  begin();
  consent(0, 150, ValueType::kBool, "false");
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(150, 1000));
  EXPECT_FALSE(exports::many_withdrawals(engine_->core(), list()).has_value());
}

TEST_F(BrakeScenario, loses_no_withdrawal_in_a_pause_longer_than_the_log_is_kept) {
  begin();
  pause();
  consent(0, 300, ValueType::kInt, "0");
  settle();
  away();
  resume();
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(300, 1000));
  EXPECT_FALSE(braked());
}

class UnreadableConsent : public BrakeScenario,
                          public testing::WithParamInterface<std::pair<ValueType, const char*>> {};

TEST_P(UnreadableConsent, is_held_like_any_removal) {
  begin();
  consent(0, 300, GetParam().first, GetParam().second);
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 1000));
  EXPECT_TRUE(braked());
  resync();
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 1000));
  consent(0, 10, ValueType::kString, "no");
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(10, 1000)) << "a no that a row brings lets the held removal pass";
}

INSTANTIATE_TEST_SUITE_P(Values, UnreadableConsent,
                         testing::Values(std::pair{ValueType::kNull, ""}, std::pair{ValueType::kString, ""},
                                         std::pair{ValueType::kString, "maybe"}));

TEST_F(BrakeScenario, holds_withdrawals_that_come_from_an_edit_of_the_consent_field) {
  begin();
  consent(0, 300, ValueType::kString, "no", "news");
  consent(300, 1000, ValueType::kString, "yes", "news");
  advance(minutes{6});
  settings_.consent_field = "news";
  apply(settings_);
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 1000));
  EXPECT_TRUE(braked());
  resync();
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 1000)) << "a pass over everybody changes nothing about that";
  person("u5", {address(5), "more@example.org"});
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 1000)) << "nor does another row about somebody";
  consent(300, 310, ValueType::kString, "no", "news");
  advance(minutes{10});
  EXPECT_EQ(on_list().size(), 990u) << "who says no from now on is removed";
}

TEST_F(BrakeScenario, lets_a_no_pass_that_came_after_the_edit_and_before_its_pass) {
  begin();
  consent(0, 1000, ValueType::kString, "yes", "news");
  advance(minutes{6});
  pause();
  settings_.consent_field = "news";
  apply(settings_);
  advance(minutes{1});
  consent(0, 300, ValueType::kString, "no", "news");
  settle();
  away();
  resume();
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(300, 1000));
  EXPECT_FALSE(braked());
}

TEST_F(BrakeScenario, holds_those_who_never_consented_when_a_consent_field_is_set_first) {
  begin("");
  consent(0, 300, ValueType::kString, "no");
  advance(minutes{6});
  ASSERT_EQ(on_list(), hashes(0, 1000));
  settings_.consent_field = "optin";
  apply(settings_);
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 1000));
  EXPECT_TRUE(braked());
}

}  // namespace
}  // namespace pinrelay::scenarios
