#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace pinrelay {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"type", "key", "audience", "flush.after", "a"});

TEST(NearestName, finds_the_name_behind_a_slip_of_the_finger) {
  EXPECT_EQ(nearest_name("typ", kNames), "type");    // missing
  EXPECT_EQ(nearest_name("typee", kNames), "type");  // extra
  EXPECT_EQ(nearest_name("tipe", kNames), "type");   // wrong
  EXPECT_EQ(nearest_name("yek", kNames), "");        // two of three letters are wrong
  EXPECT_EQ(nearest_name("kye", kNames), "key");     // swapped
  EXPECT_EQ(nearest_name("auidencee", kNames), "audience");
}

TEST(NearestName, overlooks_case_and_separators) {
  EXPECT_EQ(nearest_name("Audience", kNames), "audience");
  EXPECT_EQ(nearest_name("FLUSH_AFTER", kNames), "flush.after");
  EXPECT_EQ(nearest_name("flush after", kNames), "flush.after");
}

TEST(NearestName, does_not_guess_at_another_word) {
  EXPECT_EQ(nearest_name("email", kNames), "");
  EXPECT_EQ(nearest_name("b", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
  EXPECT_EQ(nearest_name("_", kNames), "");
  EXPECT_EQ(nearest_name(std::string(1000, 'k'), kNames), "");
  EXPECT_EQ(nearest_name("type", {}), "");
}

TEST(NearestName, prefers_the_nearest_and_of_equals_the_first) {
  constexpr auto kAlike = std::to_array<std::string_view>({"reader_a", "reader_b", "readers"});
  EXPECT_EQ(nearest_name("reader", kAlike), "reader_a");
  EXPECT_EQ(nearest_name("readerss", kAlike), "readers");
}

}  // namespace
}  // namespace pinrelay
