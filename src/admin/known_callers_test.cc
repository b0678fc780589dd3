#include "admin/known_callers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "admin/read_request.h"
#include "admin/tokens.h"

namespace pinrelay::admin {
namespace {

constexpr Time kNow{Millis{1'700'000'000'000}};

class KnownCallersTest : public ::testing::Test {
 protected:
  KnownCallersTest() {
    store::ApiTokenRow token;
    token.number = 7, token.hash = token_hash(Secret(std::string_view("prl_good")));
    store::ApiTokenRow ending;
    ending.number = 8, ending.hash = token_hash(Secret(std::string_view("prl_ends")));
    ending.expires_at = kNow + Millis{1'000};
    store::SessionRow session;
    session.number = 3, session.user = 2, session.hash = token_hash(Secret(std::string_view("cookie")));
    known_.set({token, ending}, {session});
  }
  http::Admission admitted(const std::string& method, const std::string& path,
                           std::vector<http::Header> headers) {
    http::ServerRequest head;
    head.method = method, head.path = path, head.headers = std::move(headers);
    return admit(known_, head);
  }
  int refused(const std::string& method, const std::string& path, std::vector<http::Header> headers) {
    const auto admission = admitted(method, path, std::move(headers));
    return admission.refusal ? admission.refusal->status : 0;
  }

  FakeClock clock_{kNow};
  KnownCallers known_{clock_};
};

const http::Header kToken{"Authorization", "Bearer prl_good"};
const http::Header kCookie{"Cookie", "a=b; __Host-pinrelay=cookie"};

TEST_F(KnownCallersTest, a_caller_is_an_account_and_a_stranger_gets_no_further) {
  EXPECT_EQ(admitted("POST", "/api/v1/users", {kToken}).account, "token 7");
  EXPECT_EQ(admitted("POST", "/api/v1/users", {kCookie}).account, "user 2");
  for (const auto& headers : std::vector<std::vector<http::Header>>{{},
                                                                    {{"Authorization", "Bearer "}},
                                                                    {{"Authorization", "Bearer prl_bad"}},
                                                                    {{"Authorization", "Basic prl_good"}},
                                                                    {{"Authorization", "Bearer cookie "}},
                                                                    {{"Cookie", "__Host-pinrelay=x"}}})
    EXPECT_EQ(refused("POST", "/api/v1/users", headers), 401);
  EXPECT_EQ(refused("GET", "/api/v1/jobs", {}), 401);
  EXPECT_EQ(refused("GET", "/api/v1/no-such-path", {}), 401);
}

TEST_F(KnownCallersTest, a_token_ends_at_its_time_and_who_is_no_longer_named_is_a_stranger) {
  const http::Header ends{"Authorization", "Bearer prl_ends"};
  EXPECT_EQ(refused("GET", "/api/v1/jobs", {ends}), 0);
  clock_.advance(Millis{1'000});
  EXPECT_EQ(refused("GET", "/api/v1/jobs", {ends}), 401);
  known_.set({}, {});
  EXPECT_EQ(refused("GET", "/api/v1/jobs", {kToken}), 401);
  EXPECT_EQ(refused("GET", "/api/v1/jobs", {kCookie}), 401);
}

// Goes through every route, so a new one cannot be added without a limit.
TEST_F(KnownCallersTest,
       each_route_takes_what_it_needs_and_only_those_that_let_people_in_take_it_from_strangers) {
  for (const Route& route : routes()) {
    const bool body =
        std::ranges::any_of(route.parameters, [](const auto& each) { return each.in == In::kBody; });
    const uint64_t most = body && route.by != By::kSession ? 1024 * 1024 : 4 * 1024;
    EXPECT_EQ(body_bytes_max(route), most) << route.path;
    std::string path(route.path);
    for (size_t open = 0; (open = path.find('{')) != std::string::npos;)
      path.replace(open, path.find('}') - open + 1, "7");
    const std::string method(route.method);
    const http::Header fits{"Content-Length", std::to_string(most)};
    const http::Header large{"Content-Length", std::to_string(most + 1)};
    EXPECT_EQ(refused(method, path, {kToken, fits}), 0) << path;
    EXPECT_EQ(refused(method, path, {kToken, large}), route.by == By::kUpload ? 0 : 413) << path;
    EXPECT_EQ(refused(method, path, {fits}), route.role == Role::kNobody ? 0 : 401) << path;
  }
}

TEST_F(KnownCallersTest, a_token_from_outside_its_networks_sends_no_body) {
  store::ApiTokenRow token;
  token.number = 9, token.name = "ci", token.hash = token_hash(Secret(std::string_view("prl_here")));
  token.networks = "10.0.0.0/8";
  known_.set({token}, {});
  http::ServerRequest head;
  head.method = "POST", head.path = "/api/v1/jobs/a/retry";
  head.headers = {{"Authorization", "Bearer prl_here"}};
  head.peer = "10.1.1.1";
  EXPECT_EQ(admit(known_, head).account, "token 9");
  head.peer = "192.0.2.1";
  const auto admission = admit(known_, head);
  EXPECT_EQ(admission.account, "");
  ASSERT_TRUE(admission.refusal);
  EXPECT_EQ(admission.refusal->status, 403);
  EXPECT_EQ(admission.refusal->refusal_code, "wrong_network");
  EXPECT_EQ(admission.refusal->refused_who, "token ci");
}

}  // namespace
}  // namespace pinrelay::admin
