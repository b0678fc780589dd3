// A job that is over for a list keeps nobody on it that another job still writes.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

enum class Way { kStop, kDelete, kMove };
enum class Other { kRunning, kPaused, kFailed, kStopped, kDraft };
enum class Cut { kNone, kRestart, kKill };

std::string name_of(const testing::TestParamInfo<std::tuple<Way, Other, Cut>>& info) {
  static const char* const kWays[] = {"stop", "delete", "move"};
  static const char* const kOthers[] = {"running", "paused", "failed", "stopped", "draft"};
  static const char* const kCuts[] = {"", "_restart", "_kill"};
  const auto [way, other, cut] = info.param;
  return fmt::format("{}_beside_a_{}_job{}", kWays[static_cast<int>(way)], kOthers[static_cast<int>(other)],
                     kCuts[static_cast<int>(cut)]);
}

class DepartureScenario : public Scenario {
 protected:
  // Two jobs on one list that has a stranger: a's people are 0 to 59, b's 50 to 109.
  void share(bool start_b = true) {
    id_ = existing_list({hash_of("stranger@example.org")});
    a_ = job_settings("a"), b_ = job_settings("b");
    a_.list = b_.list = config::ExistingList{id_, config::ListType::kEmail, true};
    a_.audience = "A", b_.audience = "B";
    a_.records_per_request = b_.records_per_request = 10;
    for (int i = 0; i < 60; ++i) belongs("A", i);
    for (int i = 50; i < 110; ++i) belongs("B", i);
    start(a_);
    apply(b_);
    if (start_b) verb("b", [](auto& jobs, auto& job) { return jobs.start(job); });
    advance(minutes{6});
  }
  void belongs(const std::string& audience, int number) {
    const std::string key = fmt::format("{}{}", audience, number);
    person(key, {address(number)});
    enter(key, audience);
  }
  void put(Other other) {
    if (other == Other::kPaused) verb("b", [](auto& jobs, auto& job) { return jobs.pause(job); });
    if (other == Other::kStopped) verb("b", [](auto& jobs, auto& job) { return jobs.stop(job); });
    if (other == Other::kFailed)
      verb("b", [](auto&, auto& job) -> Result<void> {
        job.row.state = store::JobState::kFailed;
        job.changed = true;
        return {};
      });
  }
  void end(Way way) {
    if (way == Way::kStop) verb("a", [](auto& jobs, auto& job) { return jobs.stop(job); });
    if (way == Way::kDelete) verb("a", [](auto& jobs, auto& job) { return jobs.remove(job, false); });
    if (way == Way::kMove) {
      a_.list.reset();
      apply(a_);
    }
  }
  std::set<Hash> there() {
    const auto sorted = world_.members(id_)->sorted();
    std::set<Hash> found{sorted.begin(), sorted.end()};
    EXPECT_EQ(found.erase(hash_of("stranger@example.org")), 1u) << "never ours to remove";
    return found;
  }

  std::string id_;
  config::JobSettings a_, b_;
};

class Departure : public DepartureScenario,
                  public testing::WithParamInterface<std::tuple<Way, Other, Cut>> {};

