#include "http/query.h"

#include <gtest/gtest.h>

namespace pinrelay::http {
namespace {

TEST(Query, gives_the_first_value_decoded) {
  EXPECT_EQ(query_value("a=1&b=x%2Fy+z&b=2", "b"), "x/y z");
  EXPECT_EQ(query_value("ab=1&b=", "b"), "");
  EXPECT_EQ(query_value("b", "b"), "");
  EXPECT_EQ(query_value("", "b"), "");
}

TEST(Query, leaves_alone_what_is_no_escape) {
  EXPECT_EQ(percent_decoded("%zz%4", true), "%zz%4");
  EXPECT_EQ(percent_decoded("a+b%41", false), "a+bA");
  EXPECT_EQ(percent_decoded("%", true), "%");
  EXPECT_EQ(percent_decoded("%e4%c3%A4", false), "\xe4\xc3\xa4");
}

bool has_utf8_target(const char* path, const char* query) {
  ServerRequest request;
  request.path = path, request.query = query;
  return has_utf8_target(request);
}

TEST(Query, knows_a_target_that_is_not_utf8) {
  EXPECT_TRUE(has_utf8_target("/jobs/caf%C3%A9", "name=%e2%82%ac+1&b=100%"));
  EXPECT_FALSE(has_utf8_target("/jobs/%ff", ""));
  EXPECT_FALSE(has_utf8_target("/jobs/%c3", "")) << "cut off";
  EXPECT_FALSE(has_utf8_target("/jobs/%ED%A0%80", "")) << "a surrogate";
  EXPECT_FALSE(has_utf8_target("/jobs", "after=%c0%af")) << "an overlong form";
  EXPECT_FALSE(has_utf8_target("/jobs/\xff", "")) << "without an escape";
}

}  // namespace
}  // namespace pinrelay::http
