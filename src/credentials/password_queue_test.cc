#include "credentials/password_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace pinrelay::credentials {
namespace {

struct Queue {
  int added(Lane lane, const std::string& what, int count) {
    int taken = 0;
    for (int i = 0; i < count; ++i) taken += queue.add(lane, [this, what] { order += what; });
    return taken;
  }
  std::string run() {
    order.clear();
    while (const auto next = queue.next()) next();
    return order;
  }
  PasswordQueue queue;
  std::string order;
};

TEST(PasswordQueue, a_flood_of_strangers_takes_no_place_of_those_who_are_known_or_have_a_link) {
  Queue it;
  EXPECT_EQ(it.added(Lane::kStranger, "s", 1'000), 8);
  EXPECT_EQ(it.added(Lane::kKnown, "k", 1'000), 8);
  EXPECT_EQ(it.added(Lane::kInvited, "i", 1), 1);
  EXPECT_EQ(it.run().size(), 17u);
}

TEST(PasswordQueue, turns_alternate_whoever_came_first) {
  Queue it;
  it.added(Lane::kStranger, "s", 4);
  it.added(Lane::kKnown, "k", 2);
  it.added(Lane::kInvited, "i", 1);
  EXPECT_EQ(it.run(), "iksksss");
  it.added(Lane::kStranger, "s", 2);
  EXPECT_EQ(it.run(), "ss") << "alone, a lane has every turn";
}

}  // namespace
}  // namespace pinrelay::credentials
