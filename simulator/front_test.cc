#include "simulator/front.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "simulator/sample_calls.h"

namespace pinrelay::sim {
namespace {

http::ServerRequest request_of(const Call& call) {
  http::ServerRequest request;
  request.method = call.method, request.path = call.path(), request.query = call.query();
  request.headers = {{"Authorization", "Bearer " + call.bearer}, {"Content-Type", call.content_type}};
  request.body = call.body;
  return request;
}

struct Behind {
  World world;
  FakeClock clock{kStart};

  std::future<http::ServerResponse> send(Front& front, const Call& call) {
    auto answer = std::make_shared<std::promise<http::ServerResponse>>();
    front.handle(request_of(call),
                 [answer](http::ServerResponse response) { answer->set_value(std::move(response)); });
    return answer->get_future();
  }
  void next_fault(FaultKind kind, Millis delay = Millis{0}) {
    FaultRule rule;
    rule.fault.kind = kind, rule.fault.applied = true, rule.fault.delay = delay;
    world.faults().add_rule(rule);
  }
};

TEST(Front, passes_calls_to_the_world_and_to_the_control) {
  Behind behind;
  Front front(behind.world, behind.clock, "");
  EXPECT_EQ(behind.send(front, create_list("Readers", joined({1}))).get().status, 200);
  Call state;
  state.method = "GET", state.target = "/_sim/state?digest=no";
  const http::ServerResponse answer = behind.send(front, state).get();
  EXPECT_EQ(nlohmann::json::parse(answer.body)["lists"][0]["size"], 1);
}

TEST(Front, cuts_the_connection_where_the_fault_says_so) {
  Behind behind;
  Front front(behind.world, behind.clock, "");
  behind.next_fault(FaultKind::kCutAfterBody);
  EXPECT_TRUE(behind.send(front, create_list("Readers", joined({1}))).get().cut);
  EXPECT_EQ(behind.world.lists().all().size(), 1u);
}

TEST(Front, sends_a_slow_answer_in_the_end) {
  Behind behind;
  Front front(behind.world, behind.clock, "");
  behind.next_fault(FaultKind::kSlow, Millis{1});
  EXPECT_EQ(behind.send(front, create_list("Readers", joined({1}))).get().status, 200);
}

TEST(Front, keeps_silent_until_it_ends) {
  Behind behind;
  Front front(behind.world, behind.clock, "");
  behind.next_fault(FaultKind::kNeverAnswered);
  auto answer = behind.send(front, create_list("Readers", joined({1})));
  EXPECT_EQ(answer.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  front.end_waits();
  EXPECT_TRUE(answer.get().cut);
}

TEST(Front, records_exchanges_for_the_contract_tests) {
  const std::string path = testing::TempDir() + "sim_record.ndjson";
  std::filesystem::remove(path);
  Behind behind;
  {
    Front front(behind.world, behind.clock, path);
    behind.send(front, create_list("Readers", joined({1}))).get();
    behind.send(front, create_list("Readers", joined_range(0, 2'000))).get();
    behind.next_fault(FaultKind::kHtml);
    behind.send(front, sample_call("GET", "ad_accounts?page_size=2")).get();
  }
  std::ifstream in(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(lines.size(), 2u);  // the large one is left out
  EXPECT_EQ(lines[0]["method"], "POST");
  EXPECT_EQ(lines[0]["fault"], "");
  EXPECT_EQ(nlohmann::json::parse(lines[0]["response_body"].get<std::string>())["name"], "Readers");
  EXPECT_EQ(lines[1]["query"], "page_size=2");
  EXPECT_EQ(lines[1]["fault"], "html");
}

}  // namespace
}  // namespace pinrelay::sim