TEST_P(Departure, keeps_nobody_on_a_list_that_another_job_writes) {
  const auto [way, other, cut] = GetParam();
  const bool draft = other == Other::kDraft;
  share(!draft);
  ASSERT_EQ(there(), draft ? hashes(0, 60) : hashes(0, 110));
  put(other);
  end(way);
  if (cut == Cut::kRestart) restart_process();
  if (cut == Cut::kKill) {
    pinterest_.hold(true);
    settle();
    advance(minutes{6});
    restart_process();
    pinterest_.hold(false);
  }
  advance(minutes{40});
  if (other == Other::kRunning) {
    EXPECT_EQ(there(), hashes(50, 110));
  } else {
    EXPECT_EQ(there(), draft ? hashes(0, 60) : hashes(0, 110)) << "nobody sends anything";
  }
  if (other == Other::kPaused || other == Other::kFailed) {
    verb("b", [](auto& jobs, auto& job) { return jobs.resume(job); });
    advance(minutes{10});
    EXPECT_EQ(there(), hashes(50, 110));
  }
  if (draft) {
    verb("b", [](auto& jobs, auto& job) { return jobs.start(job); });
    advance(minutes{10});
    EXPECT_EQ(there(), hashes(50, 110)) << "who takes the list up takes over whom the other left there";
  }
  if (way == Way::kMove) {
    EXPECT_EQ(on_list("a"), hashes(0, 60));
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, Departure,
                         testing::Combine(testing::Values(Way::kStop, Way::kDelete, Way::kMove),
                                          testing::Values(Other::kRunning, Other::kPaused, Other::kFailed,
                                                          Other::kStopped, Other::kDraft),
                                          testing::Values(Cut::kNone, Cut::kRestart, Cut::kKill)),
                         name_of);

TEST_F(DepartureScenario, says_beforehand_how_many_it_will_remove) {
  share();
  auto leaving = engine_->jobs().departures().preview(job("a"));
  EXPECT_TRUE(leaving.removed);
  EXPECT_EQ(leaving.identifiers, 50);
  put(Other::kStopped);
  leaving = engine_->jobs().departures().preview(job("a"));
  EXPECT_FALSE(leaving.removed) << "nobody else writes it any more";
  EXPECT_EQ(leaving.identifiers, 110);
}

TEST_F(DepartureScenario, removes_under_the_brake) {
  share();
  a_.brake = b_.brake = {.enabled = true, .percent = 20, .people = 10};
  apply(a_);
  apply(b_);
  advance(minutes{6});
  end(Way::kDelete);
  advance(minutes{6});
  EXPECT_TRUE(list("b").row.braked);
  EXPECT_EQ(there(), hashes(0, 110));
  erase("A3");
  advance(minutes{6});
  EXPECT_EQ(there().count(hash_of(address(3))), 0u) << "an erasure passes";
  EXPECT_EQ(there().size(), 109u);
  verb("b", [](auto& jobs, auto& job) { return jobs.release(job); });
  advance(minutes{6});
  EXPECT_EQ(there(), hashes(50, 110));
}

TEST_F(DepartureScenario, counts_each_person_once) {
  share();
  for (int i = 0; i < 10; ++i) person(fmt::format("A{}", i), {address(i), address(1000 + i)});
  advance(minutes{6});
  const auto before = total("b");
  end(Way::kStop);
  advance(minutes{6});
  EXPECT_EQ(there(), hashes(50, 110));
  EXPECT_EQ(total("b").removed - before.removed, 50) << "ten of them with two addresses";
}

TEST_F(DepartureScenario, what_waited_to_be_added_is_not_added_any_more) {
  share();
  for (int i = 200; i < 220; ++i) belongs("A", i);
  settle();
  end(Way::kDelete);
  advance(minutes{10});
  EXPECT_EQ(there(), hashes(50, 110));
}

TEST_F(DepartureScenario, an_addition_in_flight_is_taken_back) {
  share();
  pinterest_.hold(true);
  for (int i = 200; i < 205; ++i) belongs("A", i);
  advance(minutes{6});
  ASSERT_TRUE(list("a").open);
  end(Way::kDelete);
  settle();
  pinterest_.hold(false);
  advance(minutes{10});
  EXPECT_EQ(there(), hashes(50, 110));
}

TEST_F(DepartureScenario, a_job_that_comes_back_has_its_people_again) {
  share();
  put(Other::kPaused);
  const auto first = a_.list;
  end(Way::kMove);
  advance(minutes{6});
  leave("A0", "A");
  a_.list = first;
  apply(a_);
  restart_process();
  advance(minutes{10});
  std::set<Hash> all = hashes(1, 110);
  EXPECT_EQ(there(), all) << "who left the audience meanwhile is removed";
  verb("b", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{10});
  EXPECT_EQ(there(), all);
}

TEST_F(DepartureScenario, everybody_goes_with_the_last_job_that_is_deleted_with_removal) {
  share();
  put(Other::kPaused);
  end(Way::kDelete);
  verb("b", [](auto& jobs, auto& job) { return jobs.resume(job); });
  verb("b", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{10});
  EXPECT_EQ(engine_->jobs().find("b"), nullptr);
  EXPECT_EQ(there(), std::set<Hash>());
  EXPECT_TRUE(engine_->core().lists.empty());
  EXPECT_TRUE(store_->left.all().empty());
}

}  // namespace
}  // namespace pinrelay::scenarios
