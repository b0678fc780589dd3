#include "credentials/sealed_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "store/store_testing.h"

namespace pinrelay::credentials {
namespace {

constexpr size_t kHeadBytes = 58, kPieceBytes = 64 * 1024 + 17;

class SealedFiles : public testing::Test {
 protected:
  SealedFiles() {
    for (size_t i = 0; i < 5 * 64 * 1024; ++i) large_ += static_cast<char>(i % 251);
    write("large", large_);
    write("small", "u1@example.org");
    write("none", "");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name, std::ios::binary | std::ios::trunc) << text;
  }
  Result<void> seal(const std::vector<std::string>& names, const SealedHead& head = {}) {
    std::filesystem::remove(sealed_);
    std::vector<NamedFile> files;
    for (const std::string& name : names) files.push_back({name, folder_.path() + "/" + name});
    return seal_files(files, sealed_, head, *key_);
  }
  // The code of the error; "" when it opens.
  std::string open(const LockedKey& key) {
    std::filesystem::remove_all(folder_ / "out");
    std::filesystem::create_directory(folder_ / "out");
    const auto opened =
        unseal_files(sealed_, key, [&](const std::string& name) { return folder_.path() + "/out/" + name; });
    return opened.ok() ? "" : opened.error().code;
  }
  std::string open() { return open(*key_); }
  std::string open(const std::string& bytes) {
    std::ofstream(sealed_, std::ios::binary | std::ios::trunc) << bytes;
    return open();
  }
  std::string out(const std::string& name) { return store::read_file(folder_.path() + "/out/" + name); }

  store::TempDirectory folder_;
  const std::string sealed_ = folder_ / "sealed";
  KeyPointer key_ = random_key();
  std::string large_;
};

TEST_F(SealedFiles, give_back_what_was_put_in_and_show_nothing_of_it) {
  ASSERT_TRUE(seal({"small", "none", "large"}).ok());
  EXPECT_EQ(store::read_file(sealed_).find("example"), std::string::npos);
  struct stat file {};
  ASSERT_EQ(::stat(sealed_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  ASSERT_EQ(open(), "");
  EXPECT_EQ(out("small"), "u1@example.org");
  EXPECT_EQ(out("none"), "");
  EXPECT_EQ(out("large"), large_);
  EXPECT_EQ(open(*random_key()), "backup_damaged") << "another key";
}

TEST_F(SealedFiles, do_not_open_when_any_byte_is_altered_left_out_or_doubled) {
  ASSERT_TRUE(seal({"small"}).ok());
  const std::string good = store::read_file(sealed_);
  ASSERT_EQ(open(good), "");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_NE(open(altered), "") << "altered at " << i;
    EXPECT_NE(open(std::string(good).erase(i, 1)), "") << "without byte " << i;
    EXPECT_NE(open(good.substr(0, i)), "") << "cut off at " << i;
    // Where two bytes are equal, twice the one is the other left as it was, with one byte too many.
    EXPECT_NE(open(std::string(good).insert(i, 1, good[i])), "") << "doubled at " << i;
  }
  EXPECT_NE(open(good + "x"), "");
  EXPECT_NE(open(good + good), "");
}

TEST_F(SealedFiles, do_not_open_when_pieces_are_moved_left_out_or_doubled) {
  ASSERT_TRUE(seal({"large"}).ok());
  const std::string good = store::read_file(sealed_), head = good.substr(0, kHeadBytes);
  std::vector<std::string> pieces;
  for (size_t at = kHeadBytes; at < good.size(); at += kPieceBytes)
    pieces.push_back(good.substr(at, kPieceBytes));
  ASSERT_EQ(pieces.size(), 6u);
  const auto joined = [&](const std::vector<std::string>& parts) {
    std::string all = head;
    for (const std::string& part : parts) all += part;
    return all;
  };
  ASSERT_EQ(open(joined(pieces)), "");
  for (size_t i = 0; i < pieces.size(); ++i) {
    auto changed = pieces;
    changed.erase(changed.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_EQ(open(joined(changed)), "backup_damaged") << "without piece " << i;
    changed = pieces;
    changed.insert(changed.begin() + static_cast<ptrdiff_t>(i), pieces[i]);
    EXPECT_EQ(open(joined(changed)), "backup_damaged") << "piece " << i << " twice";
    changed = pieces;
    std::swap(changed[i], changed[(i + 1) % pieces.size()]);
    EXPECT_EQ(open(joined(changed)), "backup_damaged") << "piece " << i << " moved";
    EXPECT_EQ(open(joined({pieces.begin(), pieces.begin() + static_cast<ptrdiff_t>(i)})), "backup_damaged")
        << "cut off after " << i;
  }
  ASSERT_TRUE(seal({"large"}).ok());
  const std::string other = store::read_file(sealed_);
  EXPECT_EQ(open(head + other.substr(kHeadBytes)), "backup_damaged") << "pieces of another backup, same key";
}

TEST_F(SealedFiles, a_passphrase_opens_what_it_sealed_and_no_other_does) {
  const SealedHead head = passphrase_head();
  key_ = passphrase_key(Secret(std::string_view("four unrelated words here")), head).value();
  ASSERT_TRUE(seal({"small"}, head).ok());
  const SealedHead read = read_sealed_head(sealed_).value();
  EXPECT_EQ(read.by, SealedBy::kPassphrase);
  EXPECT_EQ(open(*passphrase_key(Secret(std::string_view("four unrelated words here")), read).value()), "");
  EXPECT_EQ(open(*passphrase_key(Secret(std::string_view("four unrelated words her")), read).value()),
            "wrong_passphrase");
}

// What the kernel says about the memory that holds the key.
TEST_F(SealedFiles, keys_are_left_out_of_core_dumps) {
  const auto address = reinterpret_cast<uintptr_t>(key_.get());
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  std::string flags;
  for (std::string line; flags.empty() && std::getline(maps, line);) {
    uintptr_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) here = from <= address && address < to;
    if (here && line.starts_with("VmFlags:")) flags = line;
  }
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
}

}  // namespace
}  // namespace pinrelay::credentials
