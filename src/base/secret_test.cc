#include "base/secret.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/log.h"

namespace pinrelay {
namespace {

// What the compiler refuses. Each of these would put a secret into a log line, an answer or an error.
template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Json =
    std::is_constructible_v<nlohmann::ordered_json, T> || std::is_constructible_v<nlohmann::json, T>;
template <typename T>
concept Text = std::is_convertible_v<T, std::string> || std::is_convertible_v<T, std::string_view> ||
    std::is_constructible_v<std::string, T>;
template <typename T>
concept Logged = std::is_constructible_v<LogField, const char*, T>;

static_assert(Streamable<std::string> && Json<std::string> && Text<std::string> && Logged<std::string>,
              "the questions are asked rightly");
static_assert(!Streamable<Secret>);
static_assert(!Json<Secret>);
static_assert(!Text<Secret>);
static_assert(!Logged<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);

TEST(Secret, is_wiped_where_it_was) {
  std::string text = "pina_a_token_that_lies_on_the_heap";
  const Secret secret(std::move(text));
  EXPECT_TRUE(text.empty());  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(secret.reveal(), "pina_a_token_that_lies_on_the_heap");
  std::string again = secret.reveal();
  const char* const at = again.data();
  const size_t size = again.size();
  wipe(again);
  EXPECT_TRUE(std::all_of(at, at + size, [](char c) { return c == 0; })) << "something of it is left";
}

TEST(Secret, is_compared_by_what_it_is) {
  EXPECT_EQ(Secret(std::string_view("pina_1")), Secret(std::string_view("pina_1")));
  EXPECT_FALSE(Secret(std::string_view("pina_1")) == Secret(std::string_view("pina_2")));
  EXPECT_FALSE(Secret(std::string_view("pina_1")) == Secret(std::string_view("pina_11")));
}

}  // namespace
}  // namespace pinrelay
