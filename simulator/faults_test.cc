#include "simulator/faults.h"

#include <gtest/gtest.h>

#include "simulator/sample_calls.h"

namespace pinrelay::sim {
namespace {

Fault fault_of(FaultKind kind, bool applied = false) {
  Fault fault;
  fault.kind = kind;
  fault.applied = applied;
  return fault;
}

// A list with person 1, and the reply to adding person 2 under the fault.
struct OneFault {
  World world;
  std::string id = made_list(world, joined({1}));
  Reply reply;

  explicit OneFault(const Fault& fault) {
    world.faults().add_rule({.method = "PATCH", .path_part = "customer_lists", .fault = fault});
    reply = world.handle(change_list(id, "ADD", joined({2})), kStart);
  }
  bool changed() const { return world.members(id)->contains(sample_hash(2)); }
};

TEST(Faults, answer_with_their_status_and_make_the_change_only_where_they_say_so) {
  for (const FaultInfo& info : fault_table()) {
    if (is_about_events(info.kind)) continue;
    for (const bool applied : {false, true}) {
      const OneFault one(fault_of(info.kind, applied));
      const bool expected = info.applies == Applies::kAlways || (info.applies == Applies::kEither && applied);
      EXPECT_EQ(one.changed(), expected) << info.name;
      EXPECT_EQ(one.reply.fault, info.name);
      EXPECT_EQ(one.reply.status, info.status == 0 ? 200 : info.status) << info.name;
      EXPECT_EQ(one.world.traffic().faults[static_cast<size_t>(info.kind)], 1u);
    }
  }
}

TEST(Faults, lose_the_answer_in_three_ways) {
  EXPECT_EQ(OneFault(fault_of(FaultKind::kCutBeforeBody)).reply.delivery, Delivery::kCutBeforeBody);
  EXPECT_EQ(OneFault(fault_of(FaultKind::kCutAfterBody, true)).reply.delivery, Delivery::kCutAfterBody);
  EXPECT_EQ(OneFault(fault_of(FaultKind::kNeverAnswered, true)).reply.delivery, Delivery::kNeverAnswered);
}

TEST(Faults, show_a_client_what_it_would_see) {
  const auto ending = [](FaultKind kind) { return seen_by_client(OneFault(fault_of(kind)).reply).ending; };
  EXPECT_EQ(ending(FaultKind::kCutBeforeBody), http::Ending::kNotSent);
  EXPECT_EQ(ending(FaultKind::kCutAfterBody), http::Ending::kBroken);
  EXPECT_EQ(ending(FaultKind::kNeverAnswered), http::Ending::kBroken);
  EXPECT_EQ(ending(FaultKind::kBadGateway), http::Ending::kAnswered);
}

TEST(Faults, spoil_a_success_in_three_ways) {
  EXPECT_EQ(OneFault(fault_of(FaultKind::kHtml)).reply.content_type, "text/html");
  EXPECT_EQ(OneFault(fault_of(FaultKind::kWrongType)).reply.body, R"(["ok"])");
  const std::string cut = OneFault(fault_of(FaultKind::kTruncated)).reply.body;
  EXPECT_TRUE(cut.starts_with("{\"id\":"));
  EXPECT_FALSE(cut.ends_with("}"));
}

TEST(Faults, do_not_turn_a_refusal_into_a_spoilt_success) {
  World world;
  const std::string id = made_list(world, joined({1}));
  world.faults().add_rule({.method = "PATCH", .fault = fault_of(FaultKind::kHtml)});
  EXPECT_EQ(world.handle(change_list(id, "ADD", "nobody"), kStart).status, 400);
}

TEST(Faults, tell_a_throttled_client_when_to_come_back_in_either_header_or_none) {
  auto headers = [](std::optional<int> retry_after, std::optional<int> reset) {
    Fault fault = fault_of(FaultKind::kThrottled);
    fault.retry_after = retry_after, fault.reset = reset;
    const http::Response seen = seen_by_client(OneFault(fault).reply);
    std::string text;
    for (const http::Header& header : seen.headers) {
      if (header.name == "Retry-After" || header.name == "X-RateLimit-Reset")
        text += header.name + header.value;
    }
    return text;
  };
  EXPECT_EQ(headers(7, std::nullopt), "Retry-After7");
  EXPECT_EQ(headers(std::nullopt, 37), "X-RateLimit-Reset37");
  EXPECT_EQ(headers(std::nullopt, std::nullopt), "");
}

TEST(Faults, follow_a_rule_for_as_many_calls_as_it_says) {
  World world;
  const std::string id = made_list(world, joined({1}));
  world.faults().add_rule(
      {.method = "PATCH", .skip = 1, .count = 2, .fault = fault_of(FaultKind::kInternalError)});
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i) {
    statuses.push_back(world.handle(change_list(id, "ADD", joined({2})), kStart).status);
    world.handle(get_list(id), kStart);
  }
  EXPECT_EQ(statuses, (std::vector{200, 500, 500, 200}));
}

TEST(Faults, come_as_often_as_their_profile_says_and_end_when_cleared) {
  Faults faults(3);
  faults.set_profile(FaultProfile::kHeavy);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += faults.choose("GET", "/v5/ad_accounts").has_value();
  EXPECT_GT(hits, 3'000);
  EXPECT_LT(hits, 5'000);
  faults.clear();
  EXPECT_FALSE(faults.choose("GET", "/v5/ad_accounts").has_value());
}

TEST(Faults, of_the_profiles_never_stop_a_job_and_never_lie_about_a_refusal) {
  for (const FaultProfile profile : {FaultProfile::kLight, FaultProfile::kHeavy}) {
    Faults faults(1);
    faults.set_profile(profile);
    for (const FaultShare& share : faults.shares()) {
      const int status = fault_info(share.fault.kind).status;
      EXPECT_TRUE(status != 401 && status != 403 && status != 404);
      EXPECT_FALSE(share.fault.kind == FaultKind::kRampedDown && share.fault.applied);
    }
  }
}

TEST(Faults, about_events_pass_other_calls_and_are_not_used_up_by_them) {
  World world;
  const std::string id = made_list(world, joined({1}));
  world.faults().add_rule({.fault = fault_of(FaultKind::kWholeBody400)});
  const Reply reply = world.handle(change_list(id, "ADD", joined({2})), kStart);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.fault, "");
  EXPECT_EQ(world.faults().rules().size(), 1u);
}

// Lateness.

TEST(LateChanges, are_made_within_the_window_in_any_order) {
  World world({.reorder_window = Millis{60'000}});
  const std::string id = made_list(world, joined({1}));
  for (uint64_t i = 10; i < 60; ++i) world.handle(change_list(id, "ADD", joined({i})), kStart);
  bool out_of_order = false;
  for (int second = 0; second < 60; ++second) {
    world.settle(kStart + Millis{second * 1'000});
    const HashSet& members = *world.members(id);
    for (uint64_t i = 10; i < 59; ++i) {
      out_of_order |= !members.contains(sample_hash(i)) && members.contains(sample_hash(i + 1));
    }
  }
  EXPECT_TRUE(out_of_order);
  world.settle(kStart + Millis{60'000});
  EXPECT_EQ(world.members(id)->size(), 51u);
  EXPECT_EQ(world.lists().pending(), 0u);
}

TEST(LateChanges, are_only_those_of_unknown_outcome_when_only_these_have_a_window) {
  World world({.unknown_window = Millis{60'000}});
  const std::string id = made_list(world, joined({1}));
  world.faults().add_rule({.method = "PATCH", .fault = fault_of(FaultKind::kCutAfterBody, true)});
  world.handle(change_list(id, "ADD", joined({2})), kStart);
  ASSERT_EQ(world.lists().pending(), 1u);
  world.handle(change_list(id, "REMOVE", joined({2})), kStart);
  EXPECT_FALSE(world.members(id)->contains(sample_hash(2)));
  world.settle(*world.lists().next_due());
  EXPECT_TRUE(world.members(id)->contains(sample_hash(2)));
}

TEST(LateChanges, let_a_list_of_unknown_creation_appear_later) {
  World world({.unknown_window = Millis{60'000}});
  world.faults().add_rule({.method = "POST", .fault = fault_of(FaultKind::kNeverAnswered, true)});
  world.handle(create_list("Readers", joined({1})), kStart);
  EXPECT_TRUE(world.lists().all().empty());
  world.settle(kStart + Millis{60'000});
  ASSERT_EQ(world.lists().all().size(), 1u);
  EXPECT_EQ(world.lists().all().begin()->second.members.size(), 1u);
}

TEST(World, gives_the_same_replies_to_the_same_seed_and_calls) {
  auto transcript = [](uint64_t seed) {
    World world({.seed = seed, .reorder_window = Millis{5'000}, .latency_max = Millis{90}});
    world.faults().set_profile(FaultProfile::kHeavy);
    std::string text;
    for (uint64_t i = 0; i < 300; ++i) {
      const Time now = kStart + Millis{static_cast<int64_t>(i) * 700};
      const std::string id = world.lists().all().empty() ? "1" : world.lists().all().begin()->first;
      const Call call = i % 9 == 0 ? create_list("A", joined({i})) : change_list(id, "ADD", joined({i}));
      const Reply reply = world.handle(call, now);
      text += std::to_string(reply.status) + reply.body + std::to_string(reply.delay.count()) + "\n";
      text += std::to_string(static_cast<int>(reply.delivery));
    }
    for (const auto& [id, list] : world.lists().all()) text += id + list.members.digest();
    return text;
  };
  EXPECT_EQ(transcript(5), transcript(5));
  EXPECT_NE(transcript(5), transcript(6));
}

}  // namespace
}  // namespace pinrelay::sim
