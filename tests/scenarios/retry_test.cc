// A record is repeated once, and only as what it was; refusals that were nobody's fault are sent again.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;
using exports::Retried;

struct Retry : Scenario {
  uint64_t effective() { return world_.conversions().total().effective; }
  void bad(const std::string& order) { world_.bad_events().add(order, sim::Refusal::kWholeBody); }
  Retried retry() {
    Retried out;
    const Result<void> done = engine_->transact([&]() -> Result<void> {
      out = TRY(engine_->jobs().retry(job("orders")));
      return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().text();
    settle();
    return out;
  }
  void resume() {
    verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
    settle();
  }
  // o1 is refused, and would not be any more.
  void refuse_one() {
    start(conversion_settings());
    bad("o1");
    buys(1, "o1");
    settle();
    ASSERT_EQ(total("orders").rejected, 1);
    world_.bad_events().clear();
  }
  // Eight refusals with the same words: the job fails.
  void fail_job(int people = 8) {
    for (int i = 0; i < people; ++i) {
      bad(fmt::format("o{}", i));
      buys(i, fmt::format("o{}", i));
    }
    settle();
    ASSERT_EQ(job("orders").row.state, store::JobState::kFailed);
    world_.bad_events().clear();
  }
};

TEST_F(Retry, a_second_retry_makes_no_second_conversion) {
  refuse_one();
  EXPECT_EQ(retry().again, 1);
  EXPECT_EQ(effective(), 1U);
  field("u1", "order", "o2");
  settle();
  restart_process();
  EXPECT_EQ(retry().again, 0);
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Retry, a_repeated_record_is_counted_once) {
  refuse_one();
  person("u2", {address(2)});
  enter("u2", "Buyers");  // invalid: no order
  settle();
  advance(hours{26}, hours{1});  // another day, another run
  buys(3, "o3");
  settle();
  ASSERT_EQ(total("orders").considered, 3);
  ASSERT_EQ(total("orders").invalid, 1);
  field("u2", "order", "o2");
  settle();
  EXPECT_EQ(retry().again, 2);
  EXPECT_EQ(effective(), 3U);
  EXPECT_EQ(total("orders").considered, 3);
  EXPECT_EQ(total("orders").added, 3);
  EXPECT_EQ(total("orders").invalid + total("orders").rejected, 0);
}

TEST_F(Retry, a_repeat_that_is_refused_again_is_counted_where_it_was) {
  refuse_one();
  bad("o1");
  EXPECT_EQ(retry().again, 1);
  EXPECT_EQ(total("orders").considered, 1);
  EXPECT_EQ(total("orders").rejected, 1);
  world_.bad_events().clear();
  restart_process();
  EXPECT_EQ(retry().again, 1);
  EXPECT_EQ(total("orders").considered, 1);
  EXPECT_EQ(total("orders").added, 1);
}

TEST_F(Retry, what_no_kept_run_counts_any_more_is_counted_anew) {
  refuse_one();
  store_->begin();
  for (const store::RunRow& run : store_->runs.all()) store_->runs.erase(run.number);
  ASSERT_TRUE(store_->commit().ok());
  restart_process();
  EXPECT_EQ(retry().again, 1);
  EXPECT_EQ(total("orders").considered, 1);
  EXPECT_EQ(total("orders").added, 1);
}

TEST_F(Retry, another_event_id_is_left_out_until_it_is_the_first_again) {
  refuse_one();
  field("u1", "order", "o2");
  settle();
  Retried out = retry();
  EXPECT_EQ(out.again, 0);
  EXPECT_EQ(out.changed, 1);
  EXPECT_EQ(effective(), 0U);
  field("u1", "order", "o1");
  settle();
  EXPECT_EQ(retry().again, 1);
  EXPECT_NE(conversion("o1"), nullptr);
}

TEST_F(Retry, what_pinterest_may_have_had_is_left_out) {
  start(conversion_settings());
  fault(sim::FaultKind::kInternalError, 1, false, "POST");
  bad("o1");
  buys(1, "o1");
  advance(minutes{10});
  ASSERT_EQ(total("orders").rejected, 1);
  world_.bad_events().clear();
  const Retried out = retry();
  EXPECT_EQ(out.again, 0);
  EXPECT_EQ(out.unknown, 1);
  EXPECT_EQ(effective(), 0U);
}

TEST_F(Retry, a_person_who_was_deleted_and_came_back_is_somebody_else) {
  refuse_one();
  person("u2", {address(2)});
  enter("u2", "Buyers");  // invalid: no order
  settle();
  erase("u1");
  erase("u2");
  settle();
  for (const char* key : {"u1", "u2"}) {
    person(key, {address(1)});
    field(key, "order", "o1");
  }
  settle();
  EXPECT_EQ(retry().again, 0);
  EXPECT_EQ(effective(), 0U);
}

TEST_F(Retry, a_person_deleted_under_an_open_request_that_is_refused_is_not_repeated) {
  start(conversion_settings());
  bad("o1");
  pinterest_.hold(true);
  buys(1, "o1");
  settle();
  erase("u1");
  settle();
  pinterest_.hold(false);
  settle();
  world_.bad_events().clear();
  person("u1", {address(1)});
  field("u1", "order", "o1");
  settle();
  EXPECT_EQ(retry().again, 0);
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Retry, records_end_with_another_audience_also_when_it_is_the_first_again) {
  refuse_one();
  person("u2", {address(2)});
  enter("u2", "Buyers");
  settle();
  field("u2", "order", "o2");
  for (const char* audience : {"Others", "Buyers"}) {
    config::JobSettings settings = job("orders").settings;
    settings.audience = audience;
    apply(settings);
    settle();
    EXPECT_EQ(retry().again, 0);
  }
  EXPECT_EQ(effective(), 0U);
}

TEST_F(Retry, an_invalid_record_is_repeated_once) {
  start(conversion_settings());
  person("u1", {address(1)});
  enter("u1", "Buyers");
  settle();
  field("u1", "order", "o1");
  settle();
  EXPECT_EQ(retry().again, 1);
  EXPECT_EQ(effective(), 1U);
  field("u1", "order", "o2");
  settle();
  EXPECT_EQ(retry().again, 0);
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Retry, who_no_longer_consents_is_left_out) {
  refuse_one();
  config::JobSettings settings = conversion_settings();
  settings.consent_field = "ads";
  apply(settings);
  settle();
  const Retried out = retry();
  EXPECT_EQ(out.again, 0);
  EXPECT_EQ(out.no_consent, 1);
}

TEST_F(Retry, a_job_in_test_mode_refuses) {
  refuse_one();
  config::JobSettings settings = conversion_settings();
  settings.conversions.test_mode = true;
  apply(settings);
  const Result<void> done = engine_->transact([&]() -> Result<void> {
    TRY(engine_->jobs().retry(job("orders")));
    return {};
  });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, "test_mode");
}

TEST_F(Retry, resume_sends_the_bytes_of_a_streak_again) {
  start(conversion_settings());
  fail_job(12);
  EXPECT_EQ(total("orders").rejected, 8);
  for (int i = 0; i < 12; ++i) field(fmt::format("u{}", i), "order", fmt::format("x{}", i));
  settle();
  restart_process();
  resume();
  EXPECT_EQ(effective(), 12U);
  for (int i = 0; i < 12; ++i) EXPECT_NE(conversion(fmt::format("o{}", i)), nullptr) << i;
  EXPECT_EQ(total("orders").rejected, 0);
  EXPECT_EQ(total("orders").added, 12);
  EXPECT_EQ(total("orders").pending, 0);
  EXPECT_EQ(retry().again, 0);
}

TEST_F(Retry, a_restart_does_not_interrupt_a_streak) {
  start(conversion_settings());
  for (int i = 0; i < 8; ++i) {
    bad(fmt::format("o{}", i));
    buys(i, fmt::format("o{}", i));
    settle();
    restart_process();
  }
  settle();
  EXPECT_EQ(job("orders").row.state, store::JobState::kFailed);
}

TEST_F(Retry, a_success_ends_the_refused_events_and_their_claims) {
  start(conversion_settings());
  bad("o1");
  buys(1, "o1");
  settle();
  buys(2, "o2");
  settle();
  ASSERT_EQ(effective(), 1U);
  world_.bad_events().clear();
  EXPECT_TRUE(store_->events.of_person(store_->profiles.id_of("u1")).empty());
  EXPECT_EQ(total("orders").rejected, 1);
  leave("u1", "Buyers");  // another event of that id
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
}

TEST_F(Retry, an_event_of_the_same_id_takes_the_place_of_a_refused_one) {
  refuse_one();
  leave("u1", "Buyers");
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Retry, consent_deletion_and_age_count_for_what_is_sent_again) {
  config::JobSettings settings = conversion_settings();
  settings.consent_field = "ads";
  start(settings);
  for (int i = 0; i < 8; ++i) field(fmt::format("u{}", i), "ads", "true");
  fail_job();
  field("u1", "ads", "false");
  erase("u2");
  settle();
  resume();
  EXPECT_EQ(conversion("o1"), nullptr);
  EXPECT_EQ(conversion("o2"), nullptr);
  EXPECT_EQ(effective(), 6U);
  EXPECT_EQ(total("orders").pending, 0);
  for (int i = 0; i < 8; ++i) leave(fmt::format("u{}", i), "Buyers");
  settle();
}

TEST_F(Retry, refused_events_that_grew_too_old_are_not_sent_again) {
  start(conversion_settings());
  fail_job();
  advance(hours{24 * 8}, hours{1});
  resume();
  EXPECT_EQ(effective(), 0U);
  EXPECT_TRUE(store_->events.of_person(store_->profiles.id_of("u1")).empty());
}

TEST_F(Retry, refused_events_do_not_keep_a_job_from_another_ad_account) {
  refuse_one();
  config::JobSettings settings = conversion_settings();
  settings.ad_account = "549755885176";
  apply(settings);
  settle();
  EXPECT_TRUE(store_->events.of_person(store_->profiles.id_of("u1")).empty());
  EXPECT_EQ(retry().changed, 1);
}

TEST_F(Retry, a_stopped_job_gives_up_what_was_refused) {
  start(conversion_settings());
  fail_job();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.stop(job); });
  settle();
  EXPECT_EQ(total("orders").rejected, 8);
  EXPECT_EQ(total("orders").pending, 0);
  start(conversion_settings("again"));
  leave("u1", "Buyers");
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
}

}  // namespace
}  // namespace pinrelay::scenarios
