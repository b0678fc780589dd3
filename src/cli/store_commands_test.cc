#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

struct StoreCommands : CommandTest {
  Json check(const std::string& name) {
    const Json answer = json({"doctor"});
    for (const Json& check : answer["checks"])
      if (check["name"] == name) return check;
    return nullptr;
  }
};

TEST_F(StoreCommands, doctor_finds_a_healthy_store_healthy) {
  member("u1", "a@example.org");
  start_readers();
  const Output output = said({"doctor"});
  EXPECT_EQ(output.exit_code, 0) << output.text;
  EXPECT_EQ(output.json["problems"], 0);
  EXPECT_GE(output.json["checks"].size(), 12u);
  for (const char* name : {"store integrity", "disk space", "inbox", "token of acme", "Pinterest", "clock",
                           "versions", "change log"})
    EXPECT_EQ(check(name)["level"], "ok") << name;
  EXPECT_EQ(check("service")["level"], "warning");
  for (const Json& check : output.json["checks"])
    EXPECT_EQ(check["fix"] == "", check["level"] == "ok") << check;
}

TEST_F(StoreCommands, doctor_finds_secrets_that_are_missing_or_open_to_others) {
  ::chmod((folder_ / "token").c_str(), 0644);
  EXPECT_EQ(check("token of acme")["level"], "warning");
  std::filesystem::remove(folder_ / "token");
  EXPECT_EQ(check("token of acme")["level"], "problem");
  EXPECT_EQ(said({"doctor"}).exit_code, 1);
}

TEST_F(StoreCommands, doctor_finds_folders_that_a_group_may_write_into) {
  EXPECT_EQ(check("store folder")["level"], "ok");
  ::chmod(folder_.path().c_str(), 0770);
  EXPECT_EQ(check("store folder")["level"], "warning");
  EXPECT_EQ(check("store folder")["fix"], "chmod g-w " + folder_.path());
  ::chmod(folder_.path().c_str(), 0700);
}

TEST_F(StoreCommands, that_clear_text_is_let_in_is_said_wherever_somebody_looks) {
  start_readers();
  EXPECT_EQ(check("listening")["level"], "ok");
  EXPECT_EQ(said({"job", "list"}).text.find("Plain HTTP"), std::string::npos);
  config_.plain_http = true;
  EXPECT_EQ(check("listening")["level"], "warning");
  EXPECT_NE(check("listening")["fix"].get<std::string>().find("trusted_proxies"), std::string::npos);
  EXPECT_NE(said({"job", "list"}).text.find("Plain HTTP"), std::string::npos);
  EXPECT_NE(said({"job", "show", "readers"}).text.find("Plain HTTP"), std::string::npos);
}

TEST_F(StoreCommands, doctor_finds_damage) {
  member("u1", "a@example.org");
  std::string damaged = read_file(config_.store + "/pinrelay.db");
  std::string log = read_file(config_.store + "/pinrelay.db-wal");
  ASSERT_FALSE(log.empty());
  const size_t at = log.find("u1");
  ASSERT_NE(at, std::string::npos);
  context_.reset(), importer_.reset(), engine_.reset(), store_.reset();  // plays the log into the database
  damaged = read_file(config_.store + "/pinrelay.db");
  const size_t value = damaged.find("a@example.org");
  ASSERT_NE(value, std::string::npos);
  damaged[value] = 'b';
  write_file(config_.store + "/pinrelay.db", damaged);
  open();
  EXPECT_EQ(check("store integrity")["level"], "problem");
  EXPECT_NE(check("store integrity")["fix"].get<std::string>().find("restore"), std::string::npos);
}

TEST_F(StoreCommands, doctor_finds_failed_jobs_and_simulators_and_clocks) {
  member("u1", "a@example.org");
  pinterest_.answer = [](const http::Request&) {
    return std::pair{404, std::string(R"({"code":1001,"message":"gone"})")};
  };
  start_readers();
  EXPECT_EQ(check("job readers")["level"], "problem");
  config_.pinterest_base_url = "http://localhost:9/v5";
  EXPECT_EQ(check("Pinterest")["level"], "warning");
  clock_.step(-std::chrono::hours(1));
  EXPECT_EQ(check("clock")["level"], "warning");
  clock_.step(-std::chrono::hours(24 * 365 * 40));
  EXPECT_EQ(check("clock")["level"], "problem");
}

TEST_F(StoreCommands, doctor_names_jobs_that_fall_behind_the_change_log) {
  start_readers();
  said({"job", "pause", "readers"});
  member("u1", "a@example.org");
  EXPECT_EQ(check("change log")["level"], "ok");
  clock_.advance(std::chrono::hours(24 * 8));
  EXPECT_EQ(check("change log")["level"], "warning");
}

TEST_F(StoreCommands, doctor_knows_write_keys_of_the_store) {
  const auto says_none = [&] {
    return check("configuration")["result"].get<std::string>().find("without a write key") !=
           std::string::npos;
  };
  EXPECT_TRUE(says_none());
  said({"write-key", "add", "shop", "--expires", "1d"});
  EXPECT_FALSE(says_none());
  EXPECT_EQ(check("write key shop")["level"], "ok");
  clock_.advance(Millis{25 * 3'600'000});
  EXPECT_TRUE(says_none()) << "an expired key lets nobody in";
  EXPECT_EQ(check("write key shop")["level"], "warning");
}

}  // namespace
}  // namespace pinrelay::cli
