#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

struct BackupCommands : CommandTest {
  // 'restore' looks at the system's clock.
  BackupCommands() { clock_.step(make_system_clock()->now() - clock_.now()); }
  std::string path_ = configuration(kReaders);

  void end_process() { context_.reset(), importer_.reset(), engine_.reset(), store_.reset(); }
  void lose_store() {
    end_process();
    std::filesystem::remove_all(config_.store);
  }
  std::vector<std::string> restore_line(std::vector<std::string> more = {}) {
    std::vector<std::string> line = {"restore", "copy", "--config", path_};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }
  // As an earlier version made them: two databases in clear.
  void back_up_unsealed() {
    ASSERT_TRUE(store::Store::backup(config_.store, folder_ / "copy", clock_.now()).ok());
  }
  Json check(const std::string& name) {
    const Json answer = json({"doctor"});
    for (const Json& each : answer["checks"])
      if (each["name"] == name) return each;
    return nullptr;
  }
};

TEST_F(BackupCommands, a_backup_comes_back_with_paused_jobs) {
  member("u1", "a@example.org");
  start_readers();
  const Json backup = json({"backup", "copy"});
  EXPECT_EQ(backup["folder"], folder_ / "copy");
  EXPECT_GT(backup["bytes"], 0);
  EXPECT_EQ(fails({"backup", "copy"}), "target_exists");
  EXPECT_EQ(fails(restore_line()), "store_in_use");
  end_process();
  EXPECT_EQ(fails(restore_line()), "target_exists");
  std::filesystem::remove_all(config_.store);
  EXPECT_EQ(fails({"restore", "nothing", "--config", path_}), "no_store");
  const Output restored = said(restore_line());
  EXPECT_NE(restored.text.find("paused"), std::string::npos);
  open();
  EXPECT_EQ(show()["state"], "Paused");
  EXPECT_EQ(show()["reason_code"], "restored");
  EXPECT_EQ(json({"profile", "show", "u1"})["exists"], true);
}

TEST_F(BackupCommands, a_backup_is_one_sealed_file_and_says_what_opens_it) {
  member("u1", "canary@example.org");
  EXPECT_NE(check("backups")["result"].get<std::string>().find("is made"), std::string::npos);
  const Output made = said({"backup", "copy"});
  EXPECT_EQ(made.json["opened_by"], config_.store + ".key");
  for (const std::string& word : {config_.store + ".key", made.json["key"].get<std::string>()}) {
    EXPECT_NE(made.text.find(word), std::string::npos);
    EXPECT_NE(check("backups")["result"].get<std::string>().find(word), std::string::npos);
  }
  std::set<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "copy")) {
    files.insert(file.path().filename());
    EXPECT_EQ(read_file(file.path()).find("canary"), std::string::npos);
  }
  EXPECT_EQ(files, std::set<std::string>{"pinrelay.backup"});
  EXPECT_FALSE(std::filesystem::exists(config_.store + store::kCopyFolder)) << "the copy in clear";
}

TEST_F(BackupCommands, what_a_backup_that_was_cut_off_left_in_clear_goes_at_the_start) {
  end_process();
  std::filesystem::create_directory(config_.store + store::kCopyFolder);
  write_file(config_.store + store::kCopyFolder + "/pinrelay.db", "canary");
  open();
  EXPECT_FALSE(std::filesystem::exists(config_.store + store::kCopyFolder));
}

TEST_F(BackupCommands, without_its_key_a_backup_does_not_open_and_with_an_old_one_that_was_kept_it_does) {
  member("u1", "a@example.org");
  said({"backup", "copy"});
  said({"auth", "rotate-key", "--keep", "30d"});
  const std::string keys = read_file(config_.store + ".key");
  lose_store();
  write_file(config_.store + ".key", std::string(64, 'a') + "\n");
  EXPECT_EQ(fails(restore_line()), "other_master_key");
  std::filesystem::remove(config_.store + ".key");
  EXPECT_EQ(fails(restore_line()), "no_master_key");
  EXPECT_FALSE(std::filesystem::exists(config_.store + "/pinrelay.db"));
  write_file(config_.store + ".key", keys);
  ::chmod((config_.store + ".key").c_str(), 0600);
  said(restore_line());
  open();
  EXPECT_EQ(json({"profile", "show", "u1"})["exists"], true);
}

TEST_F(BackupCommands, an_altered_backup_replaces_nothing) {
  member("u1", "a@example.org");
  said({"backup", "copy"});
  lose_store();
  const std::string file = folder_ / "copy/pinrelay.backup", good = read_file(file);
  for (const size_t at : {size_t{60}, good.size() / 2, good.size() - 1}) {
    std::string altered = good;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    write_file(file, altered);
    EXPECT_EQ(fails(restore_line()), "backup_damaged") << at;
    EXPECT_FALSE(std::filesystem::exists(config_.store + "/pinrelay.db"));
    EXPECT_FALSE(std::filesystem::exists(config_.store + "/pinrelay.db.part"));
  }
  write_file(file, good);
  said(restore_line());
}

