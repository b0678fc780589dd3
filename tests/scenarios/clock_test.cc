// A wall clock that somebody sets back.
#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

class ClockScenario : public Scenario {
 protected:
  void who_leaves_after_a_step_back_is_taken_off(bool process_was_away) {
    members(0, 3);
    start(job_settings());
    advance(minutes{6});
    clock_->step(-hours{1});
    if (process_was_away) restart_process();
    leave("u1");
    settle();
    advance(hours{1}, minutes{1});
    std::set<Hash> expected = hashes(0, 3);
    expected.erase(hash_of(address(1)));
    EXPECT_EQ(on_list(), expected);
  }
};

TEST_F(ClockScenario, set_back_does_not_stretch_a_wait) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  fault(sim::FaultKind::kBadGateway, 1, false);
  members(3, 4);
  advance(minutes{5});
  ASSERT_EQ(on_list(), hashes(0, 3));
  clock_->step(-hours{30});
  advance(hours{1}, seconds{10});
  EXPECT_EQ(on_list(), hashes(0, 4));
}

TEST_F(ClockScenario, set_back_does_not_make_what_is_said_now_older_than_what_was_said_before) {
  who_leaves_after_a_step_back_is_taken_off(false);
}

TEST_F(ClockScenario, set_back_while_the_process_was_away_neither) {
  who_leaves_after_a_step_back_is_taken_off(true);
}

}  // namespace
}  // namespace pinrelay::scenarios
