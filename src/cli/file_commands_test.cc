#include "cli/cli_testing.h"
#include "cli/handlers.h"
#include "cli/reference.h"

namespace pinrelay::cli {
namespace {

struct FileCommands : CommandTest {};

TEST_F(FileCommands, lint_tells_all_problems_at_once) {
  EXPECT_EQ(said({"lint", configuration(kReaders)}).exit_code, 0);
  const Output output = said({"lint", configuration("\n  - name: Readers!\n    colour: red\n")});
  EXPECT_EQ(output.exit_code, 78);
  EXPECT_EQ(output.json["ok"], false);
  EXPECT_GE(output.json["problems"].size(), 2u);
  EXPECT_TRUE(output.json["problems"][0]["line"].is_number());
  EXPECT_FALSE(run({"lint", "nothing.yaml"}).ok());
}

TEST_F(FileCommands, a_wrong_configuration_is_an_error_with_every_problem) {
  const auto loaded = load_configuration(configuration("\n  - name: Readers!\n    colour: red\n"));
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(exit_code(loaded.error()), 78);
  EXPECT_NE(loaded.error().message.find("colour"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("Readers!"), std::string::npos);
}

TEST_F(FileCommands, the_configuration_is_the_given_one_then_the_environments_then_the_default) {
  ::unsetenv("PINRELAY_CONFIG");
  EXPECT_EQ(configuration_path(""), "pinrelay.yaml");
  ::setenv("PINRELAY_CONFIG", "there.yaml", 1);
  EXPECT_EQ(configuration_path(""), "there.yaml");
  EXPECT_EQ(configuration_path("here.yaml"), "here.yaml");
  ::unsetenv("PINRELAY_CONFIG");
}

TEST_F(FileCommands, docs_are_written_and_compared) {
  EXPECT_EQ(said({"docs", "reference", "--check"}).exit_code, 1);
  EXPECT_EQ(said({"docs", "reference"}).exit_code, 0);
  EXPECT_EQ(said({"docs", "reference", "--check"}).exit_code, 0);
  write_file(folder_ / "reference/cli.md", "changed");
  const Output output = said({"docs", "reference", "--check"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_EQ(output.json["different"], Json::array({"cli.md"}));
}

TEST_F(FileCommands, the_pages_name_every_command_option_and_reason) {
  std::string all;
  for (const ReferencePage& page : reference_pages()) all += page.text;
  for (const Command& command : commands()) {
    EXPECT_NE(all.find("## " + command.name + "\n"), std::string::npos) << command.name;
    for (const Option& option : command.options)
      EXPECT_NE(all.find("`--" + option.name), std::string::npos) << option.name;
  }
  for (const exports::ReasonInfo& info : exports::kReasons) {
    if (info.reason == exports::Reason::kNone) continue;
    EXPECT_NE(all.find("`" + std::string(info.name) + "`"), std::string::npos) << info.name;
  }
}

TEST_F(FileCommands, the_version_is_told) { EXPECT_TRUE(said({"version"}).text.starts_with("pinrelay ")); }

}  // namespace
}  // namespace pinrelay::cli
