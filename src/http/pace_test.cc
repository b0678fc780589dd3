#include "http/pace.h"

#include <gtest/gtest.h>

namespace pinrelay::http {
namespace {

// Sends so much each second; the second in which it is cut off, or 0 when it never is within the hour.
int cut_off_after(uint64_t bytes_a_second) {
  FakeClock clock{Time{}};
  Pace pace{PaceRule{}};
  pace.begin(clock.monotonic());
  for (int second = 1; second <= 3'600; ++second) {
    clock.advance(Millis{1'000});
    pace.note(bytes_a_second);
    if (pace.too_slow(clock.monotonic())) return second;
  }
  return 0;
}

TEST(Pace, ten_kilobytes_a_second_are_enough_and_less_is_noticed_after_ten_seconds) {
  EXPECT_EQ(cut_off_after(10'000), 0);
  EXPECT_EQ(cut_off_after(9'999), 10);
  EXPECT_EQ(cut_off_after(0), 10);
}

TEST(Pace, a_fast_beginning_buys_no_time) {
  FakeClock clock{Time{}};
  Pace pace{PaceRule{}};
  pace.begin(clock.monotonic());
  pace.note(15'000'000);
  clock.advance(Millis{10'000});
  EXPECT_FALSE(pace.too_slow(clock.monotonic()));
  clock.advance(Millis{9'999});
  EXPECT_FALSE(pace.too_slow(clock.monotonic()));
  clock.advance(Millis{1});
  EXPECT_TRUE(pace.too_slow(clock.monotonic()));
}

TEST(Pace, time_in_which_nothing_is_awaited_does_not_count) {
  FakeClock clock{Time{}};
  Pace pace{PaceRule{}};
  pace.begin(clock.monotonic());
  clock.advance(Millis{6'000});
  pace.rest(clock.monotonic());
  clock.advance(Millis{3'600'000});
  EXPECT_FALSE(pace.too_slow(clock.monotonic()));
  pace.go_on(clock.monotonic());
  clock.advance(Millis{3'999});
  EXPECT_FALSE(pace.too_slow(clock.monotonic()));
  clock.advance(Millis{1});
  EXPECT_TRUE(pace.too_slow(clock.monotonic()));
  pace.begin(clock.monotonic());
  EXPECT_FALSE(pace.too_slow(clock.monotonic())) << "each body begins anew";
  pace.end();
  clock.advance(Millis{3'600'000});
  EXPECT_FALSE(pace.too_slow(clock.monotonic()));
}

}  // namespace
}  // namespace pinrelay::http
