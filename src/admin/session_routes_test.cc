#include "admin/session_testing.h"

namespace pinrelay::admin {
namespace {

TEST_F(SessionTest, a_link_sets_the_password_once_and_signs_in) {
  EXPECT_EQ(open("ada"), 401) << "no password, no way in";
  EXPECT_EQ(accept(ada_, "short"), 400);
  EXPECT_EQ(accept(ada_, "ADA likes boats"), 400) << "holds the name";
  EXPECT_EQ(accept(ada_, "aaaaaaaaaaaaaaaa"), 400);
  EXPECT_EQ(accept(ada_), 201) << "and a refused password has not used it up";
  EXPECT_EQ(looks(), 200);
  EXPECT_EQ(calls_.back().who, "user ada");
  const std::string first = cookie_;
  EXPECT_EQ(accept(ada_), 404);
  EXPECT_EQ(open("ada"), 201);
  EXPECT_NE(cookie_, first) << "each sign-in has a session of its own";
}

TEST_F(SessionTest, a_link_ends_after_half_an_hour_and_a_new_one_ends_password_and_sessions) {
  clock_.advance(kInvitationLasts);
  EXPECT_EQ(accept(ada_), 404);
  const Secret again = invited("ada", Role::kOperator);
  EXPECT_EQ(accept(again), 201);
  EXPECT_EQ(looks(), 200);
  (void)invited("ada", Role::kOperator);
  EXPECT_EQ(looks(), 401);
  EXPECT_EQ(open("ada"), 401);
}

TEST_F(SessionTest, many_with_one_link_make_one_user) {
  // All hashes are under way before the first is done.
  std::vector<std::function<void()>> ends;
  Users users{{*store_, clock_, [this](const auto& change) { return transact(change); },
               [&](Lane, const std::function<void()>&, std::function<void()> then) {
                 ends.push_back(std::move(then));
                 return true;
               }}};
  int signed_in = 0, refused = 0;
  for (int i = 0; i < 1'000; ++i)
    users.accept(ada_, Secret(std::string_view(kPassword)), "192.0.2.1",
                 [&](const Result<Users::Opened>& opened) { ++(opened.ok() ? signed_in : refused); });
  for (const auto& end : ends) end();
  EXPECT_EQ(signed_in, 1);
  EXPECT_EQ(refused, 999);
}

// Two at once, while the parameters of the stored hash are of earlier days: either makes it anew.
TEST_F(SessionTest, two_who_sign_in_at_once_both_get_in_though_the_hash_is_made_anew) {
  accept(ada_);
  const std::string dated =
      "$argon2id$v=19$m=64,t=1,p=1$rAaMdRo+pUE2RHzeojffmA$OyTAFPGuApKMwevyvGTihVfEGzTQI3mxyCPuQA+z5Ec";
  const auto put = [&](const std::function<void(store::UserRow&)>& change) {
    store_->begin();
    auto row = find_user(*store_, "ada").value();
    change(row);
    store_->users.put(row);
    ASSERT_TRUE(store_->commit().ok());
  };
  put([&](store::UserRow& row) { row.password = dated; });
  std::vector<std::function<void()>> ends;
  Users users{{*store_, clock_, [this](const auto& change) { return transact(change); },
               [&](Lane, const std::function<void()>& work, std::function<void()> then) {
                 work();
                 ends.push_back(std::move(then));
                 return true;
               }}};
  int in = 0;
  const auto try_in = [&] {
    users.open("ada", Secret(std::string_view(kPassword)), "192.0.2.1",
               [&](const Result<Users::Opened>& opened) { in += opened.ok(); });
  };
  try_in(), try_in();
  for (const auto& end : ends) end();
  EXPECT_EQ(in, 2);
  put([&](store::UserRow& row) { EXPECT_NE(row.password, dated); });
  try_in();
  put([](store::UserRow& row) { row.password_at += Millis{1}; });
  ends.back()();
  EXPECT_EQ(in, 2) << "a password set meanwhile is another one";
}

TEST_F(SessionTest, the_cookie_is_for_this_host_alone_and_no_script_reads_it) {
  accept(ada_);
  for (const char* flag : {"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/;"})
    EXPECT_NE(cookie_header_.find(flag), std::string::npos) << flag;
  EXPECT_TRUE(cookie_header_.starts_with("__Host-pinrelay="));
  EXPECT_EQ(cookie_header_.find("Domain"), std::string::npos);
  EXPECT_EQ(cookie_.size(), 64u);
  const std::string kept = read_store();
  EXPECT_EQ(kept.find(cookie_), std::string::npos) << "only its hash is stored";
  EXPECT_EQ(kept.find(kPassword), std::string::npos);
}

TEST_F(SessionTest, a_session_ends_when_idle_at_its_age_and_when_signed_out) {
  accept(ada_);
  clock_.advance(kSessionIdle - Millis{1});
  EXPECT_EQ(looks(), 200);
  for (int i = 0; i < 100 && clock_.now() < store::kNoon + kSessionLasts - Millis{1'800'000}; ++i) {
    clock_.advance(kSessionIdle - Millis{60'000});
    EXPECT_EQ(looks(), 200) << "seeing it keeps it alive";
  }
  clock_.advance(kSessionIdle - Millis{1});
  EXPECT_EQ(looks(), 401) << "not beyond its age";
  EXPECT_EQ(open("ada"), 201);
  clock_.advance(kSessionIdle);
  EXPECT_EQ(looks(), 401);
  EXPECT_EQ(open("ada"), 201);
  const std::string old = cookie_;
  EXPECT_EQ(browse("DELETE", "/api/v1/session").status, 200);
  cookie_ = old;
  EXPECT_EQ(looks(), 401) << "the cookie of a closed session is worth nothing";
}

TEST_F(SessionTest, a_cookie_that_somebody_brings_along_becomes_nobodys) {
  cookie_ = std::string(64, 'a');
  accept(ada_);
  EXPECT_NE(cookie_, std::string(64, 'a'));
  cookie_ = std::string(64, 'a');
  EXPECT_EQ(looks(), 401);
  for (const char* wrong : {"", "x", "ada"}) {
    cookie_ = wrong;
    EXPECT_EQ(looks(), 401);
  }
}

TEST_F(SessionTest, guessing_takes_ever_longer_from_one_address_and_locks_nobody_out) {
  accept(ada_);
  int tried = 0;
  for (int i = 0; i < 100'000; ++i) {
    const int status = open("ada", "wrong guess " + std::to_string(i % 7));
    ASSERT_TRUE(status == 401 || status == 429);
    tried += status == 401;
    clock_.advance(Millis{36});  // an hour in all
  }
  EXPECT_LE(tried, 30);
  EXPECT_EQ(open("ada"), 429) << "from there not even with the password";
  peer_ = "198.51.100.9";
  EXPECT_EQ(open("ada"), 201);
}

TEST_F(SessionTest, where_the_owner_has_signed_in_a_flood_from_elsewhere_delays_nobody) {
  const auto flood = [&](int from) {
    for (int i = 0; i < 30; ++i) {
      peer_ = "198.51." + std::to_string(from) + "." + std::to_string(i);
      (void)open("ada", "wrong guess");
    }
  };
  peer_ = "192.0.2.1";
  accept(ada_);
  clock_.advance(KnownPlaces::kLasts - Millis{3'600'000});
  flood(100);
  EXPECT_EQ(open("ada"), 429) << "from a new address the delay holds";
  peer_ = "192.0.2.1";
  EXPECT_EQ(open("ada"), 201);
  // After a restart the audit log tells.
  Users again{{*store_, clock_, [this](const auto& change) { return transact(change); },
               [](Lane lane, const std::function<void()>& work, const std::function<void()>& then) {
                 EXPECT_EQ(lane, Lane::kKnown);
                 work(), then();
                 return true;
               }}};
  bool in = false;
  again.open("ada", Secret(std::string_view(kPassword)), "192.0.2.1",
             [&](const Result<Users::Opened>& opened) { in = opened.ok(); });
  EXPECT_TRUE(in);
  // A session of the user confirms from wherever it is.
  flood(101);
  peer_ = "203.0.113.50";
  EXPECT_EQ(browse("POST", "/api/v1/session/confirm", Json{{"password", kPassword}}.dump()).status, 200);
}

TEST_F(SessionTest, many_names_from_one_address_wait_too_and_refuse_nobody_elsewhere) {
  accept(ada_);
  int tried = 0;
  for (int i = 0; i < 30'000; ++i) {
    const int status = open("nobody" + std::to_string(i), "wrong guess");
    ASSERT_TRUE(status == 401 || status == 429);
    tried += status == 401;
  }
  EXPECT_LE(tried, 30);
  EXPECT_EQ(open(std::string(3'000, 'x'), "wrong guess"), 401) << "and such a name is not even kept";
  EXPECT_EQ(open(std::string(100'000, 'x'), "wrong guess"), 413);
  peer_ = "198.51.100.9";
  EXPECT_EQ(open("ada"), 201);
  // One customer has all of these.
  for (const char* network : {"2001:db8:0:1::", "2001:db8::", "fe80::", "2001:db8:0:0:5:6:7:"}) {
    tried = 0;
    for (int i = 1; i < 10; ++i) {
      peer_ = network + std::to_string(i);
      tried += open("ada", "wrong guess") == 401;
    }
    for (const char* rest : {"a:b", "7:8:9"}) {
      if (network[std::string_view(network).size() - 2] != ':') continue;
      peer_ = std::string(network) + rest;
      tried += open("ada", "wrong guess") == 401;
    }
    EXPECT_LE(tried, 3) << network;
  }
}

TEST_F(SessionTest, a_clock_that_is_set_back_a_little_signs_nobody_out) {
  accept(ada_);
  clock_.step(Millis{-5'000});
  EXPECT_EQ(looks(), 200);
  clock_.step(Millis{-3'600'000});
  EXPECT_EQ(looks(), 401);
}

TEST_F(SessionTest, roles_hold_for_sessions_and_a_change_of_the_user_is_felt_at_once) {
  accept(ada_);
  EXPECT_EQ(browse("GET", "/api/v1/users").status, 403);
  store_->begin();
  auto row = find_user(*store_, "ada").value();
  row.role = Role::kAdmin;
  store_->users.put(row);
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(browse("GET", "/api/v1/users").status, 200);
  store_->begin();
  store_->users.erase(row.number);
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(looks(), 401);
}

// Every route that changes something, asked for by another site's page in a browser that is signed in.
TEST_F(SessionTest, what_a_restore_has_suspended_is_refused_with_the_reason) {
  ASSERT_EQ(accept(ada_), 201);
  ASSERT_EQ(looks(), 200);
  const int64_t number = find_user(*store_, "ada")->number;
  const auto suspend = [&](int64_t users) {
    store_->begin();
    store_->set_number("suspended_users", users);
    EXPECT_TRUE(store_->commit().ok());
  };
  suspend(number);
  EXPECT_EQ(looks(), 401) << "a session does not outlive it";
  cookie_.clear();
  const auto refused =
      browse("POST", "/api/v1/session", Json{{"name", "ada"}, {"password", kPassword}}.dump());
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code(refused), "suspended_by_restore");
  EXPECT_NE(refused.body.find("pinrelay restore --confirm"), std::string::npos);
  EXPECT_EQ(open("ada", "of somebody else"), 401) << "who guesses learns nothing";
  ASSERT_EQ(accept(invited("eve", Role::kViewer)), 201) << "who came later is not suspended";
  cookie_.clear();
  ASSERT_EQ(accept(invited("ada", Role::kOperator)), 201) << "and a new link is somebody's decision";
  EXPECT_NE(find_user(*store_, "ada")->number, number);
  cookie_.clear();
  EXPECT_EQ(open("ada"), 201);

  suspended_tokens_ = static_cast<int64_t>(Role::kOperator);
  const auto token = call(Role::kOperator, "GET", "/api/v1/jobs");
  EXPECT_EQ(token.status, 403);
  EXPECT_EQ(code(token), "suspended_by_restore");
  EXPECT_EQ(call(Role::kAdmin, "GET", "/api/v1/jobs").status, 200) << "a later one";
}

TEST_F(SessionTest, other_sites_pages_change_nothing) {
  accept(invited("root", Role::kAdmin));
  const std::vector<std::vector<http::Header>> foreign = {
      {},
      {{"Origin", "null"}},
      {{"Origin", "https://evil.example"}},
      {{"Origin", "https://pinrelay.example.com.evil.example"}},
      {{"Origin", "http://pinrelay.example.com"}},
      {{"Origin", "https://pinrelay.example.com:444"}},
      {{"Origin", kOurs}, {"Sec-Fetch-Site", "cross-site"}},
      {{"Origin", kOurs}, {"Sec-Fetch-Site", "same-site"}},
      {{"Referer", kOurs}},
      {{"X-HTTP-Method-Override", "GET"}},
  };
  calls_.clear();
  for (const Route& route : routes()) {
    if (route.method == "GET" || route.role == Role::kNobody) continue;
    for (const auto& headers : foreign) {
      const auto answer = browse(std::string(route.method), path_of(route), body_of(route), headers);
      EXPECT_EQ(answer.status, 403) << route.method << route.path;
      EXPECT_EQ(code(answer), "cross_site");
    }
    EXPECT_NE(browse("HEAD", path_of(route)).status, 200);
  }
  EXPECT_TRUE(calls_.empty());
  EXPECT_EQ(looks(), 200) << "nor is anybody signed out";
  // Signing somebody in as somebody else.
  const std::string body = Json{{"name", "root"}, {"password", kPassword}}.dump();
  EXPECT_EQ(browse("POST", "/api/v1/session", body, {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(browse("GET", "/api/v1/jobs", "", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
}

TEST_F(SessionTest, only_our_own_names_are_answered_to) {
  accept(ada_);
  for (const char* host :
       {"pinrelay.example.com", "PINRELAY.example.COM", "127.0.0.1:7700", "localhost:7700"})
    EXPECT_EQ(browse("GET", "/api/v1/jobs", "", {}, host).status, 200) << host;
  const std::string ours = "pinrelay.example.com";
  std::vector<std::string> wrong = {"",
                                    "evil.example",
                                    "evil.example:7700",
                                    ours + ":444",
                                    ours + ".",
                                    ours + ".evil.example",
                                    "x" + ours,
                                    ours + "@evil.example",
                                    "localhost",
                                    "127.0.0.1",
                                    "127.0.0.1:7701",
                                    "127.1:7700",
                                    "2130706433:7700",
                                    "0x7f000001:7700",
                                    "[::1]:7700",
                                    "[::ffff:127.0.0.1]:7700",
                                    "0.0.0.0:7700",
                                    ours + " ",
                                    " " + ours,
                                    ours + "/x",
                                    ours + "?",
                                    ours + "#",
                                    ours + "\t",
                                    ours + ", " + ours,
                                    "http://" + ours,
                                    "//" + ours,
                                    ours + ":",
                                    "*",
                                    "null"};
  for (char c = 'a'; c <= 'z'; ++c) wrong.push_back(std::string(1, c) + ".rebound.example:7700");
  for (const std::string& host : wrong) {
    const auto answer = browse("GET", "/api/v1/jobs", "", {}, host);
    EXPECT_EQ(answer.status, 421) << host;
    EXPECT_EQ(
        browse("POST", "/api/v1/session", Json{{"name", "ada"}, {"password", "x"}}.dump(), {}, host).status,
        421)
        << host;
  }
}

}  // namespace
}  // namespace pinrelay::admin
