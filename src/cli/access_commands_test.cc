#include "admin/routes.h"
#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

class AccessCommands : public CommandTest {
 protected:
  Json newest() { return json({"audit", "list", "--limit", "1"})["entries"][0]; }
};

TEST_F(AccessCommands, every_route_of_the_api_is_a_command_with_those_options) {
  for (const admin::Route& route : admin::routes()) {
    if (route.by == admin::By::kSession) continue;  // those are for browsers
    if (route.by == admin::By::kLog) {
      EXPECT_TRUE(route.command.empty()) << "no command says the log";
      continue;
    }
    const auto command = std::ranges::find(commands(), route.command, &Command::name);
    ASSERT_NE(command, commands().end()) << route.command;
    EXPECT_EQ(command->changes, route.changes) << route.command;
    if (route.by == admin::By::kState) {
      EXPECT_FALSE(command->changes) << "it is asked every second: " << route.command;
      EXPECT_EQ(command->needs, Needs::kStore) << route.command;
    }
    size_t arguments = 0;
    bool secret = false;
    for (const admin::Parameter& parameter : route.parameters) {
      secret |= parameter.kind == admin::Kind::kSecret;
      const bool positional = parameter.is_argument();
      arguments += positional;
      if (positional || parameter.kind == admin::Kind::kSecret) continue;
      const std::string option = admin::option_name(parameter);
      const auto found = std::ranges::find(command->options, option, &Option::name);
      ASSERT_NE(found, command->options.end()) << route.command << " " << option;
      EXPECT_EQ(found->argument.empty(), parameter.kind == admin::Kind::kFlag)
          << route.command << " " << option;
    }
    const bool may_lack = command->arguments.starts_with('[');
    EXPECT_LE(arguments, command->arguments.empty() ? 0u : 1u) << route.command;
    EXPECT_GE(arguments, command->arguments.empty() || may_lack ? 0u : 1u) << route.command;
    EXPECT_EQ(secret, !command->asks_for.empty()) << route.command;
  }
}

TEST_F(AccessCommands, a_token_is_shown_once_and_kept_as_its_hash) {
  const Json made = json({"token", "add", "ci", "--role", "operator", "--expires", "90d"});
  const auto text = made["token"].get<std::string>();
  EXPECT_EQ(text.size(), 4u + 64u);
  EXPECT_EQ(fails({"token", "add", "ci"}), "name_taken");
  const Output listed = said({"token", "list"});
  EXPECT_EQ(listed.json["tokens"][0]["role"], "operator");
  EXPECT_EQ((listed.text + listed.json.dump() + said({"audit", "list"}).json.dump()).find(text.substr(4)),
            std::string::npos);
  EXPECT_EQ(fails({"token", "add", "x", "--role", "root"}), "bad_role");
  EXPECT_EQ(fails({"token", "add", "x", "--expires", "soon"}), "bad_span");
  said({"token", "revoke", "ci"});
  EXPECT_EQ(fails({"token", "revoke", "ci"}), "no_such_token");
}

TEST_F(AccessCommands, a_write_key_is_a_token_for_sending_alone) {
  config_.write_keys.push_back({"site", {}});
  const Json made = json({"write-key", "add", "shop", "--expires", "90d"});
  const auto text = made["key"].get<std::string>();
  EXPECT_TRUE(text.starts_with("prw_"));
  EXPECT_EQ(text.size(), 4u + 64u);
  EXPECT_FALSE(made.contains("role"));
  EXPECT_EQ(fails({"write-key", "add", "shop"}), "name_taken");
  EXPECT_EQ(fails({"write-key", "add", "site"}), "name_taken");
  EXPECT_EQ(fails({"write-key", "add", "x", "--expires", "9x"}), "bad_span");
  EXPECT_TRUE(json({"token", "list"})["tokens"].empty());
  json({"token", "add", "shop"});  // another kind, another name
  const Output listed = said({"write-key", "list"});
  ASSERT_EQ(listed.json["write_keys"].size(), 2u);
  EXPECT_EQ(listed.json["write_keys"][0]["kept_in"], "file");
  EXPECT_EQ(listed.json["write_keys"][1]["name"], "shop");
  EXPECT_TRUE(listed.json["write_keys"][1]["used_at"].is_null());
  EXPECT_EQ((listed.text + listed.json.dump() + said({"audit", "list"}).json.dump()).find(text.substr(4)),
            std::string::npos);
  EXPECT_EQ(fails({"write-key", "revoke", "site"}), "managed_by_file");
  said({"write-key", "revoke", "shop"});
  EXPECT_EQ(fails({"write-key", "revoke", "shop"}), "no_such_write_key");
  EXPECT_EQ(json({"token", "list"})["tokens"].size(), 1u);
}

TEST_F(AccessCommands, what_was_changed_stands_in_the_audit_log_with_its_outcome) {
  start_readers();
  said({"job", "pause", "readers"});
  EXPECT_EQ(newest()["action"], "job pause");
  EXPECT_EQ(newest()["object"], "readers");
  EXPECT_EQ(newest()["who"], "cli");
  EXPECT_EQ(newest()["outcome"], "done");
  fails({"job", "start", "nobody"});
  EXPECT_EQ(newest()["outcome"], "no_job");
  (void)run({"job", "retry", "readers", "--key", "anna@example.org"});
  EXPECT_EQ(newest()["action"], "job retry");
  EXPECT_EQ(newest()["detail"], "key=(a person)");
  const int64_t rows = json({"audit", "verify"})["rows"].get<int64_t>();
  said({"job", "show", "readers"});
  EXPECT_EQ(json({"audit", "verify"})["rows"], rows) << "looking is no change";
}

