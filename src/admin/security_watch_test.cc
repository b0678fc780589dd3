#include "admin/security_watch.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "admin/answers.h"

namespace pinrelay::admin {
namespace {

using store::SecurityEventRow;
using store::SecurityKind;

class SecurityWatchTest : public testing::Test {
 protected:
  void note(const std::string& source, SecurityKind kind = SecurityKind::kTokenRefused,
            const std::string& who = "") {
    watch_.note({kind, source, who, "POST /v1/changes: bad_write_key"});
  }
  static int64_t total(const std::vector<SecurityEventRow>& rows) {
    return std::accumulate(rows.begin(), rows.end(), int64_t{0},
                           [](int64_t sum, const SecurityEventRow& row) { return sum + row.count; });
  }
  std::vector<SecurityEventRow> after(Millis time) {
    clock_.advance(time);
    return watch_.take();
  }

  FakeClock clock_{Time{Millis{1'700'000'000'000}}};
  int woken_ = 0;
  SecurityWatch watch_{clock_, [this] { ++woken_; }};
};

TEST_F(SecurityWatchTest, tells_the_first_few_of_a_minute_and_then_how_many_there_were) {
  for (int i = 0; i < 1'000; ++i) note("203.0.113.9");
  note("203.0.113.8");
  const auto rows = watch_.take();
  EXPECT_EQ(rows.size(), 6u);
  EXPECT_EQ(total(rows), 6);
  EXPECT_EQ(woken_, 6) << "a flood wakes nobody";
  EXPECT_TRUE(watch_.take().empty());
  const auto later = after(Millis{60'000});
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].count, 995);
  EXPECT_EQ(later[0].source, "203.0.113.9");
  EXPECT_EQ(later[0].what, "POST /v1/changes: bad_write_key");
  note("203.0.113.9");
  EXPECT_EQ(watch_.take().size(), 1u) << "the next minute begins anew";
}

TEST_F(SecurityWatchTest, a_flood_from_everywhere_stays_bounded_and_is_counted_whole) {
  constexpr int kEvents = 20'000;
  for (int i = 0; i < kEvents; ++i) note("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256));
  const auto rows = watch_.take();
  EXPECT_LE(rows.size(), static_cast<size_t>(SecurityWatch::kRowsAMinute));
  const auto later = after(Millis{61'000});
  EXPECT_LE(later.size(), SecurityWatch::kSourcesMax + 1);
  EXPECT_EQ(total(rows) + total(later), kEvents);
  EXPECT_EQ(std::ranges::count(later, "several", &SecurityEventRow::source), 1);
}

TEST_F(SecurityWatchTest, noise_of_one_kind_hides_no_other) {
  for (int i = 0; i < 100; ++i) note("203.0.113.9");
  note("203.0.113.9", SecurityKind::kForbidden, "token ci");
  const auto rows = watch_.take();
  EXPECT_EQ(rows.back().kind, SecurityKind::kForbidden);
  EXPECT_EQ(rows.back().who, "token ci");
}

TEST_F(SecurityWatchTest, views_count_by_who_looks_and_a_count_names_nobody) {
  for (int i = 0; i < 200; ++i)
    watch_.note({SecurityKind::kPersonViewed, "10.0.0.1", "user ada", "profile show", Bytes{1, 2}});
  watch_.note({SecurityKind::kPersonViewed, "10.0.0.1", "user bo", "profile show", Bytes{1, 2}});
  const auto rows = watch_.take();
  EXPECT_EQ(std::ranges::count(rows, "user ada", &SecurityEventRow::who), 120);
  EXPECT_EQ(std::ranges::count(rows, "user bo", &SecurityEventRow::who), 1);
  const auto rest = watch_.take_all();
  ASSERT_EQ(rest.size(), 1u) << "at the end, before the minute is over";
  EXPECT_EQ(rest[0].count, 80);
  EXPECT_TRUE(rest[0].whom.empty());
}

TEST(SecurityLines, are_json_that_nobody_can_break_out_of) {
  SecurityEventRow row;
  row.kind = SecurityKind::kForbidden, row.at = Time{Millis{1'700'000'000'000}};
  row.source = "203.0.113.9", row.who = "token \"x\"\n{", row.what = "another path: role_too_low";
  row.whom = {0xab, 0x01};
  const std::string line = json_line(row);
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "forbidden");
  EXPECT_EQ(json["at"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(json["who"], row.who);
  EXPECT_EQ(json["whom"], "id:ab01");
  EXPECT_EQ(json["count"], 1);
}

std::optional<SecurityEvent> refused(const Problem& why, const std::string& path,
                                     const std::vector<http::Header>& headers) {
  http::ServerRequest request;
  request.method = "GET", request.path = path, request.peer = "203.0.113.9";
  request.headers = headers;
  return refusal_of(request, problem_answer(why, "1"));
}

TEST(Refusals, name_the_route_and_never_who_stands_in_the_path) {
  const std::vector<http::Header> token = {{"Authorization", "Bearer prl_x"}};
  const auto unknown = refused({401, "no_token", "", ""}, "/api/v1/profiles/anna@example.org", token);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->kind, SecurityKind::kTokenRefused);
  EXPECT_EQ(unknown->what, "GET /api/v1/profiles/{key}: no_token");
  EXPECT_EQ(unknown->source, "203.0.113.9");
  EXPECT_EQ(refused({403, "role_too_low", "", ""}, "/secret", token)->what, "another path: role_too_low");
  EXPECT_EQ(refused({403, "role_too_low", "", ""}, "/api/v1/jobs", {})->kind, SecurityKind::kForbidden);
}

TEST(Refusals, what_is_no_refusal_or_told_elsewhere_is_no_event) {
  const std::vector<http::Header> token = {{"Authorization", "Bearer prl_x"}};
  EXPECT_FALSE(refused({401, "no_token", "", ""}, "/api/v1/session", {})) << "a page was opened";
  EXPECT_FALSE(refused({403, std::string(kConfirmPassword), "", ""}, "/api/v1/tokens", token));
  EXPECT_FALSE(refused({401, "wrong_password", "", ""}, "/api/v1/session", {}));
  EXPECT_FALSE(refused({404, "no_job", "", ""}, "/api/v1/jobs/x", token));
}

}  // namespace
}  // namespace pinrelay::admin
