// Two jobs on one list that had somebody on it before them.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

class SharedListScenario : public Scenario {
 protected:
  std::pair<config::JobSettings, config::JobSettings> sharing() {
    const std::string id = existing_list({hash_of("stranger@example.org")});
    config::JobSettings a = job_settings("a"), b = job_settings("b");
    a.list = b.list = config::ExistingList{id, config::ListType::kEmail, true};
    a.audience = "A", b.audience = "B";
    return {a, b};
  }
  void audience(const std::string& name, int from, int to) {
    for (int i = from; i < to; ++i) {
      person(fmt::format("{}{}", name, i), {address(i)});
      enter(fmt::format("{}{}", name, i), name);
    }
  }
};

TEST_F(SharedListScenario, who_leaves_a_shared_one_counts_no_more) {
  auto [a, b] = sharing();
  audience("A", 0, 500);
  audience("B", 500, 600);
  start(a);
  start(b);
  advance(minutes{6});
  ASSERT_EQ(list("b").row.present, 600);
  verb("a", [](auto& jobs, auto& job) { return jobs.remove(job, false); });
  advance(minutes{6});
  EXPECT_EQ(list("b").row.present, 100);
  EXPECT_EQ(on_list("b").size(), 101u) << "b goes on writing it";
}

TEST_F(SharedListScenario, emptying_a_shared_one_releases_no_brake_of_the_other_job) {
  auto [a, b] = sharing();
  a.brake = b.brake = {.enabled = true, .percent = 20, .people = 100};
  audience("A", 0, 10);
  audience("B", 10, 1000);
  start(a);
  start(b);
  advance(minutes{6});
  for (int i = 10; i < 900; ++i) leave(fmt::format("B{}", i), "B");
  advance(minutes{6});
  ASSERT_TRUE(list("b").row.braked);
  verb("a", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  settle();
  advance(minutes{6});
  EXPECT_EQ(engine_->jobs().find("a"), nullptr);
  EXPECT_EQ(on_list("b").size(), 1001u - 10);
}

TEST_F(SharedListScenario, emptying_for_one_job_keeps_additions_that_another_job_wants) {
  auto [a, b] = sharing();
  audience("A", 10, 20);
  audience("B", 10, 20);
  start(a);
  start(b);
  advance(minutes{6});
  audience("A", 20, 25);
  audience("B", 20, 25);
  settle();
  verb("a", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{10});
  ASSERT_EQ(engine_->jobs().find("a"), nullptr);
  std::set<Hash> wanted = hashes(10, 25);
  wanted.insert(hash_of("stranger@example.org"));
  EXPECT_EQ(on_list("b"), wanted);
}

TEST_F(SharedListScenario, emptying_for_one_job_keeps_a_refused_addition_that_another_job_wants) {
  auto [a, b] = sharing();
  audience("A", 10, 20);
  audience("B", 10, 20);
  start(a);
  start(b);
  advance(minutes{6});
  audience("A", 20, 25);
  settle();
  audience("B", 20, 25);
  settle();
  fault(sim::FaultKind::kThrottled);
  verb("a", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{30});
  ASSERT_EQ(engine_->jobs().find("a"), nullptr);
  std::set<Hash> wanted = hashes(10, 25);
  wanted.insert(hash_of("stranger@example.org"));
  EXPECT_EQ(on_list("b"), wanted);
}

}  // namespace
}  // namespace pinrelay::scenarios