TEST_F(AccessCommands, it_tells_what_was_changed_from_what_to_what) {
  start_readers();
  said({"job", "pause", "readers"});
  EXPECT_EQ(newest()["changed"], Json({{"state", {"Running", "Paused"}}}));
  EXPECT_NE(said({"audit", "list"}).text.find("state: Running → Paused"), std::string::npos);
  said({"apply", configuration(std::string(kReaders) + "    label: Our readers\n")});
  EXPECT_EQ(newest()["changed"], Json({{"readers.settings/label", {"readers", "Our readers"}}}));
  said({"user", "add", "ada"});
  EXPECT_EQ(newest()["changed"]["role"], Json({nullptr, "viewer"}));
  said({"user", "edit", "ada", "--role", "operator"});
  EXPECT_EQ(newest()["changed"], Json({{"role", {"viewer", "operator"}}}));
  said({"user", "remove", "ada"});
  EXPECT_EQ(newest()["changed"]["role"], Json({"operator", nullptr}));
  said({"job", "resume", "readers"});
  said({"job", "flush", "readers"});
  EXPECT_EQ(newest()["changed"], Json::object());
  EXPECT_EQ(json({"audit", "verify"})["whole"], true);
}

TEST_F(AccessCommands, what_a_user_made_goes_and_shrinks_with_them) {
  for (const char* who : {"ada", "bo"}) said({"user", "add", who, "--role", "operator"});
  const auto make = [&](const char* name, const char* role, const char* by) {
    const Parsed parsed = parse({"token", "add", name, "--role", role});
    ASSERT_TRUE(execute(*context_, *parsed.command, parsed.arguments, {by, ""}).ok());
  };
  make("hers", "operator", "user ada");
  make("by-hers", "operator", "token hers");
  make("look", "viewer", "user ada");
  make("his", "operator", "user bo");
  const auto roles = [&] {
    std::map<std::string, std::string> out;
    const Json listed = json({"token", "list"});
    for (const Json& token : listed["tokens"]) out[token["name"]] = token["role"];
    return out;
  };
  EXPECT_EQ(json({"user", "edit", "ada", "--role", "viewer"})["tokens_lowered"], Json({"hers", "by-hers"}));
  EXPECT_EQ(roles(),
            (std::map<std::string, std::string>{
                {"hers", "viewer"}, {"by-hers", "viewer"}, {"look", "viewer"}, {"his", "operator"}}));
  EXPECT_EQ(json({"user", "edit", "ada", "--role", "operator"})["tokens_lowered"], Json::array())
      << "a higher role gives nothing back by itself";
  EXPECT_EQ(json({"user", "remove", "ada"})["tokens_ended"].size(), 3u);
  EXPECT_EQ(roles(), (std::map<std::string, std::string>{{"his", "operator"}}));
}

// Every command that changes something is in the log, whatever came of it.
TEST_F(AccessCommands, no_changing_command_is_missing_there) {
  int64_t rows = 0;
  for (const Command& command : commands()) {
    if (!command.changes) continue;
    std::vector<std::string> argv;
    std::istringstream words(command.name);
    for (std::string word; words >> word;) argv.push_back(word);
    if (!command.arguments.empty()) argv.push_back("7");
    (void)run(argv);
    EXPECT_EQ(json({"audit", "verify"})["rows"], ++rows) << command.name;
    EXPECT_EQ(newest()["action"], command.name);
  }
  EXPECT_GE(rows, 20);
}

TEST_F(AccessCommands, an_altered_audit_log_is_noticed) {
  start_readers();
  for (const char* verb : {"pause", "resume", "pause"}) said({"job", verb, "readers"});
  EXPECT_EQ(json({"audit", "verify"})["whole"], true);
  auto db = store::Db::open({.path = store_->directory() + "/pinrelay.db"}).value();
  const auto alter = [&](const char* sql) {
    store::Statement statement(*db, sql);
    statement.run();
  };
  alter("UPDATE audit SET who = 'nobody' WHERE number = 2");
  Json verified = run({"audit", "verify"}).value().json;
  EXPECT_EQ(verified["broken_at"], 2);
  alter("UPDATE audit SET who = 'cli', changed = '' WHERE number = 2");
  EXPECT_EQ(run({"audit", "verify"}).value().json["broken_at"], 2);
  alter("UPDATE audit SET changed = '{\"state\":[\"Running\",\"Paused\"]}' WHERE number = 2");
  EXPECT_EQ(json({"audit", "verify"})["whole"], true);
  alter("DELETE FROM audit WHERE number = 2");
  EXPECT_EQ(run({"audit", "verify"}).value().json["whole"], false);
}

TEST_F(AccessCommands, the_audit_log_fits_a_terminal_and_speaks_as_the_file_does) {
  start_readers();
  const std::string label(70, 'x');
  said({"apply", configuration(std::string(kReaders) + "    maid_case: upper\n    label: " + label + "\n" +
                               "    flush: {after: 7m}\n")});
  fails({"job", "start", "nobody"});
  const std::string text = said({"audit", "list"}).text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }), 80) << line;
  EXPECT_NE(text.find("maid_case: lower → upper"), std::string::npos) << text;
  EXPECT_NE(text.find("flush.after: 5m → 7m"), std::string::npos) << text;
  EXPECT_NE(text.find("job start nobody: refused: no_job"), std::string::npos) << text;
}

}  // namespace
}  // namespace pinrelay::cli
