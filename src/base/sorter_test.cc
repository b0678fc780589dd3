#include "base/sorter.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"

namespace pinrelay {
namespace {

constexpr size_t kRecord = 16;

Bytes record(uint64_t high, uint64_t low) {
  Bytes bytes;
  for (const uint64_t part : {high, low})
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(part >> shift));
  return bytes;
}

std::vector<Bytes> drain(Sorter& sorter) {
  std::vector<Bytes> records;
  while (const uint8_t* next = sorter.next()) records.emplace_back(next, next + kRecord);
  EXPECT_TRUE(sorter.status().ok());
  return records;
}

class SorterTest : public testing::TestWithParam<size_t> {};

// In memory, and in many runs on the disk, each longer than what is read of it at once.
INSTANTIATE_TEST_SUITE_P(memory, SorterTest, testing::Values(64 * 1024 * 1024, 1024 * 1024));

TEST_P(SorterTest, gives_all_records_in_order_and_again_after_rewinding) {
  Sorter sorter(std::filesystem::temp_directory_path(), kRecord, GetParam());
  SeededRandom random(1);
  std::vector<Bytes> expected;
  for (int i = 0; i < 100'000; ++i) expected.push_back(record(random.below(1'000), random.below(50)));
  for (const Bytes& bytes : expected) sorter.add(bytes);
  std::sort(expected.begin(), expected.end());
  ASSERT_TRUE(sorter.finish().ok());
  EXPECT_TRUE(drain(sorter) == expected);
  ASSERT_TRUE(sorter.rewind().ok());
  for (int i = 0; i < 40'000; ++i) sorter.next();
  ASSERT_TRUE(sorter.rewind().ok());
  EXPECT_TRUE(drain(sorter) == expected) << "from the middle, too";
  EXPECT_EQ(sorter.size(), expected.size());
}

TEST_P(SorterTest, of_nothing_gives_nothing) {
  Sorter sorter(std::filesystem::temp_directory_path(), kRecord, GetParam());
  ASSERT_TRUE(sorter.finish().ok());
  EXPECT_EQ(sorter.next(), nullptr);
  ASSERT_TRUE(sorter.rewind().ok());
  EXPECT_EQ(sorter.next(), nullptr);
}

TEST(Sorter, that_cannot_spill_says_so) {
  Sorter sorter("/nowhere/at/all", kRecord, 64 * 1024);
  for (uint64_t i = 0; i < 10'000; ++i) sorter.add(record(i, i));
  const Result<void> finished = sorter.finish();
  ASSERT_FALSE(finished.ok());
  EXPECT_EQ(finished.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace pinrelay
