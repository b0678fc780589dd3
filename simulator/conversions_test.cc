#include "simulator/conversions.h"

#include <gtest/gtest.h>

#include "simulator/sample_events.h"

namespace pinrelay::sim {
namespace {

constexpr Millis kHour = std::chrono::hours{1};

Reply hit_by(World& world, FaultKind kind, bool applied, const Call& call, Time now = kStart) {
  FaultRule rule;
  rule.fault.kind = kind, rule.fault.applied = applied, rule.fault.events_per_mille = 1000;
  world.faults().add_rule(rule);
  return world.handle(call, now);
}

TEST(Conversions, count_a_web_event_once_within_the_window) {
  World world;
  const Call call = send_events({{.time = to_millis(kStart) / 1000 + 48 * 3600}});
  world.handle(call, kStart);
  world.handle(call, kStart + 48 * kHour - Millis{1});
  EXPECT_EQ(effective(world, "order-1"), 1u);
  EXPECT_EQ(world.conversions().total().duplicates, 1u);
  world.handle(call, kStart + 48 * kHour);
  EXPECT_EQ(effective(world, "order-1"), 2u);
  EXPECT_EQ(world.conversions().total().received, 3u);
}

TEST(Conversions, are_told_apart_by_ad_account_name_and_id) {
  World world;
  Call other = send_events({{}});
  other.target = "/v5/ad_accounts/549755885176/events";
  world.handle(send_events({{}, {.name = "lead"}, {.id = "order-2"}, {}}), kStart);
  world.handle(other, kStart);
  EXPECT_EQ(world.conversions().total().effective, 4u);
  EXPECT_EQ(world.conversions().total().duplicates, 1u);
  EXPECT_EQ(world.conversions().by_ad_account().at("549755885176").effective, 1u);
}

TEST(Conversions, count_offline_events_every_time) {
  World world;
  const Call call = send_events({{.source = "offline"}});
  world.handle(call, kStart);
  world.handle(call, kStart);
  EXPECT_EQ(effective(world, "order-1"), 2u);
  EXPECT_EQ(world.conversions().total().offline, 2u);
  EXPECT_EQ(world.conversions().total().late, 0u);
}

TEST(Conversions, take_an_event_for_offline_when_it_is_older_than_an_hour) {
  World world;
  const Call call = send_events({{}});
  world.handle(call, kStart + kHour);
  EXPECT_EQ(world.conversions().total().offline, 0u);
  world.handle(call, kStart + kHour + Millis{1'000});
  EXPECT_EQ(effective(world, "order-1"), 2u);
  EXPECT_EQ(world.conversions().total().late, 1u);
  EXPECT_TRUE(world.conversions().find(kAccount, "checkout", "order-1")->offline);
}

TEST(Conversions, keep_the_bytes_and_times_of_the_event) {
  World world({.keep_events = true});
  const SampleEvent event;
  world.handle(send_events({event}), kStart + Millis{5});
  const Conversion& known = world.conversions().all().front();
  EXPECT_EQ(to_hex(known.bytes), sha256_of(event.json()));
  EXPECT_EQ(world.conversions().event_json(known), event.json());
  EXPECT_EQ(known.event_time, event.time);
  EXPECT_EQ(known.first_effective, kStart + Millis{5});
  EXPECT_EQ(known.action_source, ActionSource::kWeb);
}

TEST(Conversions, may_be_regrouped_but_not_rewritten) {
  World world;
  world.handle(send_events({{.id = "a"}, {.id = "b"}}), kStart);
  world.handle(send_events({{.id = "b"}, {.id = "c"}}), kStart);
  EXPECT_EQ(violations(world, ViolationKind::kOtherBytes), 0u);
  world.handle(send_events({{.id = "a", .more = R"(,"wifi":true)"}}), kStart);
  EXPECT_EQ(violations(world, ViolationKind::kOtherBytes), 1u);
  const ViolationSample& sample = world.conversions().violations().samples().front();
  EXPECT_EQ(sample.event_id_sha256, sha256_of("a"));
}

TEST(Conversions, may_not_be_rewritten_after_an_unknown_outcome) {
  for (const FaultInfo& info : fault_table()) {
    for (const bool applied : {false, true}) {
      if (applied && info.applies == Applies::kNever) continue;
      World world;
      hit_by(world, info.kind, applied, send_events({{}}));
      const bool counts = effective(world, "order-1") == 1;
      world.handle(send_events({{.more = R"(,"wifi":true)"}}), kStart);
      const bool noted = violations(world, ViolationKind::kOtherBytes) == 1;
      EXPECT_EQ(noted, counts || leaves_unknown(info.kind)) << info.name;
    }
  }
}

TEST(Conversions, may_be_rewritten_after_a_definite_refusal) {
  World world;
  hit_by(world, FaultKind::kInternalError, false, send_events({{}}));
  EXPECT_EQ(world.conversions().total().lost, 1u);
  world.bad_events().add("order-1", Refusal::kPartialFailure);
  world.handle(send_events({{}}), kStart);
  world.bad_events().clear();
  world.handle(send_events({{.more = R"(,"wifi":true)"}}), kStart);
  EXPECT_EQ(violations(world, ViolationKind::kOtherBytes), 0u);
  EXPECT_EQ(effective(world, "order-1"), 1u);
}

TEST(Conversions, of_unknown_outcome_can_count_late_and_then_give_way_to_their_repeat) {
  World world({.unknown_window = Millis{60'000}});
  const Call web = send_events({{.id = "web"}}), offline = send_events({{.id = "off", .source = "offline"}});
  for (const Call& call : {web, offline}) {
    hit_by(world, FaultKind::kCutAfterBody, true, call);
    world.handle(call, kStart);
  }
  EXPECT_EQ(world.conversions().total().pending, 2u);
  EXPECT_EQ(effective(world, "web") + effective(world, "off"), 2u);
  world.settle(kStart + Millis{60'000});
  EXPECT_EQ(effective(world, "web"), 1u);
  EXPECT_EQ(effective(world, "off"), 2u);
  EXPECT_EQ(world.conversions().total().pending, 0u);
}

TEST(Conversions, are_many_and_all_found_again) {
  World world({.limits = {.enabled = false}});
  for (int batch = 0; batch < 20; ++batch) {
    std::string events;
    for (int i = 0; i < 500; ++i)
      events += (i == 0 ? "" : ",") + SampleEvent{.id = std::to_string(batch * 500 + i)}.json();
    world.handle(send_body(R"({"data":[)" + events + "]}"), kStart);
  }
  EXPECT_EQ(world.conversions().all().size(), 10'000u);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(effective(world, std::to_string(i)), 1u);
}

}  // namespace
}  // namespace pinrelay::sim
