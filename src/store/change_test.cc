#include "store/change.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace pinrelay::store {
namespace {

Bytes three_changes() {
  Bytes out;
  ChangeWriter writer(out);
  writer.begin(ChangeType::kProfile, 1'700'000'000'000, "u1", "", "row-1");
  writer.field("email", ValueType::kString, "a@example.org");
  writer.field("empty", ValueType::kString, "");
  writer.null_field("gone");
  writer.begin_array("phones");
  writer.item(ValueType::kString, "+31201234567");
  writer.item(ValueType::kInt, "42");
  writer.end_array();
  writer.end();
  writer.begin(ChangeType::kEnter, -5, "u2", "Readers");
  writer.end();
  writer.begin(ChangeType::kDelete, 0, std::string(kKeyBytesMax, 'k'));
  writer.end();
  return out;
}

TEST(Change, reads_back_what_was_written) {
  const Bytes bytes = three_changes();
  ChangeReader reader(bytes);
  ChangeView change;
  ASSERT_TRUE(reader.next(change));
  EXPECT_EQ(change.type, ChangeType::kProfile);
  EXPECT_EQ(change.at, 1'700'000'000'000);
  EXPECT_EQ(change.key, "u1");
  EXPECT_EQ(change.audience, "");
  EXPECT_EQ(change.row_id, "row-1");
  std::vector<std::string> fields;
  change.for_each_field([&](const FieldView& field) {
    std::string shown = std::string(field.name) + "=";
    for_each_item(field.type, field.value, [&](const ItemView& item) {
      shown += std::to_string(static_cast<int>(item.type)) + ":" + std::string(item.text) + ";";
    });
    fields.push_back(shown);
  });
  EXPECT_EQ(fields, (std::vector<std::string>{"email=1:a@example.org;", "empty=1:;",
                                              "gone=", "phones=1:+31201234567;2:42;"}));
  ASSERT_TRUE(reader.next(change));
  EXPECT_EQ(change.type, ChangeType::kEnter);
  EXPECT_EQ(change.at, -5);
  EXPECT_EQ(change.audience, "Readers");
  EXPECT_TRUE(change.fields.empty());
  ASSERT_TRUE(reader.next(change));
  EXPECT_EQ(change.type, ChangeType::kDelete);
  EXPECT_EQ(change.key.size(), kKeyBytesMax);
  EXPECT_FALSE(reader.next(change));
  EXPECT_TRUE(reader.ok());
}

TEST(Change, a_cancelled_change_leaves_the_buffer_as_it_was) {
  Bytes bytes = three_changes();
  const Bytes before = bytes;
  ChangeWriter writer(bytes);
  writer.begin(ChangeType::kProfile, 1, "u3");
  writer.field("email", ValueType::kString, "b@example.org");
  writer.cancel();
  EXPECT_EQ(bytes, before);
}

TEST(Change, a_buffer_that_has_lost_its_end_is_damaged) {
  const Bytes bytes = three_changes();
  std::set<size_t> ends = {0};  // where a change ends, a shorter buffer is a good one
  for (size_t at = 0; at < bytes.size();) {
    uint32_t size;
    std::memcpy(&size, bytes.data() + at, sizeof size);
    at += sizeof size + size;
    ends.insert(at);
  }
  ASSERT_EQ(ends.size(), 4u);
  ChangeView change;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    ChangeReader reader(ByteView(bytes).first(size));
    while (reader.next(change)) {
    }
    EXPECT_EQ(reader.ok(), ends.contains(size)) << size;
  }
}

TEST(Change, a_type_that_does_not_exist_is_damage) {
  Bytes bytes;
  ChangeWriter writer(bytes);
  writer.begin(static_cast<ChangeType>(9), 1, "u1");
  writer.end();
  ChangeReader reader(bytes);
  ChangeView change;
  EXPECT_FALSE(reader.next(change));
  EXPECT_FALSE(reader.ok());
}

TEST(Change, damaged_bytes_are_read_to_an_end_within_the_buffer) {
  const Bytes good = three_changes();
  for (uint64_t seed = 0; seed < 3'000; ++seed) {
    SeededRandom random(seed);
    Bytes bytes = good;
    for (uint64_t i = 0; i <= random.below(4); ++i) {
      bytes[random.below(bytes.size())] = static_cast<uint8_t>(random.next());
    }
    size_t seen = 0;
    ChangeView change;
    for (ChangeReader reader(bytes); reader.next(change);) {
      seen += change.key.size() + change.audience.size() + change.row_id.size();
      change.for_each_field([&](const FieldView& field) {
        seen += field.name.size();
        for_each_item(field.type, field.value, [&](const ItemView& item) { seen += item.text.size(); });
      });
    }
    ASSERT_LE(seen, bytes.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pinrelay::store
