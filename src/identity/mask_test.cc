#include "identity/mask.h"

#include <gtest/gtest.h>

namespace pinrelay::identity {
namespace {

TEST(Mask, an_address_shows_first_letters_and_the_last_label) {
  EXPECT_EQ(mask("jane.doe@example.org"), "j***@e***.org");
  EXPECT_EQ(mask("J@mail.example.co.uk"), "J***@m***.uk");
  EXPECT_EQ(mask("émile@bücher.example"), "é***@b***.example");
}

TEST(Mask, a_damaged_address_shows_no_more) {
  EXPECT_EQ(mask("@example.org"), "***@e***.org");
  EXPECT_EQ(mask("jane@"), "j***@***");
  EXPECT_EQ(mask("jane@doe@example.org"), "j***@e***.org");
  EXPECT_EQ(mask("jane@x.averylonglastlabel"), "j***@x***");
  EXPECT_EQ(mask("jane@.org"), "j***@.***");
  EXPECT_EQ(mask("\xff\xfe@example.org"), "?***@e***.org");
}

TEST(Mask, a_hash_shows_six_digits) {
  EXPECT_EQ(mask("86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"), "86e0b9…");
}

TEST(Mask, anything_else_shows_one_character) {
  EXPECT_EQ(mask("6d92078a-8246-4ba4-ae5b-76104861e7dc"), "6***");
  EXPECT_EQ(mask("用户"), "用***");
  EXPECT_EQ(mask("a"), "a***");
  EXPECT_EQ(mask(""), "");
}

}  // namespace
}  // namespace pinrelay::identity
