#include "base/clock.h"

#include <gtest/gtest.h>

namespace pinrelay {
namespace {

constexpr Time kStart = from_millis(1'000'000);

TEST(ArrivalClock, stands_still_while_the_wall_clock_is_behind_what_it_has_shown) {
  FakeClock wall(kStart);
  const ArrivalClock arrivals(wall, Time{});
  EXPECT_EQ(arrivals.now(), kStart);
  wall.step(-Millis{500});
  EXPECT_EQ(arrivals.now(), kStart);
  wall.advance(Millis{499});
  EXPECT_EQ(arrivals.now(), kStart);
  wall.advance(Millis{2});
  EXPECT_EQ(arrivals.now(), kStart + Millis{1});
}

TEST(ArrivalClock, is_never_earlier_than_the_last_arrival_of_an_earlier_process) {
  const FakeClock wall(kStart);
  EXPECT_EQ(ArrivalClock(wall, kStart + Millis{7}).now(), kStart + Millis{7});
}

}  // namespace
}  // namespace pinrelay
