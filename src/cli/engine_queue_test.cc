#include "cli/engine_queue.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "cli/readiness.h"

namespace pinrelay::cli {
namespace {

struct Queue {
  size_t offered(const std::string& account, const std::string& client, size_t count) {
    size_t taken = 0;
    for (size_t i = 0; i < count; ++i) taken += queue.offer({account, client}, [this] { ++done; });
    return taken;
  }
  size_t woken = 0, done = 0;
  EngineQueue queue{[this] { ++woken; }};
};

TEST(EngineQueue, a_caller_has_a_share_and_others_still_get_in) {
  Queue it;
  EXPECT_EQ(it.offered("token 1", "192.0.2.1", 10'000), EngineQueue::kShare);
  EXPECT_EQ(it.offered("token 1", "192.0.2.2", 1), 0u) << "of an account, wherever it calls from";
  EXPECT_EQ(it.offered("token 2", "192.0.2.1", 1), 0u) << "of an address, whoever calls";
  EXPECT_EQ(it.offered("token 2", "192.0.2.2", 1), 1u);
  EXPECT_TRUE(it.queue.run());
  EXPECT_EQ(it.done, EngineQueue::kShare + 1);
  EXPECT_EQ(it.offered("token 1", "192.0.2.1", 1), 1u) << "there is room again";
}

TEST(EngineQueue, strangers_leave_half_of_it_to_those_who_are_known) {
  Queue it;
  size_t strangers = 0, known = 0;
  for (int i = 0; i < 1'000; ++i) strangers += it.offered("", "198.51.100." + std::to_string(i), 1);
  EXPECT_EQ(strangers, EngineQueue::kStrangersMax);
  for (int i = 0; i < 1'000; ++i)
    known += it.offered("token " + std::to_string(i), "192.0.2." + std::to_string(i), 1);
  EXPECT_EQ(strangers + known, EngineQueue::kRequestsMax);
}

TEST(EngineQueue, our_own_errands_get_in_however_full_it_is_and_all_keep_their_order) {
  Queue it;
  std::string order;
  it.queue.post([&] { order += 'a'; });
  for (int i = 0; i < 1'000; ++i) it.offered("token " + std::to_string(i), std::to_string(i), 1);
  it.queue.post([&] { order += 'b', it.queue.post([&] { order += 'c'; }); });
  EXPECT_TRUE(it.queue.run());
  EXPECT_EQ(order, "ab") << "what is added meanwhile waits for the next round";
  EXPECT_TRUE(it.queue.run());
  EXPECT_EQ(order, "abc");
  EXPECT_FALSE(it.queue.run());
}

TEST(EngineQueue, work_that_fails_costs_no_other) {
  Queue it;
  it.queue.post([] { throw std::runtime_error("a bug"); });
  it.offered("token 1", "192.0.2.1", 1);
  EXPECT_TRUE(it.queue.run());
  EXPECT_EQ(it.done, 1u);
}

// As the service has them: the engine beats once a round, and a long piece of work is within one.
TEST(Readiness, a_long_piece_of_work_on_the_engine_is_told_while_it_goes_on) {
  FakeClock clock{Time{}};
  Readiness readiness{clock};
  Queue it;
  std::vector<std::string> seen;
  it.queue.post([&] {
    clock.advance(Readiness::kLate);
    seen.push_back(readiness.why_not());
    clock.advance(Millis{2'000});
    seen.push_back(readiness.why_not());
  });
  EXPECT_EQ(readiness.why_not(), "the service is starting");
  readiness.begin();
  EXPECT_EQ(readiness.why_not(), "");
  it.queue.run();
  EXPECT_EQ(seen,
            (std::vector<std::string>{"", "the engine has been busy with one piece of work for 12 seconds"}));
  readiness.beat();
  EXPECT_EQ(readiness.why_not(), "") << "and no longer when it has come round";
  readiness.end();
  EXPECT_EQ(readiness.why_not(), "the service is stopping");
}

TEST(Readiness, a_disk_that_has_failed_is_told_before_all) {
  FakeClock clock{Time{}};
  Readiness readiness{clock};
  readiness.begin();
  EXPECT_FALSE(readiness.disk_has_failed());
  readiness.fail_disk();
  EXPECT_TRUE(readiness.disk_has_failed());
  EXPECT_EQ(readiness.why_not(), "the disk failed while rows were made durable");
}

}  // namespace
}  // namespace pinrelay::cli
