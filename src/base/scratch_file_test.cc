#include "base/scratch_file.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pinrelay {
namespace {

TEST(ScratchFile, gives_back_what_was_put_in_any_order) {
  SeededRandom random(7);
  ScratchFile file(testing::TempDir());
  for (int round = 0; round < 3; ++round) {
    std::vector<std::pair<Bytes, ScratchFile::Place>> put;
    for (int i = 0; i < 200; ++i) {
      Bytes bytes(random.below(5'000));
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.below(256));
      const auto place = file.put(bytes);
      ASSERT_TRUE(place);
      put.emplace_back(std::move(bytes), *place);
    }
    Bytes read;
    for (size_t i = put.size(); i-- > 0;) {
      ASSERT_TRUE(file.read(put[i].second, read).ok());
      EXPECT_EQ(read, put[i].first);
    }
    file.clear();
  }
}

TEST(ScratchFile, says_when_it_cannot_be_written_or_read) {
  ScratchFile file("/nowhere/at/all");
  EXPECT_FALSE(file.put(as_bytes("bytes")));
  Bytes read;
  const Result<void> failed = file.read({0, 5}, read);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, "scratch_file");
}

}  // namespace
}  // namespace pinrelay
