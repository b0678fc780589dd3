// A version that reads values by other rules than the one before looks at everybody once.
#include "identity/reading_rules.h"

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

class ReadingRulesScenario : public Scenario {
 protected:
  // The store as a version with the rules before these would have left it.
  void age_rules() {
    ASSERT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      store_->set_number("reading_rules", identity::kReadingRules - 1);
                      return {};
                    })
                    .ok());
  }
};

TEST_F(ReadingRulesScenario, running_jobs_resync_once_after_the_rules_have_changed) {
  members(0, 20);
  start(job_settings());
  advance(minutes{6});
  ASSERT_EQ(on_list(), hashes(0, 20));
  age_rules();
  restart_process();
  EXPECT_EQ(job().row.bulk, store::BulkKind::kResync);
  EXPECT_TRUE(exports::Jobs::rereads(*store_, job().row));
  advance(minutes{6});
  EXPECT_EQ(job().row.bulk, store::BulkKind::kNone);
  EXPECT_FALSE(exports::Jobs::rereads(*store_, job().row));
  EXPECT_EQ(on_list(), hashes(0, 20));
  restart_process();
  EXPECT_EQ(job().row.bulk, store::BulkKind::kNone);
}

TEST_F(ReadingRulesScenario, a_store_that_never_knew_of_rules_counts_as_older) {
  members(0, 5);
  start(job_settings());
  advance(minutes{6});
  ASSERT_TRUE(engine_
                  ->transact([&]() -> Result<void> {
                    store_->set_number("reading_rules", 0);
                    return {};
                  })
                  .ok());
  restart_process();
  EXPECT_EQ(job().row.bulk, store::BulkKind::kResync);
}

TEST_F(ReadingRulesScenario, a_paused_job_owes_it_until_it_resumes) {
  members(0, 5);
  start(job_settings());
  advance(minutes{6});
  verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
  age_rules();
  restart_process();
  advance(minutes{6});
  EXPECT_EQ(job().row.bulk, store::BulkKind::kResync);
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  EXPECT_EQ(job().row.bulk, store::BulkKind::kNone);
}

TEST_F(ReadingRulesScenario, conversions_and_jobs_that_never_ran_owe_nothing) {
  members(0, 5);
  apply(job_settings());
  start(conversion_settings());
  advance(minutes{1});
  age_rules();
  restart_process();
  EXPECT_EQ(job().row.bulk, store::BulkKind::kNone);
  EXPECT_EQ(job("orders").row.bulk, store::BulkKind::kNone);
}

}  // namespace
}  // namespace pinrelay::scenarios
