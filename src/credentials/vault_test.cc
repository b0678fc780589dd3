#include "credentials/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "store/store_testing.h"

namespace pinrelay::credentials {
namespace {

constexpr Place kPlace{"authorization", 7, "access", 3};
constexpr Time kNow = store::kNoon;
const Secret kToken{std::string_view("pina_the_token")};

class VaultTest : public testing::Test {
 protected:
  VaultTest() { EXPECT_TRUE(vault_.ready(false).ok()); }
  std::string key_file() const { return folder_ / "master.key"; }
  static std::string code(const Result<Secret>& opened) { return opened.ok() ? "" : opened.error().code; }

  store::TempDirectory folder_;
  Vault vault_{folder_ / "master.key"};
};

TEST_F(VaultTest, gives_back_what_it_sealed_and_shows_nothing_of_it) {
  const Bytes sealed = vault_.seal(kPlace, kToken).value();
  EXPECT_EQ(vault_.open(kPlace, sealed).value(), kToken);
  EXPECT_EQ(std::string(sealed.begin(), sealed.end()).find("pina"), std::string::npos);
  EXPECT_NE(vault_.seal(kPlace, kToken).value(), sealed) << "the same secret looks different each time";
  struct stat file {};
  ASSERT_EQ(::stat(key_file().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(VaultTest, opens_nothing_that_was_moved_or_altered) {
  const Bytes sealed = vault_.seal(kPlace, kToken).value();
  for (const Place& other : {Place{"other", 7, "access", 3}, Place{"authorization", 8, "access", 3},
                             Place{"authorization", 7, "refresh", 3}, Place{"authorization", 7, "access", 2}})
    EXPECT_EQ(code(vault_.open(other, sealed)), "secret_damaged");
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] ^= 1;
    EXPECT_FALSE(vault_.open(kPlace, altered).ok()) << i;
    EXPECT_FALSE(vault_.open(kPlace, ByteView(sealed).first(i)).ok()) << i;
  }
}

TEST_F(VaultTest, opens_nothing_without_the_key_it_was_sealed_by) {
  const Bytes sealed = vault_.seal(kPlace, kToken).value();
  Vault other(folder_ / "other.key");
  ASSERT_TRUE(other.ready(false).ok());
  EXPECT_EQ(code(other.open(kPlace, sealed)), "other_master_key");
  Vault none(folder_ / "none.key");
  EXPECT_EQ(code(none.open(kPlace, sealed)), "no_master_key");
  EXPECT_FALSE(none.ready(true).ok()) << "a missing key is not replaced while something is sealed by it";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.key"));
}

TEST_F(VaultTest, refuses_a_key_that_others_may_read) {
  ::chmod(key_file().c_str(), 0640);
  Vault vault(key_file());
  EXPECT_EQ(vault.ready(true).error().code, "master_key_open");
}

TEST_F(VaultTest, refuses_a_folder_in_which_others_could_exchange_the_key) {
  ::chmod(folder_.path().c_str(), 0703);
  EXPECT_EQ(Vault(key_file()).ready(true).error().code, "folder_open");
  EXPECT_EQ(Vault(folder_ / "next.key").ready(false).error().code, "folder_open") << "nor is one made there";
  ::chmod(folder_.path().c_str(), 01777);
  EXPECT_TRUE(Vault(key_file()).ready(true).ok());
  ::chmod(folder_.path().c_str(), 0700);
}

TEST_F(VaultTest, refuses_a_file_that_holds_no_key) {
  for (const char* text : {"", "abc", "zz\n", "\n", "kept 1 00\n"}) {
    std::ofstream(key_file(), std::ios::trunc) << text;
    Vault vault(key_file());
    EXPECT_EQ(vault.ready(false).error().code, "master_key_wrong") << text;
  }
}

// A kill between any two steps leaves a file by which everything opens.
TEST_F(VaultTest, changes_its_key_in_steps_that_each_leave_everything_readable) {
  const Bytes sealed = vault_.seal(kPlace, kToken).value();
  ASSERT_TRUE(vault_.add_key().ok());
  Vault between(key_file());
  EXPECT_EQ(between.open(kPlace, sealed).value(), kToken);
  EXPECT_FALSE(between.sealed_by_first(sealed));
  const Bytes wrapped_anew = between.rewrap(kPlace, sealed).value();
  EXPECT_TRUE(between.sealed_by_first(wrapped_anew));
  ASSERT_TRUE(between.drop_old_keys(kNow, kNow).ok());
  Vault after(key_file());
  EXPECT_EQ(after.open(kPlace, wrapped_anew).value(), kToken);
  EXPECT_EQ(code(after.open(kPlace, sealed)), "other_master_key");
}

TEST_F(VaultTest, keeps_an_old_key_sealed_until_the_time_it_was_told_and_through_the_next_change) {
  const Bytes sealed = vault_.seal(kPlace, kToken).value();
  const std::string first = store::read_file(key_file());
  const KeyId id = vault_.backup_key().value()->id;
  const auto rotate = [&](Millis keep) {
    Vault vault(key_file());
    ASSERT_TRUE(vault.ready(true).ok());
    ASSERT_TRUE(vault.add_key().ok());
    ASSERT_TRUE(vault.drop_old_keys(kNow + keep, kNow).ok());
  };
  rotate(std::chrono::hours(48));
  rotate(std::chrono::hours(24));
  EXPECT_EQ(store::read_file(key_file()).find(first.substr(0, 64)), std::string::npos) << "in clear";
  Vault after(key_file());
  EXPECT_EQ(after.open(kPlace, sealed).value(), kToken);
  EXPECT_EQ(after.keys().value(), 1u);
  ASSERT_EQ(after.kept().value().size(), 2u);
  ASSERT_TRUE(after.forget_kept(kNow + std::chrono::hours(24)).ok());
  ASSERT_EQ(after.kept().value().size(), 1u);
  EXPECT_EQ(after.kept().value()[0].id, id) << "the older one was to be kept for longer";
  ASSERT_TRUE(after.forget_kept(kNow + std::chrono::hours(48)).ok());
  EXPECT_EQ(code(Vault(key_file()).open(kPlace, sealed)), "other_master_key");
}

TEST_F(VaultTest, a_backup_key_belongs_to_its_master_key_and_is_another_one) {
  const KeyPointer key = vault_.backup_key().value();
  EXPECT_TRUE(std::ranges::equal(key->view(), vault_.backup_key(key->id).value()->view()));
  EXPECT_EQ(store::read_file(key_file()).find(to_hex(key->view())), std::string::npos);
  ASSERT_TRUE(vault_.add_key().ok());
  EXPECT_FALSE(std::ranges::equal(key->view(), vault_.backup_key().value()->view()));
  EXPECT_TRUE(std::ranges::equal(key->view(), vault_.backup_key(key->id).value()->view()));
  ASSERT_TRUE(vault_.drop_old_keys(kNow, kNow).ok());
  EXPECT_EQ(vault_.backup_key(key->id).error().code, "other_master_key");
}

}  // namespace
}  // namespace pinrelay::credentials
