#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pinrelay {
namespace {

std::string logged(const std::string& event, const std::string& value) {
  ::testing::internal::CaptureStderr();
  log(LogLevel::kInfo, "base", event, {{"key", value}});
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, no_value_forges_a_line_a_field_or_what_a_terminal_obeys) {
  const std::string evil[] = {
      "a\n2026-01-01T00:00:00.000Z error cli forged",
      "a\r\nforged=1",
      "a forged=1",
      "a\" forged=\"1",
      "a\\\" forged=1",
      "\x1b[2Ka",
      "\x7f\x08",
      std::string("a\0b", 3),
      "\xc2\x9b"
      "2Ka",
      "\xc2\x85"
      "forged",
  };
  for (const std::string& value : evil) {
    for (const std::string& line : {logged("an event", value), logged(value, "a value")}) {
      EXPECT_EQ(std::ranges::count(line, '\n'), 1) << line;
      EXPECT_TRUE(std::ranges::none_of(line.substr(0, line.size() - 1), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      })) << line;
      EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
      EXPECT_EQ(line.find("\xc2\x85"), std::string::npos);
    }
    // Outside quotes nothing of the value stands behind a space.
    const std::string line = logged("an event", value);
    const std::string told = line.substr(line.find(" key=") + 5);
    EXPECT_TRUE(told.starts_with('"') || told.find(' ') == std::string::npos) << line;
  }
  EXPECT_NE(logged("an event", "a\" b").find(R"(key="a\" b")"), std::string::npos);
  EXPECT_NE(logged("an event", "Zo\xc3\xab").find("key=Zo\xc3\xab\n"), std::string::npos);
}

}  // namespace
}  // namespace pinrelay
