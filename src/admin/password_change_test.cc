// A user's own password, and what is noted of those who guess at one.
#include "admin/session_testing.h"

namespace pinrelay::admin {
namespace {

using store::SecurityKind;

constexpr const char* kNext = "fünf große Boote";

class PasswordChangeTest : public SessionTest {
 protected:
  PasswordChangeTest() { accept(ada_); }
  http::ServerResponse change(const std::string& present, const std::string& next) {
    return browse("POST", "/api/v1/session/password",
                  Json{{"password", present}, {"new_password", next}}.dump());
  }
  // What the audit log says of it, newest first.
  std::string outcomes() {
    std::string all;
    store_->begin();
    store_->audit.each(0, [&](const store::AuditRow& row) {
      if (row.action == "session password") all += row.who + ": " + row.outcome + "\n";
      return true;
    });
    EXPECT_TRUE(store_->commit().ok());
    return all;
  }
};

TEST_F(PasswordChangeTest, ends_the_other_sessions_and_the_old_password_but_not_this_session) {
  const std::string elsewhere = cookie_;
  ASSERT_EQ(open("ada"), 201);
  const std::string here = cookie_;
  EXPECT_EQ(change(kPassword, kNext).status, 200);
  EXPECT_EQ(cookie_, here);
  EXPECT_EQ(looks(), 200);
  cookie_ = elsewhere;
  EXPECT_EQ(looks(), 401);
  cookie_.clear();
  EXPECT_EQ(open("ada", kPassword), 401);
  EXPECT_EQ(open("ada", kNext), 201);
  EXPECT_EQ(outcomes(), "user ada: done\n");
}

TEST_F(PasswordChangeTest, takes_the_present_password_though_the_session_is_fresh) {
  const auto refused = change("not this one at all", kNext);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code(refused), "wrong_password");
  EXPECT_EQ(looks(), 200) << "a mistake ends no session";
  EXPECT_EQ(open("ada"), 201);
  EXPECT_EQ(outcomes(), "user ada: wrong_password\n");
}

TEST_F(PasswordChangeTest, refuses_what_is_no_good_as_a_new_one) {
  EXPECT_EQ(change(kPassword, "short").status, 400);
  EXPECT_EQ(change(kPassword, "aaaaaaaaaaaaaaaa").status, 400);
  EXPECT_EQ(code(change(kPassword, kPassword)), "same_password");
  EXPECT_EQ(open("ada"), 201);
  EXPECT_EQ(code(call(Role::kAdmin, "POST", "/api/v1/session/password",
                      R"({"password":"x","new_password":"four small boats at sea"})")),
            "no_session");
}

TEST_F(PasswordChangeTest, whoever_guesses_at_it_waits) {
  int status = 0;
  for (int i = 0; i < 10 && status != 429; ++i)
    status = change("guess number " + std::to_string(i), kNext).status;
  EXPECT_EQ(status, 429);
}

class NoticesTest : public SessionTest {
 protected:
  NoticesTest() {
    users_ = std::make_unique<Users>(
        UsersParts{*store_, clock_, [this](const auto& change) { return transact(change); },
                   [](Lane, const std::function<void()>& work, const std::function<void()>& then) {
                     work(), then();
                     return true;
                   },
                   [] {}, [this](SecurityEvent event) { noticed_.push_back(std::move(event)); }});
    users_->accept(ada_, Secret(std::string_view(kPassword)), "192.0.2.1", [](const auto&) {});
  }
  void open_from(const std::string& origin, std::string_view password, const std::string& name = "ada") {
    users_->open(name, Secret(password), origin, [](const auto&) {});
  }
  std::vector<SecurityKind> kinds() const {
    std::vector<SecurityKind> out;
    for (const SecurityEvent& event : noticed_) out.push_back(event.kind);
    return out;
  }

  std::vector<SecurityEvent> noticed_;
  std::unique_ptr<Users> users_;
};

TEST_F(NoticesTest, a_new_address_is_told_once_in_thirty_days) {
  EXPECT_EQ(kinds(), std::vector{SecurityKind::kNewAddress}) << "of the invitation";
  open_from("192.0.2.1", kPassword);
  EXPECT_EQ(noticed_.size(), 1u);
  open_from("203.0.113.9", kPassword);
  ASSERT_EQ(noticed_.size(), 2u);
  EXPECT_EQ(noticed_.back().who, "user ada");
  EXPECT_EQ(noticed_.back().source, "203.0.113.9");
  clock_.advance(KnownPlaces::kLasts);
  open_from("203.0.113.9", kPassword);
  EXPECT_EQ(noticed_.size(), 3u);
}

TEST_F(NoticesTest, failures_and_delays_are_told_with_the_user_but_never_with_what_was_typed) {
  noticed_.clear();
  open_from("203.0.113.9", "wrong password");
  open_from("203.0.113.9", kPassword, "my password in the wrong place");
  EXPECT_EQ(kinds(), (std::vector{SecurityKind::kSignInFailed, SecurityKind::kSignInFailed}));
  EXPECT_EQ(noticed_[0].who, "user ada");
  EXPECT_EQ(noticed_[1].who, "") << "where a name belongs people type passwords, too";
  for (int i = 0; i < 5; ++i) open_from("203.0.113.9", "wrong password");
  EXPECT_EQ(noticed_.back().kind, SecurityKind::kSignInDelayed);
  EXPECT_EQ(noticed_.back().what, "too_many_tries");
  users_->accept(Secret(std::string_view("no such ticket")), Secret(std::string_view(kPassword)),
                 "203.0.113.7", [](const auto&) {});
  EXPECT_EQ(noticed_.back().kind, SecurityKind::kSignInFailed);
}

}  // namespace
}  // namespace pinrelay::admin
