// Unknown outcomes, brakes, limits, tokens, outages: what waits for how long.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using sim::FaultKind;
using store::JobState;

class TroubleScenario : public Scenario {
 protected:
  // A list with u0 … u<count - 1> on it, and nothing waiting.
  void running(int count, const config::JobSettings& settings) {
    members(0, count);
    start(settings);
    advance(minutes{6});
    writes();
  }
  void running(int count) { running(count, job_settings()); }
};

TEST_F(TroubleScenario, after_an_unknown_add_the_remove_waits_twenty_minutes_from_its_end) {
  running(3);
  fault(FaultKind::kCutAfterBody, 1, true);
  members(3, 4);
  advance(minutes{5});
  const Time unknown_at = pinterest_.seen.back().at;
  leavers(3, 4);
  settle();
  writes();
  advance(unknown_at + minutes{20} - now() - seconds{1}, seconds{5});
  EXPECT_TRUE(writes().empty());
  advance(minutes{6});
  const auto sent = writes();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].operation, "REMOVE");
  EXPECT_GE(sent[0].at, unknown_at + minutes{20});
  EXPECT_EQ(on_list(), hashes(0, 3));
}

TEST_F(TroubleScenario, neither_a_restart_nor_a_stepped_clock_shortens_that_wait) {
  running(3);
  fault(FaultKind::kRequestTimeout, 1, true);
  members(3, 4);
  advance(minutes{5});
  leavers(3, 4);
  advance(minutes{1});
  writes();
  restart_process();
  advance(minutes{1});
  clock_->step(hours{5});
  advance(minutes{15}, seconds{5});
  EXPECT_TRUE(writes().empty());
  advance(minutes{10}, seconds{5});
  EXPECT_EQ(on_list(), hashes(0, 3));
}

