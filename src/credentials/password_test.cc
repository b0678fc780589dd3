#include "credentials/password.h"

#include <gtest/gtest.h>

namespace pinrelay::credentials {
namespace {

Result<void> check(std::string_view password, std::string_view user = "ada") {
  return check_password(user, Secret(password));
}

std::string repeated(std::string_view part, size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += part;
  return out;
}

TEST(Password, what_is_tried_first_is_refused_with_a_place_a_reason_and_a_fix) {
  for (const char* common :
       {"qwertyuiop12", "iloveyou1234", "123456789012", "letmeinletmein", "welcome12345", "P@ssw0rd2024!",
        "1q2w3e4r5t6y", "zaq12wsxcde3", "trustno1trustno1", "Summer2024!!", "football1234", "michael12345",
        "passwort1234", "abcdefghijkl", "qwerty123456", "monkeymonkey", "dragon123456", "princess2024"}) {
    const auto checked = check(common);
    ASSERT_FALSE(checked.ok()) << common;
    EXPECT_EQ(checked.error().code, "weak_password");
    EXPECT_EQ(checked.error().where, "password");
    EXPECT_NE(checked.error().message, "");
    EXPECT_NE(checked.error().fix, "");
    EXPECT_EQ(checked.error().text().find(common), std::string::npos) << "and does not repeat it";
  }
}

TEST(Password, what_holds_the_name_of_user_or_program_is_refused) {
  for (const char* named : {"ada2024ada2024", "I am ADA, hear me", "pinrelay2024", "My PinRelay of 1815",
                            "password1234", "Password123!"})
    EXPECT_FALSE(check(named).ok()) << named;
  EXPECT_FALSE(check("L0v3lac3l0v3lac3!!", "lovelacelovelace").ok()) << "disguised";
  EXPECT_TRUE(check("I am ADA, hear me", "grace").ok());
}

TEST(Password, words_that_do_not_belong_together_and_what_is_random_will_do) {
  for (const char* good : {"trombone lantern gravel otter", "vier kleine Boote", "k3!vQz8#Lm2x",
                           "three blue boats at sea", "9f8e1c0b7a63d2"})
    EXPECT_TRUE(check(good).ok()) << good;
}

TEST(Password, odd_bytes_are_bytes_like_others) {
  using std::string_literals::operator""s;
  EXPECT_FALSE(check("qwerty\000123456"s).ok());
  EXPECT_FALSE(check("aaaa\0aaaa\0aaaa\0"s).ok());
  EXPECT_TRUE(check("ab\0k3!vQz8#Lm2x"s).ok()) << "what stands behind the first NUL counts";
  EXPECT_TRUE(check("übermütige Öfen").ok());
  EXPECT_TRUE(check("三匹の小さな船と大きな海").ok());
  EXPECT_FALSE(check("三三三三三三三三三三三三").ok());
  EXPECT_FALSE(check("\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe").ok());
  EXPECT_TRUE(check("\xff\xc0k3!vQz8#Lm2x\x80").ok());
}

TEST(Password, long_ones_are_judged_by_their_beginning) {
  EXPECT_TRUE(check(repeated("trombone lantern gravel otter ", 480)).ok());
  EXPECT_FALSE(check(repeated("password", 512)).ok());
  EXPECT_FALSE(check(repeated("12345", 512)).ok());
  EXPECT_FALSE(check(repeated("abcdefgh", 512)).ok());
  EXPECT_FALSE(check(repeated("trombone lantern gravel otter ", 4'096)).ok()) << "longer than we take";
}

}  // namespace
}  // namespace pinrelay::credentials
