#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/confirm.h"

namespace pinrelay::cli {
namespace {

// As a shell splits it, up to a redirection; without the name of the program.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words(1);
  char quote = 0;
  for (const char c : line) {
    if (quote == 0 && (c == '<' || c == '>' || c == '|')) break;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0 && c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  words.erase(words.begin());
  return words;
}

std::string name_of(const std::vector<std::string>& argv) {
  const Parsed parsed = parse(argv);
  if (parsed.instead) return parsed.instead->text;
  return parsed.command == nullptr ? "" : parsed.command->name;
}

TEST(Parse, the_example_of_every_command_is_that_command) {
  for (const Command& command : commands()) EXPECT_EQ(name_of(words_of(command.example)), command.name);
}

TEST(Parse, import_takes_a_file_unless_a_command_follows) {
  EXPECT_EQ(name_of({"import", "people.csv"}), "import file");
  EXPECT_EQ(name_of({"--config", "x.yaml", "import", "people.csv", "--key", "id"}), "import file");
  EXPECT_EQ(name_of({"--json", "import", "discard", "3"}), "import discard");
  EXPECT_EQ(name_of({"job", "show", "import", "--json"}), "job show") << "a job of that name";
}

TEST(Parse, options_of_an_import_may_stand_before_its_file) {
  EXPECT_EQ(name_of({"import", "--key", "id", "people.csv"}), "import file");
  EXPECT_EQ(name_of({"import", "--json", "--audience", "show", "--again", "people.csv"}), "import file");
  EXPECT_EQ(name_of({"import", "--json", "show", "3"}), "import show");
  EXPECT_EQ(parse({"import", "--key", "id", "people.csv"}).arguments.positional,
            std::vector<std::string>{"people.csv"});
  const Parsed missing = parse({"import", "--key", "id"});
  ASSERT_TRUE(missing.instead);
  EXPECT_EQ(missing.instead->exit_code, 2);
  EXPECT_NE(missing.instead->text.find("FILE"), std::string::npos) << missing.instead->text;
}

TEST(Parse, knows_the_usual_ways_to_ask_for_version_and_help) {
  EXPECT_EQ(name_of({"--version"}), "version");
  EXPECT_EQ(name_of({"--json", "--version"}), "version");
  EXPECT_EQ(name_of({"help"}), name_of({"--help"}));
  EXPECT_EQ(name_of({"help", "job"}), name_of({"job", "--help"}));
  EXPECT_EQ(name_of({"help", "job", "pause"}), name_of({"job", "pause", "--help"}));
  EXPECT_EQ(parse({"help", "job", "pause"}).instead->exit_code, 0);
}

TEST(Parse, the_line_with_yes_is_what_a_shell_reads_back) {
  EXPECT_EQ(line_with_yes({"job", "stop", "readers", "--config", "my file's.yaml"}),
            "pinrelay job stop readers --config 'my file'\\''s.yaml' --yes");
}

TEST(Parse, a_file_that_cannot_be_imported_has_failed) {
  EXPECT_EQ(exit_code({ErrorKind::kInvalid, "workbook", "", "people.xlsx", ""}), 1);
  EXPECT_EQ(exit_code({ErrorKind::kInvalid, "usage", "", "", ""}), 78);
}

}  // namespace
}  // namespace pinrelay::cli
