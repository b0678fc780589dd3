#include "sources/fingerprint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "store/store_testing.h"

namespace pinrelay::sources {
namespace {

class FingerprintTest : public testing::Test {
 protected:
  std::string write(const std::string& content) {
    std::ofstream(path_) << content;
    return path_;
  }

  store::TempDirectory directory_;
  const std::string path_ = directory_ / "file";
};

TEST_F(FingerprintTest, is_of_the_content) {
  const std::string content(3'000'000, 'x');
  const auto print = fingerprint(write(content));
  ASSERT_TRUE(print.ok());
  EXPECT_EQ(print.value().size, content.size());
  EXPECT_EQ(print.value().hash, Sha256().hash(content));
  EXPECT_EQ(fingerprint(write("")).value().hash, Sha256().hash(""));
  EXPECT_EQ(fingerprint(directory_ / "missing").error().code, "file_not_found");
}

TEST_F(FingerprintTest, is_read_in_pieces) {
  const std::string content(3'000'000, 'x');
  const auto file = InputFile::open(write(content));
  ASSERT_TRUE(file.ok());
  FingerprintReader reader(*file);
  EXPECT_FALSE(reader.read(2'000'000).value().has_value());
  const auto print = reader.read(2'000'000);
  ASSERT_TRUE(print.value().has_value());
  EXPECT_EQ((*print)->hash, Sha256().hash(content));
}

TEST_F(FingerprintTest, of_a_file_that_is_written_to_there_is_none) {
  const auto file = InputFile::open(write(std::string(3'000'000, 'x')));
  ASSERT_TRUE(file.ok());
  FingerprintReader reader(*file);
  EXPECT_FALSE(reader.read(1'000'000).value().has_value());
  write(std::string(2'000'000, 'y'));
  EXPECT_EQ(reader.read(5'000'000).error().code, "file_changed");
}

TEST_F(FingerprintTest, reading_is_given_up_when_asked) {
  std::jthread thread([](const std::stop_token&) {});
  thread.request_stop();
  EXPECT_EQ(fingerprint(write("x"), thread.get_stop_token()).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace pinrelay::sources
