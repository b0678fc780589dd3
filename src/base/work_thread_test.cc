#include "base/work_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace pinrelay {
namespace {

TEST(WorkThreadTest, does_one_after_the_other_elsewhere) {
  std::vector<int> done;
  std::promise<std::thread::id> end;
  WorkThread thread("test", 10);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(thread.add([&done, i](const std::stop_token&) { done.push_back(i); }));
  thread.add([&](const std::stop_token&) { end.set_value(std::this_thread::get_id()); });
  EXPECT_NE(end.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(done, (std::vector{0, 1, 2, 3, 4}));
}

TEST(WorkThreadTest, goes_on_after_work_that_throws) {
  std::promise<void> end;
  WorkThread thread("test", 10);
  thread.add([](const std::stop_token&) { throw std::runtime_error("a bug"); });
  thread.add([&](const std::stop_token&) { end.set_value(); });
  end.get_future().get();
}

TEST(WorkThreadTest, refuses_what_would_wait_too_long) {
  std::promise<void> begun, go_on;
  WorkThread thread("test", 2);
  EXPECT_TRUE(thread.add([&](const std::stop_token&) { begun.set_value(), go_on.get_future().wait(); }));
  begun.get_future().wait();
  EXPECT_TRUE(thread.add([](const std::stop_token&) {}));
  EXPECT_TRUE(thread.add([](const std::stop_token&) {}));
  EXPECT_FALSE(thread.add([](const std::stop_token&) {}));
  go_on.set_value();
}

TEST(WorkThreadTest, asks_the_work_at_hand_to_stop_and_drops_the_rest) {
  std::promise<void> begun;
  bool dropped = true;
  {
    WorkThread thread("test", 2);
    thread.add([&](const std::stop_token& stop) {
      begun.set_value();
      while (!stop.stop_requested()) std::this_thread::yield();
    });
    thread.add([&](const std::stop_token&) { dropped = false; });
    begun.get_future().wait();
  }
  EXPECT_TRUE(dropped);
}

}  // namespace
}  // namespace pinrelay
