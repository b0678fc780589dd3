#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/folder_mode.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class FolderTest : public StoreTest {
 protected:
  std::string code(StoreOptions options = {}) {
    store_ = nullptr;
    auto opened = try_open(std::move(options));
    if (!opened) return opened.error().code + ": " + opened.error().fix;
    store_ = std::move(opened).value();
    return "";
  }
  static mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
  void set_mode(const std::string& path, mode_t mode) { ASSERT_EQ(::chmod(path.c_str(), mode), 0) << path; }
};

TEST_F(FolderTest, a_store_that_others_could_exchange_is_refused_with_what_to_type) {
  ASSERT_EQ(code(), "");
  set_mode(path_, 0702);
  EXPECT_EQ(code(), "folder_open: chmod o-w " + path_);
  set_mode(path_, 01777);
  EXPECT_EQ(code(), "folder_open: chmod o-w " + path_) << "others could add files to the databases";
  set_mode(path_, 0770);
  EXPECT_EQ(code(), "") << "a group is a choice";
  EXPECT_EQ(writable_by(path_, false), WritableBy::kGroup);
  set_mode(path_, 0700);
  set_mode(directory_.path(), 0707);
  EXPECT_EQ(code(), "folder_open: chmod o-w " + directory_.path());
  set_mode(directory_.path(), 01777);
  EXPECT_EQ(code(), "") << "as /tmp is";
  set_mode(directory_.path(), 0700);
}

TEST_F(FolderTest, a_restore_does_not_go_where_others_may_write) {
  ASSERT_EQ(code(), "");
  ASSERT_TRUE(store_->backup(directory_ / "backup", kNoon).ok());
  const std::string target = directory_ / "target";
  std::filesystem::create_directory(target);
  set_mode(target, 0777);
  const auto restored =
      Store::restore(directory_ / "backup", target, {.without_afterwards = true, .now = kNoon});
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().code, "folder_open");
}

TEST_F(FolderTest, files_that_are_open_to_others_are_closed_at_the_start) {
  ASSERT_EQ(code(), "");
  std::filesystem::create_directory(path_ + "/uploads");
  std::ofstream(path_ + "/uploads/file") << "u1@example.org";
  const std::vector<std::string> files = {main_file_, path_ + "/inbox.db", path_ + "/lock",
                                          path_ + "/uploads/file", path_ + ".afterwards"};
  for (const std::string& file : files) set_mode(file, 0666);
  set_mode(path_ + "/uploads", 0755);
  const std::string elsewhere = directory_ / "elsewhere";
  std::ofstream(elsewhere) << "not ours";
  set_mode(elsewhere, 0644);
  std::filesystem::create_symlink(elsewhere, path_ + "/link");
  ASSERT_EQ(code(), "");
  for (const std::string& file : files) EXPECT_EQ(mode(file), 0600u) << file;
  EXPECT_EQ(mode(path_ + "/uploads"), 0700u);
  EXPECT_EQ(mode(elsewhere), 0644u);
}

}  // namespace
}  // namespace pinrelay::store
