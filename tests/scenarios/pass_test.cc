// Passes over everybody: what may happen beside them, and when their memory on disk fails.
#include <unistd.h>

#include <filesystem>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

class PassScenario : public Scenario {};

TEST_F(PassScenario, a_refused_command_does_not_begin_one_anew) {
  options_.scan_page = 5;
  members(0, 100);
  apply(job_settings());
  settle();
  verb("readers", [](auto& jobs, auto& job) { return jobs.start(job); });
  int rounds = 0;
  for (; rounds < 60 && job().row.bulk != store::BulkKind::kNone; ++rounds) {
    ASSERT_TRUE(engine_->run_once().ok());
    const auto refused = engine_->transact([] {
      return Result<void>(Error{ErrorKind::kNotFound, "no_job", "there is no such job", "", ""});
    });
    ASSERT_FALSE(refused.ok());
  }
  EXPECT_LT(rounds, 60);
}

TEST_F(PassScenario, a_command_that_fails_half_way_leaves_nothing_behind) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  const auto failed = engine_->transact([&]() -> Result<void> {
    TRY(engine_->jobs().pause(job()));
    return Error{ErrorKind::kInternal, "test", "something else was wrong", "", ""};
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(job().row.state, store::JobState::kRunning);
}

// Empties the unlinked files that this process has open in the folder.
int empty_unlinked(const std::string& directory) {
  int emptied = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const std::string target = std::filesystem::read_symlink(entry.path(), ignored).string();
    if (!target.starts_with(directory) || !target.ends_with("(deleted)")) continue;
    emptied += ::truncate(entry.path().c_str(), 0) == 0;
  }
  return emptied;
}

TEST_F(PassScenario, one_whose_sorted_people_cannot_be_read_back_takes_nobody_off) {
  options_.sort_memory = 2 * 1024 * 1024;  // 18,000 people and more go to the disk
  options_.scan_page = 40'000;
  members(0, 30'000);
  start(job_settings());
  advance(minutes{6});
  ASSERT_EQ(on_list().size(), 30'000u);
  writes();
  verb("readers", [](auto& jobs, auto& job) { return jobs.resync(job, false); });
  ASSERT_TRUE(engine_->run_once().ok());  // everybody is scanned
  ASSERT_EQ(empty_unlinked(store_->directory()), 1);
  settle();
  advance(minutes{30}, minutes{1});
  EXPECT_EQ(on_list().size(), 30'000u);
  EXPECT_TRUE(writes().empty());
  EXPECT_EQ(job().row.bulk, store::BulkKind::kNone);
}

}  // namespace
}  // namespace pinrelay::scenarios
