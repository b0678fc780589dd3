// What charts are drawn from: every change is counted once, in the minute, hour and day in which it ended.
#include "insight/history.h"

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using insight::Chart;
using insight::find_step;

size_t amount(std::string_view name) {
  for (size_t i = 0; i < insight::kAmountCount; ++i)
    if (insight::kAmounts[i].name == name) return i;
  return insight::kAmountCount;
}

class HistoryScenario : public Scenario {
 protected:
  void count_for(Millis time) {
    if (!history_) boot_history();
    for (const Time until = clock_->now() + time; clock_->now() < until;) {
      advance(minutes{1});
      ASSERT_TRUE(history_->run_once().ok());
    }
  }
  void boot_history() {
    settle();
    history_ = std::make_unique<insight::History>(*engine_);
    ASSERT_TRUE(history_->run_once().ok());
  }
  Chart chart(std::string_view step, store::JobNumber number = 0) {
    return insight::chart_of(*store_, *find_step(step), number, clock_->now());
  }
  int64_t sum(const Chart& chart, std::string_view name) {
    int64_t sum = 0;
    for (const auto& slot : chart.slots) sum += slot[amount(name)].value_or(0);
    return sum;
  }
  int64_t last(const Chart& chart, std::string_view name) {
    return chart.slots.empty() ? -1 : chart.slots.back()[amount(name)].value_or(-1);
  }

  std::unique_ptr<insight::History> history_;
};

TEST_F(HistoryScenario, counts_each_change_once_in_every_step) {
  members(0, 20);
  start(job_settings());
  count_for(minutes{10});
  for (int i = 0; i < 5; ++i) leave("u" + std::to_string(i));
  count_for(minutes{70});
  for (const char* step : {"minute", "hour", "day"}) {
    for (const store::JobNumber number : {store::JobNumber{0}, job().row.number}) {
      const Chart all = chart(step, number);
      EXPECT_EQ(sum(all, "added"), 20) << step;
      EXPECT_EQ(sum(all, "removed"), 5) << step;
      EXPECT_EQ(last(all, "audience"), 15) << step;
      EXPECT_EQ(last(all, "on_list"), 15) << step;
      EXPECT_EQ(last(all, "waiting"), 0) << step;
    }
  }
  EXPECT_GT(sum(chart("hour"), "requests"), 0);
}

TEST_F(HistoryScenario, shows_what_waits) {
  members(0, 20);
  start(job_settings());
  count_for(minutes{6});
  members(20, 30);
  count_for(minutes{2});
  EXPECT_EQ(last(chart("minute", job().row.number), "waiting"), 10);
}

TEST_F(HistoryScenario, a_time_without_a_service_is_a_gap) {
  members(0, 20);
  start(job_settings());
  count_for(minutes{10});
  ASSERT_TRUE(history_->finish().ok());
  history_.reset();
  clock_->advance(std::chrono::hours{3});
  restart_process();
  count_for(minutes{5});
  const Chart minutes_of = chart("minute", job().row.number);
  int64_t gaps = 0;
  for (const auto& slot : minutes_of.slots) gaps += !slot[amount("audience")];
  EXPECT_GE(gaps, 175);
  EXPECT_LE(gaps, 180);
  EXPECT_EQ(sum(minutes_of, "added"), 20);
  EXPECT_EQ(last(minutes_of, "audience"), 20);
}

TEST_F(HistoryScenario, a_minute_that_is_not_over_is_kept_when_the_service_ends) {
  members(0, 20);
  start(job_settings());
  count_for(minutes{4});
  advance(minutes{1} + Millis{30'000}, Millis{30'000});
  ASSERT_TRUE(history_->finish().ok());
  history_.reset();
  restart_process();
  count_for(minutes{2});
  EXPECT_EQ(sum(chart("minute"), "added"), 20);
  EXPECT_EQ(sum(chart("day"), "added"), 20);
}

TEST_F(HistoryScenario, nothing_that_was_undone_is_counted) {
  members(0, 20);
  start(job_settings());
  count_for(minutes{10});
  const auto undone = engine_->transact([&]() -> Result<void> {
    engine_->core().tally.consider(job().row.live_run);
    engine_->core().tally.sent(job().row.live_run, store::Operation::kAdd);
    engine_->core().tally.flush(clock_->now());
    return Error{ErrorKind::kConflict, "undone", "as a full disk would have it", "", ""};
  });
  ASSERT_FALSE(undone.ok());
  count_for(minutes{2});
  EXPECT_EQ(sum(chart("minute"), "added"), 20);
}

TEST_F(HistoryScenario, a_job_that_does_nothing_costs_a_row_an_hour_and_old_minutes_go) {
  members(0, 20);
  start(job_settings());
  count_for(std::chrono::hours{26});
  const auto rows = store_->history.read(store::HistoryStep::kMinute, job().row.number, 0);
  EXPECT_LE(rows.size(), 30U);
  const Chart of_day = chart("minute", job().row.number);
  EXPECT_LE(of_day.slots.size(), 24U * 60);
  EXPECT_GE(of_day.slots.size(), 23U * 60);
  EXPECT_EQ(last(of_day, "audience"), 20);
  EXPECT_EQ(sum(of_day, "added"), 0) << "that was more than a day ago";
  EXPECT_EQ(sum(chart("hour", job().row.number), "added"), 20);
}

TEST_F(HistoryScenario, ends_with_its_job) {
  members(0, 20);
  start(job_settings());
  count_for(minutes{10});
  const store::JobNumber number = job().row.number;
  verb("readers", [](auto& jobs, auto& job) { return jobs.remove(job, false); });
  count_for(minutes{61});
  EXPECT_TRUE(store_->history.read(store::HistoryStep::kDay, number, 0).empty());
  EXPECT_EQ(sum(chart("day"), "added"), 20) << "of all together";
}

}  // namespace
}  // namespace pinrelay::scenarios
