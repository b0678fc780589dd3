// What a token that is bound to jobs may do, route by route: one that is new is judged here, too.
#include "admin/job_scope.h"

#include "admin/api_testing.h"

namespace pinrelay::admin {
namespace {

class JobScopeTest : public ApiTest {
 protected:
  // Binds the tokens of every role to the job "mine".
  JobScopeTest() {
    for (store::ApiTokenRow& row : rows_) row.jobs = "7";
  }
  static std::string with(std::string path, const std::string& name) {
    for (size_t open = 0; (open = path.find('{')) != std::string::npos;)
      path.replace(open, path.find('}') - open + 1, name);
    return path;
  }
};

TEST_F(JobScopeTest, it_acts_on_its_jobs_sees_them_in_lists_and_only_looks_at_the_rest) {
  size_t of_jobs = 0;
  for (const Route& route : routes()) {
    if (route.role == Role::kNobody || route.command == "session password") continue;  // no token's
    const bool of_job = route.path.find("/jobs/{name}") != std::string_view::npos;
    const bool narrows = std::ranges::any_of(
        route.parameters, [](const Parameter& each) { return each.name == "job" && each.in == In::kQuery; });
    of_jobs += of_job;
    const std::string method(route.method), body = body_of(route);
    const auto status = [&](const std::string& path) {
      clock_.advance(kLiveEvery);
      return call(Role::kAdmin, method, path, body).status;
    };
    std::string path = path_of(route);
    if (of_job) {
      std::string pattern(route.path);
      path =
          with(pattern.substr(0, pattern.find("{name}") + 6), "mine") + path.substr(path.find("/jobs/7") + 7);
    }
    EXPECT_EQ(status(path), of_job || route.role == Role::kViewer ? route.success : 403) << method << path;
    if (of_job) {
      const auto other = call(Role::kAdmin, method, with(std::string(route.path), "other"), body);
      EXPECT_EQ(other.status, 403) << route.path;
      EXPECT_EQ(code(other), "other_job");
    }
    if (narrows) {
      EXPECT_EQ(status(path + "?job=mine"), route.success) << path;
      EXPECT_EQ(status(path + "?job=other"), 403) << path;
    }
  }
  EXPECT_GT(of_jobs, 20u);
}

TEST_F(JobScopeTest, its_role_goes_no_further_for_its_own_jobs) {
  EXPECT_EQ(code(call(Role::kViewer, "POST", "/api/v1/jobs/mine/pause")), "role_too_low");
  EXPECT_EQ(call(Role::kOperator, "POST", "/api/v1/jobs/mine/pause").status, 200);
}

TEST_F(JobScopeTest, commands_and_live_views_learn_what_it_may_see) {
  call(Role::kViewer, "GET", "/api/v1/jobs");
  EXPECT_EQ(calls_.back().only_jobs, std::vector<std::string>{"mine"});
  EXPECT_EQ(call(Role::kViewer, "GET", "/api/v1/live/jobs").status, 200);
  EXPECT_EQ(stated_for_, std::vector<std::string>{"mine"});
  EXPECT_EQ(Json::parse(call(Role::kViewer, "GET", "/api/v1/session").body)["jobs"], Json({"mine"}));
  rows_.front().jobs.clear();
  call(Role::kViewer, "GET", "/api/v1/jobs");
  EXPECT_EQ(calls_.back().only_jobs, std::nullopt);
}

TEST_F(JobScopeTest, a_token_works_from_its_networks_alone) {
  for (store::ApiTokenRow& row : rows_) row.jobs.clear(), row.networks = "10.0.0.0/8";
  const auto refused = call(Role::kAdmin, "GET", "/api/v1/jobs");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code(refused), "wrong_network");
  EXPECT_EQ(refused.refused_who, "token admin");
  peer_ = "10.0.0.7";
  EXPECT_EQ(call(Role::kAdmin, "GET", "/api/v1/jobs").status, 200);
}

}  // namespace
}  // namespace pinrelay::admin
