#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/config.h"

namespace pinrelay::config {
namespace {

// A folder of its own for each test, removed after it.
class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() {
    std::string pattern = testing::TempDir() + "pinrelay_config_XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~ConfigFiles() override {
    unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(folder_);
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  std::string error_of(const std::string& text) const {
    const auto secret = read_secret({write("secret", text), ""});
    return secret.ok() ? "" : secret.error().code;
  }

  std::string folder_;
};

TEST_F(ConfigFiles, are_read_with_paths_relative_to_them) {
  const auto loaded = load_config_file(write("pinrelay.yaml", "store: ./data\n"));
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded->problems.empty());
  EXPECT_EQ(loaded->config.store, folder_ + "/data");
}

TEST_F(ConfigFiles, are_reported_when_they_do_not_exist_or_are_folders) {
  const auto missing = load_config_file(folder_ + "/none.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(missing.error().where, folder_ + "/none.yaml");
  const auto folder = load_config_file(folder_);
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().kind, ErrorKind::kUnavailable);
}

TEST_F(ConfigFiles, beyond_the_limit_are_refused_without_being_read_whole) {
  const auto loaded = load_config_file(write("large.yaml", std::string(3'000'000, '#')));
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded->problems.size(), 1u);
  EXPECT_EQ(loaded->problems[0].code, "too_large");
}

TEST_F(ConfigFiles, give_secrets_without_the_white_space_around_them) {
  const auto secret = read_secret({write("secret", "  pina_example \r\n"), ""});
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(*secret, "pina_example");
}

TEST_F(ConfigFiles, that_hold_no_usable_secret_are_refused) {
  EXPECT_EQ(error_of(" \n"), "secret_empty");
  EXPECT_EQ(error_of("two words"), "secret_not_one_word");
  EXPECT_EQ(error_of("one\r\nx-header: two"), "secret_not_one_word");
  EXPECT_EQ(error_of(std::string(64 * 1024 + 1, 'x')), "secret_too_large");
  EXPECT_EQ(error_of(std::string(64 * 1024, 'x')), "");
}

TEST_F(ConfigFiles, with_a_refused_secret_do_not_show_it) {
  const auto secret = read_secret({write("secret", "hunter2 hunter2"), ""});
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().text().find("hunter2"), std::string::npos);
  EXPECT_NE(secret.error().text().find(folder_), std::string::npos);
}

TEST_F(ConfigFiles, of_systemd_credentials_are_found_by_name) {
  const std::string text = "write_keys: [{name: a, key: {credential: web.key}}]\n";
  write("web.key", "example");
  setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  const Loaded loaded = load_config(text, "/elsewhere");
  ASSERT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.write_keys.at(0).key.path, folder_ + "/web.key");
  const auto secret = read_secret(loaded.config.write_keys.at(0).key);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(*secret, "example");
}

TEST_F(ConfigFiles, of_credentials_are_asked_for_only_when_they_are_read) {
  unsetenv("CREDENTIALS_DIRECTORY");
  const Loaded loaded = load_config("write_keys: [{name: a, key: {credential: web.key}}]\n", "");
  ASSERT_TRUE(loaded.problems.empty());
  const auto secret = read_secret(loaded.config.write_keys.at(0).key);
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code, "no_credentials");
  EXPECT_NE(secret.error().text().find("web.key"), std::string::npos);
}

}  // namespace
}  // namespace pinrelay::config