TEST_F(TroubleScenario, after_an_unknown_add_the_same_wish_is_sent_again_soon) {
  running(3);
  fault(FaultKind::kBadGateway, 1, false);
  members(3, 4);
  advance(minutes{5});
  advance(seconds{3});
  EXPECT_EQ(writes().size(), 2u);
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(TroubleScenario, unusually_many_removals_are_held_while_additions_and_erasures_go_on) {
  config::JobSettings settings = job_settings();
  settings.brake = {.enabled = true, .percent = 20, .people = 1'000};
  running(10'000, settings);
  advance(hours{25}, minutes{5});
  leavers(0, 2'001);
  members(10'000, 10'010);
  advance(minutes{6});
  EXPECT_TRUE(list().row.braked);
  EXPECT_EQ(on_list(), hashes(0, 10'010));
  erase("u5");
  advance(minutes{6});
  EXPECT_EQ(on_list().size(), 10'009u) << "an erasure passes";
  verb("readers", [](auto& jobs, auto& job) { return jobs.release(job); });
  settle();
  EXPECT_EQ(on_list(), hashes(2'001, 10'010));
}

TEST_F(TroubleScenario, twenty_percent_within_a_day_pass_however_often_they_come) {
  config::JobSettings settings = job_settings();
  settings.brake = {.enabled = true, .percent = 20, .people = 1'000};
  running(10'000, settings);
  advance(hours{25}, minutes{5});
  leavers(0, 2'000);
  advance(minutes{6});
  EXPECT_FALSE(list().row.braked);
  leavers(2'000, 2'010);
  advance(minutes{6});
  EXPECT_TRUE(list().row.braked) << "2,010 of 10,000 within 24 hours";
  verb("readers", [](auto& jobs, auto& job) { return jobs.release(job); });
  advance(hours{25}, minutes{5});
  leavers(2'010, 3'500);
  advance(minutes{6});
  EXPECT_FALSE(list().row.braked) << "1,490 of 7,990";
}

TEST_F(TroubleScenario, a_list_younger_than_a_day_is_measured_by_its_largest_size) {
  config::JobSettings settings = job_settings();
  settings.brake = {.enabled = true, .percent = 20, .people = 1'000};
  running(10'000, settings);
  leavers(0, 2'500);
  advance(minutes{6});
  EXPECT_TRUE(list().row.braked);
}

TEST_F(TroubleScenario, ten_hours_of_nothing_but_errors_fail_the_job_and_resuming_goes_on) {
  running(3);
  fault(FaultKind::kInternalError, sim::kForever);
  members(3, 4);
  advance(hours{9}, seconds{20});
  EXPECT_EQ(job().row.state, JobState::kRunning);
  advance(hours{2}, seconds{20});
  EXPECT_EQ(job().row.state, JobState::kFailed);
  EXPECT_EQ(job().row.reason_code, "only_errors");
  world_.faults().clear();
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(TroubleScenario, two_failed_polls_hours_apart_are_not_hours_of_errors) {
  running(3);
  fault(FaultKind::kBadGateway, 1, false, "GET");
  advance(hours{13}, minutes{1});
  fault(FaultKind::kBadGateway, 1, false, "GET");
  advance(hours{2}, minutes{1});
  EXPECT_EQ(job().row.state, JobState::kRunning) << job().row.reason;
}

TEST_F(TroubleScenario, retry_after_of_an_outage_is_obeyed) {
  running(3);
  sim::FaultRule rule;
  rule.method = "PATCH";
  rule.fault.kind = FaultKind::kUnavailable;
  rule.fault.retry_after = 600;
  world_.faults().add_rule(rule);
  members(3, 4);
  advance(minutes{14});
  EXPECT_EQ(writes().size(), 1u);
  advance(minutes{2});
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(TroubleScenario, waiting_for_a_limit_or_a_token_never_fails_a_job) {
  running(3);
  members(3, 4);
  fault(FaultKind::kRampedDown, sim::kForever);
  advance(hours{12}, minutes{1});
  EXPECT_EQ(job().row.state, JobState::kRunning);
  EXPECT_EQ(list().row.wait_code, "ramped_down");
  world_.faults().clear();
  world_.accounts().revoke_token("pina_sim");
  advance(hours{12}, minutes{1});
  EXPECT_EQ(job().row.state, JobState::kRunning);
  EXPECT_EQ(list().row.wait_code, "auth_error");
  world_.accounts().add_token("pina_new");
  tokens_.text = "pina_new";
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(0, 4)) << "it goes on by itself with another token";
}

TEST_F(TroubleScenario, a_refused_token_is_not_tried_again) {
  running(3);
  world_.accounts().revoke_token("pina_sim");
  members(3, 4);
  advance(hours{5}, minutes{1});
  EXPECT_LE(writes().size(), 1u);
}

// The answer to an old token must not speak against the one that has taken its place meanwhile.
TEST_F(TroubleScenario, a_late_refusal_of_an_old_token_does_not_stop_the_new_one) {
  running(3);
  world_.accounts().revoke_token("pina_sim");
  members(3, 4);
  pinterest_.hold(true);
  advance(minutes{5});
  ASSERT_EQ(writes().size(), 1u) << "refused, but we do not know yet";
  world_.accounts().add_token("pina_new");
  tokens_.text = "pina_new";
  advance(hours{2}, minutes{1});
  ASSERT_EQ(pinterest_.seen.back().method, "GET") << "a poll with the new token";
  pinterest_.hold(false);
  advance(minutes{1});
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(TroubleScenario, retry_after_is_obeyed_to_the_second) {
  running(3);
  sim::FaultRule rule;
  rule.method = "PATCH";
  rule.fault.kind = FaultKind::kThrottled;
  rule.fault.retry_after = 90;
  rule.fault.reset = 5;
  world_.faults().add_rule(rule);
  members(3, 4);
  advance(minutes{5} + seconds{89});
  EXPECT_EQ(writes().size(), 1u);
  advance(seconds{2});
  EXPECT_EQ(writes().size(), 1u);
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(TroubleScenario, without_it_the_reset_of_the_limit_is) {
  running(3);
  sim::FaultRule rule;
  rule.method = "PATCH";
  rule.fault.kind = FaultKind::kThrottled;
  rule.fault.reset = 37;
  world_.faults().add_rule(rule);
  members(3, 4);
  advance(minutes{5} + seconds{36});
  EXPECT_EQ(writes().size(), 1u);
  advance(seconds{2});
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(TroubleScenario, four_hundred_writes_a_minute_are_shared_by_the_lists_of_an_authorization) {
  config::JobSettings one = job_settings("one"), two = job_settings("two");
  one.records_per_request = two.records_per_request = 1;
  one.list_prefix = "One", two.list_prefix = "Two";
  members(0, 600);
  settle();
  start(one);
  start(two);
  advance(seconds{10});
  EXPECT_EQ(writes().size(), 400u) << "100 a second, and not one more before the minute is over";
  advance(seconds{49});
  EXPECT_TRUE(writes().empty());
  advance(seconds{10});
  const auto sent = writes();
  EXPECT_EQ(sent.size(), 400u);
  size_t of_two = 0;
  for (const SeenRequest& request : sent) of_two += request.path.ends_with(list("two").row.id);
  EXPECT_GT(of_two, 100u) << "neither takes it all";
  EXPECT_LT(of_two, 300u);
  advance(minutes{3});
  EXPECT_EQ(on_list("one"), hashes(0, 600));
  EXPECT_EQ(on_list("two"), hashes(0, 600));
}

TEST_F(TroubleScenario, the_budget_is_not_forgotten_by_a_restart) {
  config::JobSettings settings = job_settings();
  settings.records_per_request = 1;
  members(0, 500);
  settle();
  start(settings);
  advance(seconds{2});
  restart_process();
  advance(seconds{30});
  EXPECT_EQ(writes().size(), 400u);
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(0, 500));
}

TEST_F(TroubleScenario, a_trial_app_flushes_every_ten_minutes_at_most) {
  authorization_.tier = config::Tier::kTrial;
  world_.limiter() = sim::RateLimiter(sim::Limits{});
  running(3);
  members(3, 4);
  advance(minutes{9}, seconds{10});
  EXPECT_TRUE(writes().empty());
  advance(minutes{2}, seconds{10});
  EXPECT_EQ(writes().size(), 1u);
}

TEST_F(TroubleScenario, reasserting_puts_back_whom_somebody_has_taken_off_by_hand) {
  config::JobSettings settings = job_settings();
  settings.reassert_weekly = true;
  running(5, settings);
  auto& theirs = *world_.lists().find(list().row.id);
  world_.lists().change(theirs, sim::Operation::kRemove, {hash_of(address(1))}, Millis{0}, now());
  advance(hours{24 * 6}, minutes{30});
  EXPECT_EQ(on_list().size(), 4u) << "which nobody can see";
  advance(hours{26}, minutes{30});
  EXPECT_EQ(on_list(), hashes(0, 5));
}

TEST_F(TroubleScenario, a_pause_beyond_the_retention_is_made_good_by_a_resync) {
  options_.retention = hours{24};
  running(10);
  verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
  leavers(0, 5);
  advance(hours{48}, minutes{30});
  members(10, 12);
  advance(hours{2}, minutes{30});
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(5, 12));
}

// The pass has seen people as they were before the pause; what changed since is no longer in the log.
TEST_F(TroubleScenario, such_a_pause_in_the_middle_of_a_pass_begins_the_pass_anew) {
  options_.retention = hours{24};
  options_.scan_page = 2;
  members(0, 10);
  settle();
  apply(job_settings());
  verb("readers", [](auto& jobs, auto& job) { return jobs.start(job); });
  for (int step = 0; step < 4; ++step) ASSERT_TRUE(engine_->run_once().ok());
  ASSERT_TRUE(job().bulk && job().bulk->scanning());
  verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
  leavers(0, 10);
  advance(hours{48}, minutes{30});
  members(10, 12);
  advance(hours{2}, minutes{30});
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(10, 12));
}

TEST_F(TroubleScenario, a_stopped_job_sends_nothing_ever_again) {
  running(3);
  verb("readers", [](auto& jobs, auto& job) { return jobs.stop(job); });
  members(3, 4);
  advance(hours{3}, minutes{1});
  EXPECT_TRUE(writes().empty());
  EXPECT_FALSE(engine_->transact([&] { return engine_->jobs().resume(job()); }).ok());
}

}  // namespace
}  // namespace pinrelay::scenarios