TEST_F(BackupCommands, a_passphrase_opens_a_backup_without_the_master_key) {
  member("u1", "a@example.org");
  const std::string phrase = folder_ / "phrase", wrong = folder_ / "wrong";
  write_file(phrase, "quiet ladder amber fjord\n");
  write_file(wrong, "quiet ladder amber fjor\n");
  ::chmod(wrong.c_str(), 0600);
  ::chmod(phrase.c_str(), 0644);
  EXPECT_EQ(fails({"backup", "copy", "--passphrase-file", phrase}), "passphrase_open");
  ::chmod(phrase.c_str(), 0600);
  const Output made = said({"backup", "copy", "--passphrase-file", phrase});
  EXPECT_NE(made.text.find(phrase), std::string::npos);
  lose_store();
  std::filesystem::remove(config_.store + ".key");
  EXPECT_EQ(fails(restore_line()), "passphrase_needed");
  EXPECT_EQ(fails(restore_line({"--passphrase-file", wrong})), "wrong_passphrase");
  said(restore_line({"--passphrase-file", phrase}));
  open();
  EXPECT_EQ(json({"profile", "show", "u1"})["exists"], true);
}

TEST_F(BackupCommands, a_passphrase_that_is_easily_guessed_is_refused) {
  write_file(folder_ / "phrase", "123456789012\n");
  ::chmod((folder_ / "phrase").c_str(), 0600);
  EXPECT_EQ(fails({"backup", "copy", "--passphrase-file", "phrase"}), "weak_password");
}

TEST_F(BackupCommands, an_unsealed_backup_is_taken_only_when_that_is_said) {
  member("u1", "a@example.org");
  back_up_unsealed();
  lose_store();
  EXPECT_EQ(fails(restore_line()), "unsealed_backup");
  EXPECT_EQ(fails(restore_line({"--unsealed-backup"})), "afterwards_needed");
  said(restore_line({"--unsealed-backup", "--without-afterwards"}));
  open();
  EXPECT_EQ(json({"profile", "show", "u1"})["exists"], true);
}

// People in an import, tokens and keys by commands: what happens after the backup holds after the restore.
TEST_F(BackupCommands, erasures_and_revocations_after_a_backup_survive_its_restore) {
  member("u1", "a@example.org");
  member("u2", "b@example.org");
  start_readers();
  said({"token", "add", "ci", "--role", "admin"});
  said({"token", "add", "reports"});
  said({"write-key", "add", "shop"});
  said({"backup", "copy"});
  rows({{.type = store::ChangeType::kDelete, .key = "u1"}});
  said({"token", "revoke", "ci"});
  lose_store();
  const Output restored = said(restore_line());
  EXPECT_EQ(restored.json["erased"], 1);
  EXPECT_EQ(restored.json["revoked"], 1);
  EXPECT_EQ(restored.json["suspended"], 2);
  open();
  work();
  EXPECT_EQ(json({"profile", "show", "u1"})["exists"], false);
  const Json tokens = json({"token", "list"})["tokens"];
  ASSERT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens[0]["name"], "reports");
  EXPECT_EQ(tokens[0]["suspended"], true);
  const int64_t removed = pinterest_.sent("REMOVE");
  said({"job", "resume", "readers"});
  pass(std::chrono::minutes(30));
  EXPECT_EQ(pinterest_.sent("REMOVE"), removed + 1) << "from the list, too";

  EXPECT_EQ(check("restore")["level"], "warning");
  EXPECT_NE(said({"job", "list"}).text.find("restore --confirm"), std::string::npos);
  const auto asked = run({"suspended", "confirm"});
  ASSERT_FALSE(asked.ok());
  EXPECT_EQ(asked.error().code, "not_confirmed");
  for (const char* name : {"reports (viewer)", "shop"})
    EXPECT_NE(asked.error().message.find(name), std::string::npos) << asked.error().message;
  said({"suspended", "confirm", "--yes"});
  EXPECT_EQ(json({"token", "list"})["tokens"][0]["suspended"], false);
  EXPECT_EQ(check("restore")["level"], "ok");
  EXPECT_EQ(fails({"suspended", "confirm", "--yes"}), "nothing_suspended");
  said({"token", "add", "next"});
  EXPECT_EQ(json({"token", "list"})["tokens"][1]["suspended"], false);
}

TEST_F(BackupCommands, without_the_file_of_afterwards_a_restore_says_what_comes_back) {
  member("u1", "a@example.org");
  said({"backup", "copy"});
  lose_store();
  const std::string file = config_.store + ".afterwards", kept = read_file(file);
  std::filesystem::remove(file);
  const auto refused = run(restore_line());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "afterwards_needed");
  EXPECT_NE(refused.error().fix.find("erased"), std::string::npos);
  const Output restored = said(restore_line({"--without-afterwards"}));
  EXPECT_NE(restored.text.find("Not everything"), std::string::npos);
  EXPECT_EQ(read_file(file), kept) << "the backup's copy stands in";
}

}  // namespace
}  // namespace pinrelay::cli
