#include "cli/format.h"

#include <gtest/gtest.h>

namespace pinrelay::cli {
namespace {

constexpr Time kNow{Millis{1'767'225'600'000}};

TEST(Format, numbers_have_thousands_separators) {
  EXPECT_EQ(thousands(0), "0");
  EXPECT_EQ(thousands(999), "999");
  EXPECT_EQ(thousands(1'000), "1,000");
  EXPECT_EQ(thousands(12'431'000), "12,431,000");
  EXPECT_EQ(thousands(-123), "-123");
  EXPECT_EQ(thousands(-1'234), "-1,234");
}

TEST(Format, durations_show_their_two_largest_units) {
  EXPECT_EQ(duration_text(Millis{0}), "0 s");
  EXPECT_EQ(duration_text(Millis{7}), "7 ms");
  EXPECT_EQ(duration_text(Millis{1'999}), "1 s");
  EXPECT_EQ(duration_text(Millis{200'000}), "3 m 20 s");
  EXPECT_EQ(duration_text(Millis{3'600'000}), "1 h");
  EXPECT_EQ(duration_text(Millis{90'061'000}), "1 d 1 h");
  EXPECT_EQ(duration_text(Millis{-5}), "0 s");
}

TEST(Format, times_are_absolute_and_relative) {
  EXPECT_EQ(when_text(kNow, kNow + Millis{61'000}), "2026-01-01T00:00:00Z (1 m 1 s ago)");
  EXPECT_EQ(when_text(kNow, kNow - Millis{61'000}), "2026-01-01T00:00:00Z (in 1 m 1 s)");
  EXPECT_EQ(when_text(Time{}, kNow), "never");
  EXPECT_TRUE(json_time(Time{}).is_null());
}

TEST(Format, nothing_steers_a_terminal) {
  EXPECT_EQ(plain("a\x1b[31mb\r\nc\td\x7f"), "a?[31mb??c?d?");
  EXPECT_EQ(plain("\xc2\x9b"
                  "31m"),
            "??31m");
  EXPECT_EQ(plain("Bücher … café"), "Bücher … café");
}

TEST(Format, columns_are_aligned_by_characters) {
  TextTable table("  ");
  table.row({"é", "x"});
  table.row({"long", "y"});
  EXPECT_EQ(table.text(), "  é     x\n  long  y\n");
}

TEST(Format, a_cell_stays_on_its_line) {
  TextTable table;
  table.row({"a\nb"});
  EXPECT_EQ(table.text(), "a?b\n");
}

}  // namespace
}  // namespace pinrelay::cli
