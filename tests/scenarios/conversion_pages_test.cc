// A backfill's events are kept in pages of many; whatever happens to one of them happens as if it had a row.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;
using std::chrono::hours;

struct ConversionPages : Scenario {
  ConversionPages() {
    options_.event_page = 10;
    restart_process();
  }
  config::JobSettings settings_of(const std::string& name = "orders") {
    config::JobSettings settings = conversion_settings(name);
    settings.conversions.existing_users = true;
    return settings;
  }
  // Members 0 … 24 before the job starts: two full pages, and five in rows.
  void start_backfill() {
    for (int i = 0; i < 25; ++i) buys(i, fmt::format("o{}", i));
    settle();
    start(settings_of());
  }
  // The same, with all of them frozen and the first page under way.
  void hold_backfill() {
    pinterest_.hold(true);
    start_backfill();
    ASSERT_EQ(store_->events.pages.count(list("orders").row.number), 20);
  }
  void release() {
    pinterest_.hold(false);
    settle();
  }
  uint64_t effective() { return world_.conversions().total().effective; }
  void expect_each_once() {
    for (int i = 0; i < 25; ++i) {
      ASSERT_NE(conversion(fmt::format("o{}", i)), nullptr) << i;
      EXPECT_EQ(conversion(fmt::format("o{}", i))->effective, 1U) << i;
    }
  }
};

TEST_F(ConversionPages, each_page_is_a_body) {
  start_backfill();
  expect_each_once();
  EXPECT_EQ(writes().size(), 3U);
  EXPECT_EQ(total("orders").added, 25);
}

TEST_F(ConversionPages, an_unknown_outcome_repeats_the_same_bytes) {
  fault(sim::FaultKind::kInternalError, 1, true, "POST");
  start_backfill();
  for (int i = 0; i < 25; ++i) field(fmt::format("u{}", i), "order", "another");
  advance(minutes{1});
  expect_each_once();
  EXPECT_EQ(world_.conversions().total().duplicates, 10U);
  EXPECT_EQ(total("orders").added, 25);
}

TEST_F(ConversionPages, a_refused_event_leaves_the_others_alone) {
  world_.bad_events().add("o3", sim::Refusal::kPartialFailure);
  start_backfill();
  EXPECT_EQ(effective(), 24U);
  EXPECT_EQ(writes().size(), 3U);
  EXPECT_EQ(reason_count(Reason::kRejectedByPinterest, "orders"), 1);
  // Its claim is free again.
  world_.bad_events().clear();
  buys(100, "o3");
  settle();
  EXPECT_EQ(effective(), 25U);
}

TEST_F(ConversionPages, a_page_refused_as_a_whole_is_halved) {
  world_.bad_events().add("o3", sim::Refusal::kWholeBody);
  start_backfill();
  advance(minutes{1});
  EXPECT_EQ(effective(), 24U);
  EXPECT_EQ(reason_count(Reason::kRejectedByPinterest, "orders"), 1);
}

TEST_F(ConversionPages, a_crash_with_a_page_under_way) {
  hold_backfill();
  pinterest_.lose_answers();
  restart_process();
  pinterest_.hold(false);
  advance(minutes{1});
  expect_each_once();
  EXPECT_EQ(total("orders").added, 25);
}

TEST_F(ConversionPages, a_failed_transaction_forgets_no_page) {
  hold_backfill();
  EXPECT_FALSE(engine_
                   ->transact([&]() -> Result<void> {
                     job("orders").changed = true;
                     return Error{ErrorKind::kInvalid, "test", "given up", "", ""};
                   })
                   .ok());
  release();
  expect_each_once();
  EXPECT_EQ(total("orders").added, 25);
}

TEST_F(ConversionPages, deleted_people_end_as_far_as_they_had_come) {
  hold_backfill();
  for (int i = 0; i < 25; ++i) erase(fmt::format("u{}", i));
  settle();
  EXPECT_EQ(store_->events.pages.count(list("orders").row.number), 0);
  release();
  EXPECT_EQ(effective(), 10U);
  EXPECT_EQ(total("orders").added, 10);
  EXPECT_EQ(reason_count(Reason::kSuppressed, "orders"), 15);
}

TEST_F(ConversionPages, a_live_event_follows_the_one_of_the_backfill) {
  hold_backfill();
  for (int i = 0; i < 25; ++i) {
    field(fmt::format("u{}", i), "order", fmt::format("x{}", i));
    leave(fmt::format("u{}", i), "Buyers");
  }
  settle();
  EXPECT_EQ(effective(), 10U);  // nobody's exit has overtaken
  release();
  expect_each_once();
  EXPECT_EQ(effective(), 50U);
  EXPECT_EQ(total("orders").added, 50);
}

TEST_F(ConversionPages, others_wait_for_a_page_and_are_duplicates) {
  hold_backfill();
  config::JobSettings second = settings_of("second");
  start(second);
  EXPECT_EQ(effective(), 10U);
  release();
  EXPECT_EQ(effective(), 25U);
  EXPECT_EQ(total("orders").added, 25);
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "second"), 25);
  EXPECT_EQ(total("second").pending, 0);
}

TEST_F(ConversionPages, the_claims_of_a_page_pass_on_from_a_job_that_cannot_run) {
  hold_backfill();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  start(settings_of("second"));
  release();
  EXPECT_EQ(effective(), 25U);
  EXPECT_EQ(total("orders").added, 10);
  EXPECT_EQ(total("second").added, 15);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  EXPECT_EQ(effective(), 25U);
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 15);
}

TEST_F(ConversionPages, a_claim_is_remembered_from_the_day_of_delivery) {
  hold_backfill();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  advance(hours{5 * 24}, minutes{30});
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  release();
  EXPECT_EQ(effective(), 25U);
  for (int i = 0; i < 25; ++i) leave(fmt::format("u{}", i), "Buyers");
  advance(hours{6 * 24}, minutes{30});
  for (int i = 100; i < 125; ++i) buys(i, fmt::format("o{}", i - 100));
  settle();
  EXPECT_EQ(effective(), 25U);
}

TEST_F(ConversionPages, a_stopped_job_ends_its_pages) {
  hold_backfill();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.stop(job); });
  EXPECT_EQ(total("orders").pending, 0);
  EXPECT_EQ(reason_count(Reason::kJobDeleted, "orders"), 15);
  EXPECT_EQ(reason_count(Reason::kUncertain, "orders"), 10);
  EXPECT_EQ(store_->events.pages.count(list("orders").row.number), 0);
}

}  // namespace
}  // namespace pinrelay::scenarios
