// Test mode counts until the attempt: real events that wait are held while it is on.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;

struct TestMode : Scenario {
  uint64_t effective() { return world_.conversions().total().effective; }
  uint64_t tests() { return world_.conversions().total().test_events; }
  void set(bool on, const std::string& name = "orders") {
    config::JobSettings settings = job(name).settings;
    settings.conversions.test_mode = on;
    apply(settings);
  }
  void pause(const std::string& name = "orders") {
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  }
  void resume(const std::string& name = "orders") {
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  }
  int64_t held(const std::string& name = "orders") { return exports::held_events(*store_, job(name)); }
};

TEST_F(TestMode, real_events_are_held_while_it_is_on_and_go_on_after_it) {
  start(conversion_settings());
  pause();
  buys(1, "o1");
  settle();
  set(true);
  resume();
  buys(2, "o2");
  advance(minutes{5});
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(tests(), 1U);
  EXPECT_EQ(held(), 1);
  EXPECT_TRUE(engine_->idle());  // nothing goes on by itself
  restart_process();
  advance(minutes{5});
  EXPECT_EQ(effective(), 0U);
  set(false);
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_NE(conversion("o1"), nullptr);
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(TestMode, pages_of_a_backfill_are_held_too) {
  for (int i = 0; i < 50; ++i) buys(i, fmt::format("o{}", i));
  settle();
  tokens_.text.reset();
  config::JobSettings settings = conversion_settings();
  settings.conversions.existing_users = true;
  start(settings);
  set(true);
  tokens_.text = "pina_sim";
  settle();
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(held(), 50);
  set(false);
  settle();
  EXPECT_EQ(effective(), 50U);
}

TEST_F(TestMode, what_is_held_grows_old) {
  start(conversion_settings());
  pause();
  buys(1, "o1");
  settle();
  set(true);
  resume();
  advance(hours{24 * 8}, hours{1});
  set(false);
  settle();
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(reason_count(Reason::kEventTooOld, "orders"), 1);
}

TEST_F(TestMode, an_event_of_unknown_outcome_becomes_uncertain) {
  start(conversion_settings());
  fault(sim::FaultKind::kInternalError, 1, true, "POST");
  buys(1, "o1");
  settle();
  set(true);
  advance(minutes{10});
  EXPECT_EQ(total("orders").uncertain, 1);
  set(false);
  advance(minutes{10});
  EXPECT_EQ(writes().size(), 1U);
  leave("u1", "Buyers");  // it stays claimed
  settle();
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 1);
}

TEST_F(TestMode, a_claim_passes_on_from_a_job_in_test_mode) {
  start(conversion_settings("one"));
  start(conversion_settings("two"));
  pause("one");
  pause("two");
  buys(1, "o1");
  settle();
  set(true, "one");
  resume("one");
  settle();
  EXPECT_EQ(effective(), 0U);
  resume("two");
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(total("two").added, 1);
  set(false, "one");
  settle();
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "one"), 1);
  EXPECT_EQ(effective(), 1U);
}

TEST_F(TestMode, switched_on_under_an_open_request_its_answer_counts) {
  start(conversion_settings());
  pinterest_.hold(true);
  buys(1, "o1");
  settle();
  set(true);
  settle();
  pinterest_.hold(false);
  settle();
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(TestMode, switched_on_under_an_open_request_nothing_is_repeated) {
  for (const bool restarts : {false, true}) {
    const int number = restarts ? 2 : 1;
    if (!restarts) start(conversion_settings());
    pinterest_.hold(true);
    fault(sim::FaultKind::kInternalError, 1, true, "POST");
    buys(number, fmt::format("o{}", number));
    settle();
    set(true);
    settle();
    pinterest_.hold(false);
    if (restarts) restart_process();
    advance(minutes{10});
    EXPECT_EQ(total("orders").uncertain, number);
    set(false);
    advance(minutes{10});
    EXPECT_EQ(writes().size(), 1U);
  }
}

TEST_F(TestMode, switched_on_under_an_open_request_that_is_not_accepted_the_event_is_held) {
  start(conversion_settings());
  pinterest_.hold(true);
  fault(sim::FaultKind::kThrottled, 1, false, "POST");
  buys(1, "o1");
  settle();
  set(true);
  pinterest_.hold(false);
  advance(minutes{10});
  EXPECT_EQ(held(), 1);
  set(false);
  settle();
  EXPECT_EQ(effective(), 1U);
}

TEST_F(TestMode, switched_off_under_an_open_test_its_events_stay_tests) {
  config::JobSettings settings = conversion_settings();
  settings.conversions.test_mode = true;
  start(settings);
  pinterest_.hold(true);
  buys(1, "o1");
  settle();
  set(false);
  buys(2, "o2");
  settle();
  pinterest_.hold(false);
  advance(minutes{1});
  EXPECT_EQ(conversion("o1"), nullptr);
  EXPECT_NE(conversion("o2"), nullptr);
  EXPECT_EQ(reason_count(Reason::kTestMode, "orders"), 1);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(TestMode, a_test_that_was_refused_is_never_sent_for_real) {
  config::JobSettings settings = conversion_settings();
  settings.conversions.test_mode = true;
  start(settings);
  world_.bad_events().add("o1", sim::Refusal::kWholeBody);
  buys(1, "o1");
  person("u2", {address(2)});
  enter("u2", "Buyers");  // no order
  settle();
  world_.bad_events().clear();
  set(false);
  field("u2", "order", "o2");
  settle();
  const Result<void> retried = engine_->transact([&]() -> Result<void> {
    EXPECT_EQ(TRY(engine_->jobs().retry(job("orders"))).again, 0);
    return {};
  });
  ASSERT_TRUE(retried.ok());
  settle();
  EXPECT_EQ(effective(), 0U);
}

TEST_F(TestMode, deletion_and_withdrawal_end_what_is_held) {
  config::JobSettings settings = conversion_settings();
  settings.consent_field = "ads";
  start(settings);
  pause();
  for (int i = 1; i <= 3; ++i) {
    field(fmt::format("u{}", i), "ads", "true");
    buys(i, fmt::format("o{}", i));
  }
  settle();
  set(true);
  resume();
  field("u1", "ads", "false");
  erase("u2");
  settle();
  EXPECT_EQ(held(), 1);
  set(false);
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_NE(conversion("o3"), nullptr);
}

TEST_F(TestMode, switched_off_again_before_the_answer_the_event_is_repeated) {
  start(conversion_settings());
  pinterest_.hold(true);
  fault(sim::FaultKind::kInternalError, 1, true, "POST");
  buys(1, "o1");
  settle();
  set(true);
  settle();
  set(false);
  pinterest_.hold(false);
  advance(minutes{10});
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(writes().size(), 2U);
}

TEST_F(TestMode, a_job_stopped_in_test_mode_gives_its_claims_back) {
  start(conversion_settings());
  pause();
  buys(1, "o1");
  settle();
  set(true);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.stop(job); });
  settle();
  EXPECT_EQ(total("orders").pending, 0);
  start(conversion_settings("again"));
  leave("u1", "Buyers");
  settle();
  EXPECT_EQ(effective(), 1U);
}

}  // namespace
}  // namespace pinrelay::scenarios
