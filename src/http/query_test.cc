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

}  // namespace
}  // namespace pinrelay::http
