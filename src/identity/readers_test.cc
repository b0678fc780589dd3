// The readers of values that golden values alone do not pin down: what must hold for any text.
#include <gtest/gtest.h>

#include "base/random.h"
#include "identity/blank.h"
#include "identity/clear_text.h"
#include "identity/flag.h"
#include "identity/instant.h"
#include "identity/money.h"
#include "identity/phone.h"
#include "identity/place.h"
#include "identity/placeholder.h"
#include "identity/visitor.h"

namespace pinrelay::identity {
namespace {

constexpr std::string_view kPieces[] = {
    "a",      "@",  "example.org", "%40",  "%2540",   "%",       "/",   "?",           "&",      "#",
    "epik=x", ":",  "1",           ",",    ".",       "'",       " ",   "-",           "\u202f", "\u200b",
    "€",      "$",  "EUR",         "{{",   "}}",      "*|",      "|*",  "%%",          "\\N",    "\"",
    "[",      "]",  "\xff",        "E+09", "UTC",     "GMT",     "+",   "T",           "Z",      "PM",
    "2025",   "12", "31",          "Dec",  "(",       ")",       "bot", "Mozilla/5.0", "0",      ".00",
    "null",   "NA", "::",          "for=", "Android", "1.234,56"};

std::string random_text(SeededRandom& random) {
  std::string text;
  for (uint64_t n = random.below(9); n > 0; --n) text += kPieces[random.below(std::size(kPieces))];
  return text;
}

TEST(Readers, whatever_they_make_of_a_text_they_make_of_it_again) {
  SeededRandom random(17);
  std::string buffer, again;
  Money money, money_again;
  size_t amounts = 0, addresses = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string text = random_text(random);
    const std::string plain(plain_text(text, buffer));
    ASSERT_EQ(plain, plain_text(plain, again)) << text;
    ASSERT_EQ(is_placeholder(trim(text)), is_placeholder(trim(" " + text + "\u00a0"))) << text;
    ASSERT_EQ(read_flag(text), read_flag("\t" + text + "\u200b")) << text;
    if (read_money(text, money)) {
      ++amounts;
      ASSERT_TRUE(read_money(money.amount, money_again)) << text;
      ASSERT_EQ(money.amount, money_again.amount) << text;
    }
    if (normalise_ip(text, buffer) == AddressProblem::kNone) {
      ++addresses;
      ASSERT_EQ(normalise_ip(buffer, again), AddressProblem::kNone) << text;
      ASSERT_EQ(buffer, again);
    }
  }
  EXPECT_GT(amounts, 10u);
  EXPECT_GT(addresses, 0u);
}

TEST(Readers, no_url_leaves_with_an_address_in_it) {
  SeededRandom random(23);
  size_t cleaned = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string url = "https://shop.example.org/" + random_text(random);
    const std::string before = url;
    const UrlCleaning cleaning = clean_url(url);
    ASSERT_EQ(cleaning == UrlCleaning::kNothing, url == before) << before;
    if (cleaning != UrlCleaning::kCleaned) continue;
    ++cleaned;
    ASSERT_FALSE(holds_email(url)) << before << " → " << url;
    ASSERT_EQ(clean_url(url), UrlCleaning::kNothing) << before << " → " << url;
  }
  EXPECT_GT(cleaned, 10u);
}

TEST(Readers, a_phone_number_of_the_job_s_country_is_one_that_is_in_use_there) {
  PhoneReader phones;
  std::string out;
  EXPECT_TRUE(phones.normalise("0170 1234567", "DE", out));
  EXPECT_EQ(out, "491701234567");
  EXPECT_TRUE(phones.normalise("170 1234567", "DE", out)) << "a spreadsheet takes the first zero";
  for (const std::string_view text :
       {"2026-11-29", "20261129", "29.11.2026", "10115", "100023", "1.70123E+11"})
    EXPECT_FALSE(phones.normalise(text, "DE", out)) << text << " → " << out;
}

TEST(Readers, every_code_and_name_of_iso_3166_is_known) {
  std::string out;
  for (const std::string_view name :
       {"Côte d'Ivoire", "cote divoire", "Åland Islands", "SAO TOME AND PRINCIPE", "Korea, Republic of", "US",
        "USA", "840", "840.0"})
    EXPECT_TRUE(countries().normalise(name, out)) << name;
  EXPECT_FALSE(countries().normalise("EU", out));
}

TEST(Readers, a_currency_is_one_that_is_in_use) {
  std::string out;
  EXPECT_TRUE(read_currency("eur", out));
  EXPECT_EQ(out, "EUR");
  for (const std::string_view code : {"XX"
                                      "X",
                                      "XTS", "DEM", "HRK", "€", "EURO", ""})
    EXPECT_FALSE(read_currency(code, out)) << code;
}

}  // namespace
}  // namespace pinrelay::identity
