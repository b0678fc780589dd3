#include "simulator/options.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "simulator/conversion_state.h"
#include "simulator/sample_events.h"
#include "simulator/snapshot.h"

namespace pinrelay::sim {
namespace {

TEST(Options, have_defaults_that_work) {
  const auto options = read_options({});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->port, 7780);
  EXPECT_EQ(options->world.tokens, std::vector<std::string>{"pina_sim"});
  EXPECT_EQ(options->world.limits.ads_write, 400u);
}

TEST(Options, are_read) {
  const auto options = read_options({"--listen",
                                     "127.0.0.1:0",
                                     "--token",
                                     "a",
                                     "--token",
                                     "b",
                                     "--seed",
                                     "7",
                                     "--faults",
                                     "heavy",
                                     "--no-limits",
                                     "--trial",
                                     "--processing",
                                     "2",
                                     "--unknown",
                                     "1200",
                                     "--conversion-token",
                                     "c",
                                     "--dedup-window",
                                     "86400",
                                     "--events-per-minute",
                                     "9",
                                     "--failed-events",
                                     "unprocessable",
                                     "--opaque-takes-good",
                                     "--keep-events"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->port, 0);
  EXPECT_EQ(options->world.tokens, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options->world.seed, 7u);
  EXPECT_EQ(options->faults, FaultProfile::kHeavy);
  EXPECT_FALSE(options->world.limits.enabled);
  EXPECT_EQ(options->world.limits.ads_write, 300u);
  EXPECT_EQ(options->world.processing_time, Millis{2'000});
  EXPECT_EQ(options->world.unknown_window, Millis{1'200'000});
  EXPECT_EQ(options->world.conversion_tokens, (std::vector<std::string>{"c"}));
  EXPECT_EQ(options->world.dedup_window, Millis{86'400'000});
  EXPECT_EQ(options->world.limits.ads_conversions, 9u);
  EXPECT_EQ(options->world.failed_events, Refusal::kUnprocessable);
  EXPECT_TRUE(options->world.opaque_takes_good && options->world.keep_events);
}

TEST(Options, that_make_no_sense_are_refused) {
  EXPECT_FALSE(read_options({"--fast"}).ok());
  EXPECT_FALSE(read_options({"--seed"}).ok());
  EXPECT_FALSE(read_options({"--seed", "x"}).ok());
  EXPECT_FALSE(read_options({"--listen", "7780"}).ok());
  EXPECT_FALSE(read_options({"--listen", "127.0.0.1:70000"}).ok());
  EXPECT_FALSE(read_options({"--faults", "some"}).ok());
  EXPECT_FALSE(read_options({"--failed-events", "some"}).ok());
  EXPECT_FALSE(read_options({"--tls-cert", "c.pem"}).ok());
}

TEST(Snapshot, brings_the_lists_back) {
  const std::string path = testing::TempDir() + "sim_state.txt";
  World world;
  const std::string id = made_list(world, joined({1, 2}));
  world.handle(change_list(id, "REMOVE", joined({1})), kStart);
  ASSERT_TRUE(save_state(world, path).ok());
  World other;
  ASSERT_TRUE(load_state(other, path).ok());
  EXPECT_EQ(other.handle(get_list(id), kStart).body, world.handle(get_list(id), kStart).body);
  EXPECT_EQ(other.members(id)->sorted(), world.members(id)->sorted());
  EXPECT_NE(made_list(other, joined({3})), id);
}

TEST(Snapshot, brings_the_conversions_back) {
  const std::string path = testing::TempDir() + "sim_conversions.txt";
  World world({.keep_events = true});
  made_list(world, joined({1, 2}));
  world.handle(send_events({{}, {.id = "order-2", .source = "offline"}, {.id = ""}}), kStart);
  world.handle(send_events({{}}), kStart);
  ASSERT_TRUE(save_state(world, path).ok());
  World other({.keep_events = true});
  ASSERT_TRUE(load_state(other, path).ok());
  EXPECT_EQ(conversion_state_json(other.conversions()), conversion_state_json(world.conversions()));
  EXPECT_EQ(other.lists().all().size(), 1u);
  const Conversion& known = other.conversions().all().front();
  EXPECT_EQ(known.bytes, world.conversions().all().front().bytes);
  EXPECT_EQ(other.conversions().event_json(known), SampleEvent{}.json());
  other.handle(send_events({{}}), kStart);
  EXPECT_EQ(effective(other, "order-1"), 1u);
  EXPECT_EQ(violations(other, ViolationKind::kOtherBytes), 0u);
}

TEST(Snapshot, refuses_a_broken_file_and_takes_a_missing_one_for_empty) {
  World world;
  EXPECT_TRUE(load_state(world, testing::TempDir() + "sim_no_such_file").ok());
  const std::string path = testing::TempDir() + "sim_broken.txt";
  for (const char* text :
       {"nonsense\n", "{\"id\":\"1\"}\n", "{\"event_id\":\"1\"}\n", "{\"counts_of\":\"1\"}\n"}) {
    std::ofstream(path) << text;
    EXPECT_EQ(load_state(world, path).error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace pinrelay::sim
