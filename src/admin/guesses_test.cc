#include "admin/guesses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

namespace pinrelay::admin {
namespace {

struct Door {
  // How many of these get as far as a password, one each `every`.
  int tried(int count, Millis every, const std::function<Guess(int)>& guess) {
    int tried = 0;
    for (int i = 0; i < count; ++i) {
      tried += guesses.begin(guess(i)).ok();
      clock.advance(every);
    }
    return tried;
  }
  FakeClock clock{Time{}};
  Guesses guesses{clock};
};

std::string ipv6(int a, int b) { return "2001:db8:" + std::to_string(a) + ":" + std::to_string(b) + "::1"; }

TEST(Guesses, somebody_with_many_ipv6_networks_is_one) {
  Door it;
  // 300 in 22 seconds got through, each from a network of its own.
  const auto guess = [](int i) { return Guess{"user" + std::to_string(i), ipv6(1, i), false}; };
  EXPECT_LE(it.tried(300, Millis{73}, guess), 45);
  EXPECT_FALSE(it.guesses.begin({"ada", ipv6(1, 9'999), false}).ok());
  EXPECT_TRUE(it.guesses.begin({"ada", ipv6(2, 1), false}).ok()) << "the next customer is another one";
  EXPECT_TRUE(it.guesses.begin({"ada", "192.0.2.1", false}).ok());
  Door smaller;
  const auto within_56 = [](int i) {
    return Guess{"user" + std::to_string(i), fmt::format("2001:db8:1:2{:02x}::1", i % 256), false};
  };
  EXPECT_LE(smaller.tried(300, Millis{73}, within_56), 35);
  EXPECT_TRUE(smaller.guesses.begin({"ada", "2001:db8:1:3::1", false}).ok()) << "a neighbour within the /48";
}

TEST(Guesses, the_neighbours_of_an_ipv4_address_are_one) {
  Door it;
  const auto within_24 = [](int i) {
    return Guess{"user" + std::to_string(i), "198.51.100." + std::to_string(i % 256), false};
  };
  EXPECT_LE(it.tried(300, Millis{73}, within_24), 35);
  EXPECT_FALSE(it.guesses.begin({"ada", "198.51.100.7", false}).ok());
  EXPECT_TRUE(it.guesses.begin({"ada", "198.51.101.7", false}).ok()) << "the next network is another one";
}

TEST(Guesses, an_account_is_delayed_from_wherever_it_is_tried_but_not_where_its_owner_signs_in) {
  Door it;
  const auto from_everywhere = [](int i) {
    return Guess{"ada", fmt::format("10.{}.{}.{}", i / 65'536 % 256, i / 256 % 256, i % 256), false};
  };
  const int in_an_hour = it.tried(36'000, Millis{100}, from_everywhere);
  EXPECT_GE(in_an_hour, 60) << "it is a delay, no lock";
  EXPECT_LE(in_an_hour, 80);
  EXPECT_FALSE(it.guesses.begin({"ada", "203.0.113.9", false}).ok());
  EXPECT_TRUE(it.guesses.begin({"ada", "203.0.113.9", true}).ok());
  EXPECT_TRUE(it.guesses.begin({"bob", "203.0.113.9", false}).ok()) << "and of another account nothing";
  it.clock.advance(Millis{61'000});
  EXPECT_TRUE(it.guesses.begin({"ada", "203.0.113.8", false}).ok()) << "after a minute at most";
}

TEST(Guesses, known_places_wait_for_their_own_mistakes) {
  Door it;
  EXPECT_LE(it.tried(1'000, Millis{10}, [](int) { return Guess{"ada", "203.0.113.9", true}; }), 6);
}

TEST(Guesses, success_and_an_hour_of_quiet_begin_anew) {
  Door it;
  const Guess ada{"ada", "203.0.113.9", false};
  for (int day = 0; day < 100; ++day) {
    EXPECT_TRUE(it.guesses.begin(ada).ok());
    EXPECT_TRUE(it.guesses.begin(ada).ok());
    it.guesses.succeed(ada);
    it.clock.advance(Millis{24 * 3'600'000});
  }
  (void)it.guesses.begin(ada);
  for (int i = 0; i < 30; ++i) (void)it.guesses.begin({"x" + std::to_string(i), "203.0.113.9", false});
  EXPECT_FALSE(it.guesses.begin(ada).ok());
  it.clock.advance(Millis{2 * 3'600'000});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(it.guesses.begin(ada).ok());
}

TEST(Guesses, what_no_password_was_looked_at_for_does_not_count) {
  Door it;
  for (int i = 0; i < 1'000; ++i) {
    const Guess guess{"ada", ipv6(1, i % 7), false};
    ASSERT_TRUE(it.guesses.begin(guess).ok());
    it.guesses.take_back(guess);
  }
}

TEST(KnownPlaces, a_place_is_known_for_thirty_days_and_for_its_account) {
  KnownPlaces places;
  const Time now{Millis{1'700'000'000'000}};
  places.note("ada", "2001:db8::1", now);
  EXPECT_TRUE(places.has("ada", "2001:db8::2", now)) << "the same network";
  EXPECT_FALSE(places.has("ada", "2001:db8:0:1::1", now));
  EXPECT_FALSE(places.has("bob", "2001:db8::1", now));
  EXPECT_TRUE(places.has("ada", "2001:db8::1", now + KnownPlaces::kLasts - Millis{1}));
  EXPECT_FALSE(places.has("ada", "2001:db8::1", now + KnownPlaces::kLasts));
  for (int i = 0; i < 1'000; ++i) places.note("ada", "10.0.0." + std::to_string(i), now + Millis{1});
  EXPECT_FALSE(places.has("ada", "2001:db8::1", now)) << "the oldest of many goes";
}

}  // namespace
}  // namespace pinrelay::admin
