// The password again before dangerous changes.
#include "admin/session_testing.h"

namespace pinrelay::admin {
namespace {

class ConfirmTest : public SessionTest {
 protected:
  ConfirmTest() {
    accept(invited("root", Role::kAdmin));
    opened_ = browse("GET", "/api/v1/session");
  }
  http::ServerResponse ask(const Route& route) {
    return browse(std::string(route.method), path_of(route), body_of(route));
  }
  int confirm(const std::string& password) {
    return browse("POST", "/api/v1/session/confirm", Json{{"password", password}}.dump()).status;
  }
  // Of "session confirm", the newest first.
  std::vector<std::string> noted() {
    std::vector<std::string> outcomes;
    store_->audit.each(0, [&](const store::AuditRow& row) {
      if (row.action == "session confirm") outcomes.push_back(row.who + ": " + row.outcome);
      return true;
    });
    return outcomes;
  }

  http::ServerResponse opened_;
};

TEST_F(ConfirmTest, every_marked_route_asks_a_session_for_the_password_after_ten_minutes) {
  int marked = 0;
  for (const Route& route : routes()) {
    if (!route.confirms) continue;
    ++marked;
    calls_.clear();
    EXPECT_EQ(ask(route).status, route.success) << route.path << ": signing in counts";
    clock_.advance(kConfirmedFor);
    const auto answer = ask(route);
    EXPECT_EQ(answer.status, 403) << route.path;
    EXPECT_EQ(code(answer), "confirm_password");
    EXPECT_NE(Json::parse(answer.body)["fix"], "");
    EXPECT_EQ(call(Role::kAdmin, std::string(route.method), path_of(route), body_of(route)).status,
              route.success)
        << route.path << ": tokens are never asked";
    EXPECT_EQ(confirm(kPassword), 200);
    EXPECT_EQ(ask(route).status, route.success) << route.path;
    EXPECT_EQ(calls_.size(), 3u) << route.path << ": and nothing ran in between";
  }
  EXPECT_GE(marked, 18);
}

TEST_F(ConfirmTest,
       whatever_changes_who_may_come_in_or_where_secrets_and_news_go_or_erases_somebody_is_marked) {
  for (const Route& route : routes()) {
    const bool dangerous = std::ranges::any_of(
        std::initializer_list<std::string_view>{"/tokens", "/write-keys", "/users", "/sessions",
                                                "/authorizations", "/sign-ins", "/master-key", "/webhooks",
                                                "/alerts"},
        [&](std::string_view subject) {
          return route.path.starts_with(std::string("/api/v1") + std::string(subject));
        });
    const bool erases = route.command == "profile delete";
    const bool only_a_test = route.path.ends_with("/test");  // tells those who are told anyway
    EXPECT_EQ(route.confirms, (dangerous && route.changes && !only_a_test) || erases)
        << route.method << route.path;
  }
}

TEST_F(ConfirmTest, what_is_not_marked_goes_on_without) {
  clock_.advance(kConfirmedFor);
  EXPECT_EQ(looks(), 200);
  EXPECT_EQ(browse("POST", "/api/v1/jobs/a/pause").status, 200);
  EXPECT_EQ(browse("GET", "/api/v1/users").status, 200);
}

TEST_F(ConfirmTest, the_caller_is_told_until_when_it_counts) {
  EXPECT_EQ(Json::parse(opened_.body)["confirmed_until"], format_rfc3339(clock_.now() + kConfirmedFor));
  clock_.advance(kConfirmedFor);
  const auto answer = browse("POST", "/api/v1/session/confirm", Json{{"password", kPassword}}.dump());
  EXPECT_EQ(Json::parse(answer.body)["confirmed_until"], format_rfc3339(clock_.now() + kConfirmedFor));
}

TEST_F(ConfirmTest, a_wrong_password_renews_nothing_ends_nothing_and_is_noted) {
  clock_.advance(kConfirmedFor);
  const auto answer = browse("POST", "/api/v1/session/confirm", R"({"password":"wrong guess"})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(code(answer), "wrong_password");
  EXPECT_EQ(browse("POST", "/api/v1/users/ada/reset").status, 403);
  EXPECT_EQ(looks(), 200);
  EXPECT_EQ(confirm(kPassword), 200);
  EXPECT_EQ(noted(), (std::vector<std::string>{"user root: done", "user root: wrong_password"}));
}

TEST_F(ConfirmTest, guessing_waits_as_at_the_door_and_does_not_fill_the_log) {
  int tried = 0;
  for (int i = 0; i < 1'000; ++i) tried += confirm("wrong guess") == 403;
  EXPECT_LE(tried, 3);
  EXPECT_EQ(noted().size(), static_cast<size_t>(tried));
  EXPECT_EQ(open("root"), 429) << "it is the same count";
}

TEST_F(ConfirmTest, a_confirmation_is_of_one_session_alone) {
  const std::string first = cookie_;
  clock_.advance(kConfirmedFor);
  EXPECT_EQ(open("root"), 201);
  EXPECT_EQ(browse("POST", "/api/v1/users/ada/reset").status, 200);
  cookie_ = first;
  EXPECT_EQ(browse("POST", "/api/v1/users/ada/reset").status, 403);
}

}  // namespace
}  // namespace pinrelay::admin
