#include "sources/row_scope.h"

#include <gtest/gtest.h>

namespace pinrelay::sources {
namespace {

using store::ChangeType;

TEST(RowScope, types_are_read_as_they_are_told) {
  for (const char* text : {"profile", "enter,exit", "profile,enter,exit,delete"}) {
    std::string told;
    for (const std::string_view name : row_type_names(read_row_types(text).value()))
      told += (told.empty() ? "" : ",") + std::string(name);
    EXPECT_EQ(told, text);
  }
  for (const char* wrong : {"", "profiles", "enter,", ",enter", "enter exit", "Profile"})
    EXPECT_EQ(read_row_types(wrong).error().code, "bad_row_type") << wrong;
}

// The numbers are stored.
TEST(RowScope, the_bits_of_types_are_what_they_were) {
  EXPECT_EQ(RowScope::bit_of(ChangeType::kProfile), 1);
  EXPECT_EQ(RowScope::bit_of(ChangeType::kEnter), 2);
  EXPECT_EQ(RowScope::bit_of(ChangeType::kExit), 4);
  EXPECT_EQ(RowScope::bit_of(ChangeType::kDelete), 8);
}

TEST(RowScope, what_is_stored_for_no_limit_is_none) {
  const RowScope all = stored_scope(0, "");
  EXPECT_TRUE(all.is_unlimited());
  EXPECT_TRUE(all.admits(ChangeType::kDelete));
  EXPECT_TRUE(all.admits_audience("anything"));
}

TEST(RowScope, audiences_keep_their_names_whatever_these_hold) {
  const RowScope scope = stored_scope(RowScope::kNewKey, audience_lines({"A, B", "C\" D"}));
  EXPECT_EQ(scope.audiences, (std::vector<std::string>{"A, B", "C\" D"}));
  EXPECT_TRUE(scope.admits_audience("A, B"));
  EXPECT_FALSE(scope.admits_audience("A"));
  EXPECT_FALSE(scope.admits(ChangeType::kDelete)) << "a new key deletes nobody unless that is said";
}

}  // namespace
}  // namespace pinrelay::sources
