// What comes over a network in clear text: programs with a token may, browsers are sent away.
#include "admin/pages.h"
#include "admin/session_testing.h"

namespace pinrelay::admin {
namespace {

class ClearTextTest : public SessionTest {
 protected:
  ClearTextTest() {
    accept(ada_);
    in_clear_ = true;
  }
};

TEST_F(ClearTextTest, no_cookie_counts_and_nobody_signs_in_or_sets_a_password) {
  calls_.clear();
  const auto looked = browse("GET", "/api/v1/jobs");
  EXPECT_EQ(looked.status, 403);
  EXPECT_EQ(code(looked), "clear_text");
  EXPECT_NE(Json::parse(looked.body)["fix"].get<std::string>().find("https"), std::string::npos);
  EXPECT_EQ(open("ada"), 403);
  EXPECT_EQ(accept(invited("bob", Role::kViewer)), 403);
  EXPECT_EQ(browse("POST", "/api/v1/session/confirm", Json{{"password", kPassword}}.dump()).status, 403);
  EXPECT_EQ(browse("DELETE", "/api/v1/session").status, 403);
  EXPECT_TRUE(calls_.empty());
  in_clear_ = false;
  EXPECT_EQ(looks(), 200) << "the session has not ended";
}

TEST_F(ClearTextTest, every_route_refuses_a_cookie) {
  for (const Route& route : routes()) {
    const auto answer = browse(std::string(route.method), path_of(route), body_of(route));
    EXPECT_EQ(answer.status, 403) << route.method << route.path;
    EXPECT_EQ(code(answer), "clear_text");
  }
}

TEST_F(ClearTextTest, a_token_does_as_ever) {
  cookie_.clear();
  EXPECT_EQ(looks(), 401);
  const std::string token = "Bearer " + tokens_.at(Role::kViewer).reveal();
  EXPECT_EQ(browse("GET", "/api/v1/jobs", "", {{"Authorization", token}}).status, 200);
}

TEST_F(ClearTextTest, the_pages_say_why_and_what_to_do) {
  const auto site = config::site_of("", "0.0.0.0:7700", 0, false);
  http::ServerRequest request;
  request.method = "GET";
  request.headers = {{"Host", "127.0.0.1:7700"}};
  for (const char* path : {"/", "/sign-in", "/sign-in.js"}) {
    request.path = path, request.in_clear = true;
    const auto refused = page(request, site, {}, {});
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->status, 403);
    EXPECT_NE(refused->body.find("https"), std::string::npos);
    request.in_clear = false;
    EXPECT_LT(page(request, site, {}, {})->status, 400) << "on the machine itself it opens";
  }
  request.path = "/sign-in";
  EXPECT_EQ(page(request, site, {}, {})->body.find("banner"), std::string::npos);
  const std::string warned = page(request, site, {.simulated = true, .plain_http = true}, {})->body;
  EXPECT_NE(warned.find("PLAIN HTTP"), std::string::npos);
  EXPECT_NE(warned.find("SIMULATOR"), std::string::npos);
}

}  // namespace
}  // namespace pinrelay::admin
