#include "cli/overview.h"

#include <gtest/gtest.h>

namespace pinrelay::cli {
namespace {

std::string text_of(const std::vector<std::string>& argv, int exit_code) {
  const auto output = overview(argv);
  if (!output) return "a command";
  EXPECT_EQ(output->exit_code, exit_code);
  return output->text;
}

TEST(Overview, without_a_command_it_shows_an_example_and_all_commands) {
  for (const auto& [argv, code] : std::vector<std::pair<std::vector<std::string>, int>>{
           {{}, 2}, {{"--help"}, 0}, {{"--config", "x.yaml", "-h"}, 0}}) {
    const std::string text = text_of(argv, code);
    EXPECT_LT(text.find("Example:"), text.find("Commands:"));
    for (const Command& command : commands()) EXPECT_NE(text.find("  " + command.name), std::string::npos);
  }
}

TEST(Overview, of_a_group_it_shows_the_groups_commands) {
  const std::string text = text_of({"job"}, 2);
  EXPECT_NE(text.find("job why KEY"), std::string::npos);
  EXPECT_EQ(text.find("field list"), std::string::npos);
  EXPECT_EQ(text_of({"job", "--help"}, 0), text);
}

TEST(Overview, a_misspelt_command_is_recognised) {
  EXPECT_NE(text_of({"versoin"}, 2).find("did you mean 'version'?"), std::string::npos);
  EXPECT_NE(text_of({"job", "puase", "readers"}, 2).find("did you mean 'job pause'?"), std::string::npos);
  EXPECT_NE(text_of({"jobs", "list"}, 2).find("did you mean 'job list'?"), std::string::npos);
  EXPECT_NE(text_of({"job", "start-now", "readers"}, 2).find("did you mean"), std::string::npos);
  EXPECT_NE(text_of({"aply", "pinrelay.yaml"}, 2).find("did you mean 'apply'?"), std::string::npos);
  EXPECT_NE(text_of({"auht"}, 2).find("did you mean 'auth'?"), std::string::npos);
  EXPECT_NE(text_of({"frobnicate"}, 2).find("'pinrelay --help' lists them"), std::string::npos);
}

TEST(Overview, a_command_is_left_to_the_parser) {
  for (const std::vector<std::string>& argv : {std::vector<std::string>{"job", "list"},
                                               {"--config", "job", "doctor"},
                                               {"import", "file", "people.csv"},
                                               {"job", "pause", "--help"}})
    EXPECT_EQ(text_of(argv, 0), "a command");
}

}  // namespace
}  // namespace pinrelay::cli
