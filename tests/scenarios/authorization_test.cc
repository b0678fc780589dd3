// What Pinterest has said of a token or a role counts until it says otherwise.
#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

struct Authorization : Scenario {
  std::string waits_for() { return list().row.wait_code; }
  void begin() {
    members(0, 3);
    start(job_settings());
    advance(minutes{10});
    ASSERT_EQ(on_list(), hashes(0, 3));
  }
};

TEST_F(Authorization, a_refused_write_is_forgotten_with_the_next_that_is_taken) {
  begin();
  fault(sim::FaultKind::kForbidden, 1);
  members(3, 4);
  advance(minutes{6});
  EXPECT_EQ(waits_for(), "auth_error");
  advance(hours{2}, minutes{1});
  EXPECT_EQ(on_list(), hashes(0, 4));
  EXPECT_EQ(waits_for(), "");
  EXPECT_EQ(list().row.wait_reason, "");
}

TEST_F(Authorization, a_token_that_is_back_is_no_trouble_any_more_also_with_nothing_to_send) {
  begin();
  const auto token = std::exchange(tokens_.text, std::nullopt);
  members(3, 4);
  advance(minutes{6});
  EXPECT_EQ(waits_for(), "auth_error");
  leavers(3, 4);  // nothing is left to send
  settle();
  tokens_.text = token;
  advance(hours{26}, minutes{5});
  EXPECT_EQ(waits_for(), "");
  EXPECT_EQ(on_list(), hashes(0, 3));
}

TEST_F(Authorization, a_refused_question_is_forgotten_with_the_next_that_is_answered) {
  begin();
  world_.accounts().set_role(kAdAccount, "ANALYST");
  restart_process();
  members(3, 4);
  advance(minutes{6});
  EXPECT_EQ(waits_for(), "auth_error");
  world_.accounts().set_role(kAdAccount, "ADMIN");
  advance(hours{2}, minutes{1});
  EXPECT_EQ(waits_for(), "");
  EXPECT_EQ(on_list(), hashes(0, 4));
}

}  // namespace
}  // namespace pinrelay::scenarios
