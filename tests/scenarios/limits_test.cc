// Limits that several lists of one authorization share, and calls that are refused without stopping a list.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

class LimitsScenario : public Scenario {
 protected:
  config::JobSettings job_on(const std::string& name, const std::string& audience) const {
    config::JobSettings settings = job_settings(name);
    settings.audience = audience;
    return settings;
  }
  void member(const std::string& audience, const std::string& key, const std::string& email) {
    person(key, {email});
    enter(key, audience);
  }
};

TEST_F(LimitsScenario, one_of_an_authorization_outlives_the_process) {
  member("A", "x", address(1));
  member("B", "y", address(2));
  settle();
  start(job_on("a", "A"));
  start(job_on("b", "B"));
  advance(minutes{6});
  writes();
  member("A", "x2", address(3));
  settle();
  advance(minutes{2});
  member("B", "y2", address(4));
  settle();
  sim::FaultRule rule;
  rule.method = "PATCH";
  rule.count = 1;
  rule.fault.kind = sim::FaultKind::kThrottled;
  rule.fault.reset = 3600;
  world_.faults().add_rule(rule);
  advance(minutes{4});
  ASSERT_EQ(writes().size(), 1u);
  const Time end = pinterest_.seen.back().at + hours{1};
  restart_process();
  advance(hours{2}, seconds{10});
  const auto sent = writes();
  EXPECT_EQ(sent.size(), 2u);
  for (const SeenRequest& request : sent) EXPECT_GE(request.at, end);
}

TEST_F(LimitsScenario, a_scarce_budget_is_shared_by_jobs_with_more_to_do_than_it_allows) {
  authorization_.tier = config::Tier::kTrial;
  world_.limiter().limits().enabled = false;  // with no time between answers its 100 a second are met
  auto a = job_on("a", "A"), b = job_on("b", "B");
  for (auto* settings : {&a, &b}) settings->records_per_request = 1, settings->flush_users = 1;
  for (int i = 0; i < 1000; ++i) {
    member("A", fmt::format("a{}", i), fmt::format("a{}@example.org", i));
    member("B", fmt::format("b{}", i), fmt::format("b{}@example.org", i));
  }
  settle();
  start(a);
  start(b);
  advance(hours{48}, minutes{1});
  EXPECT_GT(on_list("a").size() * 3, on_list("b").size());
  EXPECT_GT(on_list("b").size() * 3, on_list("a").size());
}

TEST_F(LimitsScenario, an_audience_that_may_not_be_made_does_not_stop_its_list) {
  config::JobSettings settings = job_settings();
  settings.create_audience = true;
  settings.records_per_request = 10;
  sim::FaultRule rule;
  rule.method = "POST";
  rule.path_part = "audiences";
  rule.count = sim::kForever;
  rule.fault.kind = sim::FaultKind::kForbidden;
  world_.faults().add_rule(rule);
  members(0, 1000);
  start(settings);
  advance(hours{1}, seconds{10});
  EXPECT_EQ(on_list(), hashes(0, 1000));
  const auto asked = std::count_if(pinterest_.seen.begin(), pinterest_.seen.end(), [](const auto& seen) {
    return seen.method == "POST" && seen.path.find("/audiences") != std::string::npos;
  });
  EXPECT_GE(asked, 4);
  EXPECT_LE(asked, 5) << "every quarter of an hour";
}

}  // namespace
}  // namespace pinrelay::scenarios
