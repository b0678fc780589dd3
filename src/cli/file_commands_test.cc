#include <filesystem>

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

TEST_F(FileCommands, lint_names_every_secret_whose_file_cannot_serve) {
  write_file(folder_ / "empty", "");
  const std::string path = configuration(kReaders,
                                         "write_keys:\n  - {name: site, key: {file: secrets/site.key}}\n"
                                         "  - {name: shop, key: {file: empty}}\n"
                                         "  - {name: unit, key: {credential: of-systemd}}\n"
                                         "master_key: {file: made-when-needed}\n");
  const Output output = said({"lint", path});
  EXPECT_EQ(output.exit_code, 78);
  ASSERT_EQ(output.json["problems"].size(), 2u) << output.text;
  const Json& missing = output.json["problems"][0];
  EXPECT_EQ(missing["path"], "write_keys[0].key");
  EXPECT_EQ(missing["line"], 3);
  EXPECT_EQ(missing["code"], "bad_secret_file");
  EXPECT_NE(output.text.find(folder_ / "secrets/site.key"), std::string::npos) << output.text;
  EXPECT_NE(missing["fix"].get<std::string>().find("0600"), std::string::npos);
  EXPECT_EQ(output.json["problems"][1]["path"], "write_keys[1].key");
}

TEST_F(FileCommands, the_old_form_of_identifiers_is_a_warning_everywhere_with_the_new_line) {
  std::string jobs(kReaders);
  jobs.replace(jobs.find("[{email: email}]"), 16, "{email: email}");
  const std::string path = configuration(jobs), line = "identifiers: [{email: email}]";
  // Others are about names that nobody has used yet.
  const auto of_identifiers = [](const Output& output) {
    return std::ranges::count_if(output.json["warnings"], [](const Json& warning) {
      return warning.get<std::string>().find("identifiers") != std::string::npos;
    });
  };
  for (const char* command : {"lint", "plan", "apply"}) {
    const Output output = said({command, path});
    EXPECT_EQ(of_identifiers(output), 1) << command;
    EXPECT_NE(output.text.find("warning: "), std::string::npos) << command;
    EXPECT_NE(output.text.find(line), std::string::npos) << output.text;
  }
  EXPECT_EQ(said({"lint", path}).exit_code, 0);
  EXPECT_NE(said({"job", "export", "readers"}).text.find(line), std::string::npos);
  const std::string settings =
      R"({"type":"audience_export","authorization":"acme","audience":"A","ad_account":"1","identifiers":{"email":"mail"}})";
  const Output put = said({"job", "put", "draft", "--settings", settings});
  EXPECT_NE(put.json["warnings"][0].get<std::string>().find("[{mail: email}]"), std::string::npos)
      << put.text;
  EXPECT_EQ(of_identifiers(said({"lint", configuration(kReaders)})), 0);
}

TEST_F(FileCommands, a_file_alone_is_the_whole_configuration) {
  ::unsetenv("PINRELAY_CONFIG");
  const auto store_for = [&](const std::vector<std::string>& argv) {
    Parsed parsed = parse(argv);
    parsed.arguments.directory = folder_.path();
    const auto config = configuration_for(parsed);
    return config.ok() ? config->store : config.error().code;
  };
  write_file(folder_ / "whole.yaml", "store: ./of-whole\n");
  write_file(folder_ / "jobs.yaml", "authorizations: []\n");
  write_file(folder_ / "usual.yaml", "store: ./usual\n");
  for (const char* command : {"apply", "plan"}) {
    EXPECT_EQ(store_for({command, "whole.yaml"}), folder_ / "of-whole");
    EXPECT_EQ(store_for({command, "jobs.yaml"}), folder_ / "pinrelay-data") << "there is no other";
    EXPECT_EQ(store_for({command, "whole.yaml", "--config", folder_ / "usual.yaml"}), folder_ / "usual");
    ::setenv("PINRELAY_CONFIG", (folder_ / "usual.yaml").c_str(), 1);
    EXPECT_EQ(store_for({command, "whole.yaml"}), folder_ / "of-whole");
    EXPECT_EQ(store_for({command, "jobs.yaml"}), folder_ / "usual")
        << "what 'job export' wrote names no store";
    ::unsetenv("PINRELAY_CONFIG");
  }
  EXPECT_EQ(store_for({"job", "list"}), "unreadable_file") << "no other command has a file to go by";
}

TEST_F(FileCommands, init_makes_what_a_first_start_needs_and_overwrites_nothing) {
  ::unsetenv("PINRELAY_CONFIG");
  std::filesystem::remove(folder_ / "pinrelay.yaml");
  const auto mode = [&](const char* name) {
    struct stat file {};
    return ::stat((folder_ / name).c_str(), &file) == 0 ? file.st_mode & 07777 : 0;
  };
  const Output made = said({"init", "--ad-account", "549755885175"});
  EXPECT_EQ(mode("secrets"), 0700u);
  EXPECT_EQ(mode("secrets/website.key"), 0600u);
  EXPECT_EQ(mode("secrets/pinterest.token"), 0600u);
  EXPECT_EQ(read_file(folder_ / "secrets/website.key").size(), 65u);
  EXPECT_EQ(made.json["made"].size(), 3u);
  EXPECT_NE(made.text.find("pinrelay apply pinrelay.yaml --start"), std::string::npos) << made.text;
  // Only the token is missing, and lint says so.
  const Output before = said({"lint", "pinrelay.yaml"});
  ASSERT_EQ(before.json["problems"].size(), 1u) << before.text;
  EXPECT_EQ(before.json["problems"][0]["path"], "authorizations[0].token");
  write_file(folder_ / "secrets/pinterest.token", "pina_test\n");
  EXPECT_EQ(said({"lint", "pinrelay.yaml"}).exit_code, 0) << said({"lint", "pinrelay.yaml"}).text;

  const std::string key = read_file(folder_ / "secrets/website.key"),
                    file = read_file(folder_ / "pinrelay.yaml");
  EXPECT_EQ(fails({"init"}), "configuration_exists");
  EXPECT_EQ(read_file(folder_ / "pinrelay.yaml"), file);
  std::filesystem::remove(folder_ / "pinrelay.yaml");
  const Output again = said({"init"});
  EXPECT_EQ(again.json["kept"].size(), 2u);
  EXPECT_EQ(read_file(folder_ / "secrets/website.key"), key);
  EXPECT_EQ(read_file(folder_ / "secrets/pinterest.token"), "pina_test\n");
  const Output unfinished = said({"lint", "pinrelay.yaml"});
  ASSERT_EQ(unfinished.json["problems"].size(), 1u) << unfinished.text;
  EXPECT_EQ(unfinished.json["problems"][0]["path"], "jobs[0].ad_account");
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
