#include "simulator/hash_set.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "base/sha256.h"

namespace pinrelay::sim {
namespace {

// Few distinct values and long equal stretches, so that members collide and step over one another.
Hash crowded_hash(Random& random) {
  Hash hash{};
  hash[0] = static_cast<uint8_t>(random.below(2));
  hash[3] = static_cast<uint8_t>(random.below(8));
  hash[31] = static_cast<uint8_t>(random.below(64));
  return hash;
}

TEST(HashSet, agrees_with_a_plain_set_through_random_changes) {
  SeededRandom random(7);
  HashSet set;
  std::set<Hash> expected;
  for (int i = 0; i < 50'000; ++i) {
    const Hash hash = crowded_hash(random);
    if (random.chance(50)) {
      ASSERT_EQ(set.insert(hash), expected.insert(hash).second);
    } else {
      ASSERT_EQ(set.erase(hash), expected.erase(hash) > 0);
    }
    const Hash other = crowded_hash(random);
    ASSERT_EQ(set.contains(other), expected.contains(other));
  }
  EXPECT_EQ(set.size(), expected.size());
  EXPECT_EQ(set.sorted(), std::vector<Hash>(expected.begin(), expected.end()));
}

TEST(HashSet, takes_many_at_once_as_it_takes_one_by_one) {
  Sha256 sha256;
  std::vector<Hash> hashes;
  for (int i = 0; i < 5'000; ++i) hashes.push_back(sha256.hash(std::to_string(i)));
  HashSet at_once, one_by_one;
  at_once.insert(hashes);
  for (const Hash& hash : hashes) one_by_one.insert(hash);
  EXPECT_EQ(at_once.sorted(), one_by_one.sorted());
  at_once.erase(std::span(hashes).first(4'990));
  EXPECT_EQ(at_once.size(), 10u);
}

TEST(HashSet, has_the_digest_of_its_sorted_hex_lines) {
  HashSet set;
  Hash high{}, low{};
  high.fill(0xee), low.fill(0x11);
  set.insert(high), set.insert(low);
  std::string lines;
  append_hex(lines, low);
  lines += '\n';
  append_hex(lines, high);
  lines += '\n';
  EXPECT_EQ(set.digest(), to_hex(Sha256().hash(lines)));
}

TEST(HashSet, is_empty_at_first) {
  HashSet set;
  EXPECT_FALSE(set.contains(Hash{}));
  EXPECT_FALSE(set.erase(Hash{}));
  EXPECT_TRUE(set.sorted().empty());
}

}  // namespace
}  // namespace pinrelay::sim
