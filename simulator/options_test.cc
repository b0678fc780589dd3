#include "simulator/options.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "simulator/sample_calls.h"
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
  const auto options =
      read_options({"--listen", "127.0.0.1:0", "--token", "a", "--token", "b", "--seed", "7", "--faults",
                    "heavy", "--no-limits", "--trial", "--processing", "2", "--unknown", "1200"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->port, 0);
  EXPECT_EQ(options->world.tokens, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options->world.seed, 7u);
  EXPECT_EQ(options->faults, FaultProfile::kHeavy);
  EXPECT_FALSE(options->world.limits.enabled);
  EXPECT_EQ(options->world.limits.ads_write, 300u);
  EXPECT_EQ(options->world.processing_time, Millis{2'000});
  EXPECT_EQ(options->world.unknown_window, Millis{1'200'000});
}

TEST(Options, that_make_no_sense_are_refused) {
  EXPECT_FALSE(read_options({"--fast"}).ok());
  EXPECT_FALSE(read_options({"--seed"}).ok());
  EXPECT_FALSE(read_options({"--seed", "x"}).ok());
  EXPECT_FALSE(read_options({"--listen", "7780"}).ok());
  EXPECT_FALSE(read_options({"--listen", "127.0.0.1:70000"}).ok());
  EXPECT_FALSE(read_options({"--faults", "some"}).ok());
  EXPECT_FALSE(read_options({"--tls-cert", "c.pem"}).ok());
}

TEST(Snapshot, brings_the_lists_back) {
  const std::string path = testing::TempDir() + "sim_state.txt";
  World world;
  const std::string id = made_list(world, joined({1, 2}));
  world.handle(change_list(id, "REMOVE", joined({1})), kStart);
  ASSERT_TRUE(save_lists(world, path).ok());
  World other;
  ASSERT_TRUE(load_lists(other, path).ok());
  EXPECT_EQ(other.handle(get_list(id), kStart).body, world.handle(get_list(id), kStart).body);
  EXPECT_EQ(other.members(id)->sorted(), world.members(id)->sorted());
  EXPECT_NE(made_list(other, joined({3})), id);
}

TEST(Snapshot, refuses_a_broken_file_and_takes_a_missing_one_for_empty) {
  World world;
  EXPECT_TRUE(load_lists(world, testing::TempDir() + "sim_no_such_file").ok());
  const std::string path = testing::TempDir() + "sim_broken.txt";
  for (const char* text : {"nonsense\n", "{\"id\":\"1\"}\n"}) {
    std::ofstream(path) << text;
    EXPECT_EQ(load_lists(world, path).error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace pinrelay::sim
