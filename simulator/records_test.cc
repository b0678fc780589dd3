#include "simulator/records.h"

#include <gtest/gtest.h>

namespace pinrelay::sim {
namespace {

const std::string kHash(64, 'a');

RecordsProblem problem_of(std::string_view text) {
  Sha256 sha256;
  Records records;
  return read_records(text, sha256, records);
}

TEST(Records, keeps_a_sha256_as_it_is) {
  Sha256 sha256;
  Records records;
  ASSERT_EQ(read_records(kHash + "," + kHash + ",", sha256, records), RecordsProblem::kNone);
  ASSERT_EQ(records.hashes.size(), 2u);
  EXPECT_EQ(to_hex(records.hashes[0]), kHash);
}

TEST(Records, knows_a_readable_address_and_its_sha256_as_one_person) {
  Sha256 sha256;
  Records records;
  ASSERT_EQ(read_records("jane.doe@example.org", sha256, records), RecordsProblem::kNone);
  EXPECT_EQ(records.hashes[0], sha256.hash("jane.doe@example.org"));
  EXPECT_EQ(records.plain, 1u);
}

TEST(Records, counts_the_hash_of_nothing) {
  Sha256 sha256;
  Records records;
  ASSERT_EQ(read_records(to_hex(sha256.hash("")), sha256, records), RecordsProblem::kNone);
  EXPECT_EQ(records.nothing, 1u);
}

TEST(Records, takes_md5_and_sha1) {
  EXPECT_EQ(problem_of(std::string(32, '1')), RecordsProblem::kNone);
  EXPECT_EQ(problem_of(std::string(40, '1')), RecordsProblem::kNone);
}

TEST(Records, refuses_what_pinterest_does_not_describe) {
  EXPECT_EQ(problem_of(""), RecordsProblem::kEmpty);
  EXPECT_EQ(problem_of(","), RecordsProblem::kEmpty);
  EXPECT_EQ(problem_of(kHash + ",," + kHash), RecordsProblem::kMalformed);
  EXPECT_EQ(problem_of(kHash + ", " + kHash), RecordsProblem::kMalformed);
  EXPECT_EQ(problem_of(kHash.substr(1)), RecordsProblem::kMalformed);
  EXPECT_EQ(problem_of(std::string(64, 'A')), RecordsProblem::kMalformed);
  EXPECT_EQ(problem_of("Jane@example.org"), RecordsProblem::kMalformed);
  EXPECT_EQ(problem_of("+4915112345"), RecordsProblem::kMalformed);
}

}  // namespace
}  // namespace pinrelay::sim
