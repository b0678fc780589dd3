#include "store/person.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pinrelay::store {
namespace {

constexpr FieldNumber kEmail = 3, kCity = 70;  // 70: beyond the mask's 64 bits
constexpr AudienceNumber kReaders = 0, kBuyers = 4;
constexpr int64_t kDay = 24LL * 3600 * 1000;

NumberedChange enter(int64_t at, AudienceNumber audience = kReaders) {
  return {.type = ChangeType::kEnter, .at = at, .key = "u1", .audience = audience, .fields = {}};
}
NumberedChange leave(int64_t at, AudienceNumber audience = kReaders) {
  return {.type = ChangeType::kExit, .at = at, .key = "u1", .audience = audience, .fields = {}};
}
NumberedChange erase(int64_t at) {
  return {.type = ChangeType::kDelete, .at = at, .key = "u1", .fields = {}};
}
NumberedChange set(int64_t at, FieldNumber field, std::string_view value) {
  return {.type = ChangeType::kProfile,
          .at = at,
          .key = "u1",
          .fields = {{field, at, ValueType::kString, as_bytes(value)}}};
}
NumberedChange unset(int64_t at, FieldNumber field) {
  return {.type = ChangeType::kProfile, .at = at, .key = "u1", .fields = {{field, at, ValueType::kNull, {}}}};
}
NumberedChange named(int64_t at) {
  return {.type = ChangeType::kProfile, .at = at, .key = "u1", .fields = {}};
}
NumberedChange with_id(NumberedChange change, uint64_t id) {
  change.row_id_hash = id;
  return change;
}

class PersonTest : public testing::Test {
 protected:
  Applied apply(const NumberedChange& change) {
    log_.clear();
    return apply_change(person_, change, log_);
  }
  std::string value(FieldNumber field) {
    const StoredField* found = person_.field(field);
    return found == nullptr ? "none" : std::string(as_text(found->value));
  }
  // What the last change has logged, in short: "+0" enter, "-0" exit, "f<bit>" fields, "x" deleted.
  std::string logged() {
    std::string out;
    for (const LogEntry& entry : log_) {
      switch (entry.kind) {
        case EntryKind::kEnter:
          out += "+" + std::to_string(entry.audience) + " ";
          break;
        case EntryKind::kExit:
          out += "-" + std::to_string(entry.audience) + " ";
          break;
        case EntryKind::kFields:
          out += "f" + std::to_string(entry.field_mask) + " ";
          break;
        case EntryKind::kDeleted:
          out += "x ";
          break;
      }
    }
    return out;
  }

  Person person_;
  std::vector<LogEntry> log_;
};

TEST_F(PersonTest, an_older_value_never_overwrites_a_newer_one) {
  EXPECT_EQ(apply(set(20, kEmail, "new@example.org")), Applied::kChanged);
  EXPECT_EQ(logged(), "f8 ");
  EXPECT_EQ(apply(set(10, kEmail, "old@example.org")), Applied::kOlder);
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(value(kEmail), "new@example.org");
  EXPECT_EQ(apply(set(10, kCity, "Utrecht")), Applied::kChanged) << "another field has its own time";
  EXPECT_EQ(logged(), "f64 ");
}

TEST_F(PersonTest, at_equal_times_the_later_arrival_wins) {
  apply(set(10, kEmail, "first@example.org"));
  EXPECT_EQ(apply(set(10, kEmail, "second@example.org")), Applied::kChanged);
  EXPECT_EQ(value(kEmail), "second@example.org");
  apply(enter(10));
  EXPECT_EQ(apply(leave(10)), Applied::kChanged);
  EXPECT_FALSE(person_.member_of(kReaders));
}

TEST_F(PersonTest, the_same_value_again_is_no_event_but_its_time_counts) {
  apply(set(10, kEmail, "a@example.org"));
  EXPECT_EQ(apply(set(30, kEmail, "a@example.org")), Applied::kUnchanged);
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(apply(set(20, kEmail, "b@example.org")), Applied::kOlder);
}

TEST_F(PersonTest, null_removes_a_field_and_keeps_older_values_away) {
  apply(set(10, kEmail, "a@example.org"));
  EXPECT_EQ(apply(unset(20, kEmail)), Applied::kChanged);
  EXPECT_EQ(value(kEmail), "none");
  EXPECT_EQ(apply(set(15, kEmail, "late@example.org")), Applied::kOlder);
  EXPECT_EQ(value(kEmail), "none");
  EXPECT_EQ(apply(unset(5, kCity)), Applied::kUnchanged) << "it was not there";
}

TEST_F(PersonTest, enter_of_a_member_is_no_event) {
  EXPECT_EQ(apply(enter(10)), Applied::kChanged);
  EXPECT_EQ(logged(), "+0 ");
  EXPECT_EQ(apply(enter(20)), Applied::kUnchanged);
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(apply(leave(15)), Applied::kOlder) << "the second enter is newer";
  EXPECT_TRUE(person_.member_of(kReaders));
}

TEST_F(PersonTest, an_enter_that_is_older_than_the_exit_stays_without_effect) {
  EXPECT_EQ(apply(leave(20)), Applied::kUnchanged) << "nobody leaves who was not there";
  EXPECT_EQ(apply(enter(10)), Applied::kOlder);
  EXPECT_FALSE(person_.member_of(kReaders));
}

TEST_F(PersonTest, delete_leaves_every_audience_and_forgets_the_fields) {
  apply(set(10, kEmail, "a@example.org"));
  apply(enter(10, kReaders));
  apply(enter(11, kBuyers));
  EXPECT_EQ(apply(erase(20)), Applied::kChanged);
  EXPECT_EQ(logged(), "-0 -4 x ");
  EXPECT_FALSE(person_.exists());
  EXPECT_TRUE(person_.fields.empty());
  EXPECT_TRUE(person_.memberships.empty());
  EXPECT_EQ(apply(erase(20)), Applied::kUnchanged) << "again";
  EXPECT_EQ(logged(), "");
}

TEST_F(PersonTest, the_tombstone_keeps_older_rows_away_and_lets_newer_ones_in) {
  apply(enter(10));
  apply(erase(20));
  EXPECT_EQ(apply(enter(19)), Applied::kOlder);
  EXPECT_EQ(apply(set(19, kEmail, "a@example.org")), Applied::kOlder);
  EXPECT_FALSE(person_.exists());
  EXPECT_EQ(apply(enter(21)), Applied::kChanged);
  EXPECT_TRUE(person_.exists());
  EXPECT_EQ(person_.key, "u1");
}

// The rows of one request that name no time all have the time of its arrival.
TEST_F(PersonTest, a_row_that_arrives_after_a_delete_with_the_same_time_brings_the_person_back) {
  apply(enter(19, kBuyers));
  apply(erase(20));
  EXPECT_FALSE(person_.exists());
  EXPECT_EQ(apply(enter(20)), Applied::kChanged);
  EXPECT_TRUE(person_.member_of(kReaders));
  EXPECT_FALSE(person_.member_of(kBuyers));
}

TEST_F(PersonTest, a_delete_erases_all_that_came_before_it_whatever_its_time) {
  apply(set(10, kEmail, "a@example.org"));
  apply(set(30, kCity, "Utrecht"));
  apply(enter(25));
  EXPECT_EQ(apply(erase(20)), Applied::kChanged);
  EXPECT_EQ(logged(), "-0 x ");
  EXPECT_FALSE(person_.exists());
  EXPECT_EQ(apply(set(30, kCity, "Utrecht")), Applied::kOlder) << "a repeat brings nobody back";
  EXPECT_EQ(apply(enter(25)), Applied::kOlder);
  EXPECT_EQ(apply(enter(31)), Applied::kChanged);
  EXPECT_TRUE(person_.exists());
}

TEST_F(PersonTest, a_delete_erases_a_person_who_was_only_named) {
  apply(named(30));
  EXPECT_EQ(apply(erase(20)), Applied::kChanged);
  EXPECT_FALSE(person_.exists());
  EXPECT_EQ(apply(named(30)), Applied::kOlder);
}

TEST_F(PersonTest, the_same_delete_again_spares_who_has_come_back) {
  apply(enter(10));
  apply(erase(20));
  apply(enter(30));
  EXPECT_EQ(apply(erase(20)), Applied::kUnchanged);
  EXPECT_EQ(logged(), "");
  EXPECT_TRUE(person_.member_of(kReaders));
  apply(erase(25));  // erases what is newer
  EXPECT_FALSE(person_.exists());
  apply(enter(40));
  EXPECT_EQ(apply(erase(25)), Applied::kOlder);
  EXPECT_EQ(logged(), "");
  EXPECT_TRUE(person_.member_of(kReaders));
}

// Rows of one request that name no time, and the whole request sent again as it is.
TEST_F(PersonTest, a_delete_and_the_rows_behind_it_can_have_the_same_time) {
  for (int again = 0; again < 2; ++again) {
    apply(erase(20));
    apply(set(20, kEmail, "a@example.org"));
    apply(enter(20));
    EXPECT_TRUE(person_.member_of(kReaders));
    EXPECT_EQ(value(kEmail), "a@example.org");
  }
}

TEST_F(PersonTest, a_delete_of_nobody_is_no_event) {
  EXPECT_EQ(apply(erase(20)), Applied::kUnchanged);
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(apply(enter(10)), Applied::kOlder);
}

TEST_F(PersonTest, a_repeated_row_id_is_harmless_even_with_a_newer_time) {
  apply(with_id(enter(10), 77));
  apply(with_id(leave(20), 78));
  EXPECT_EQ(apply(with_id(enter(30), 77)), Applied::kRepeated);
  EXPECT_FALSE(person_.member_of(kReaders));
}

TEST_F(PersonTest, the_id_of_a_row_that_came_too_late_is_remembered_too) {
  apply(erase(20));
  EXPECT_EQ(apply(with_id(enter(10), 77)), Applied::kOlder);
  EXPECT_EQ(apply(with_id(enter(30), 77)), Applied::kRepeated);
  EXPECT_FALSE(person_.exists());
}

TEST_F(PersonTest, row_ids_are_bounded_in_number_and_in_days) {
  for (uint64_t id = 1; id <= 3 * kRowIdsMax; ++id) apply(with_id(enter(10 * kDay), id));
  EXPECT_EQ(person_.row_ids.size(), kRowIdsMax);
  EXPECT_EQ(apply(with_id(leave(10 * kDay), 3 * kRowIdsMax)), Applied::kRepeated);
  apply(with_id(enter((11 + kRowIdDays) * kDay), 1));
  EXPECT_EQ(person_.row_ids.size(), 1u);
}

TEST_F(PersonTest, reads_back_what_was_written) {
  apply(erase(-20));
  apply(with_id(set(10, kEmail, "a@example.org"), 77));
  apply(with_id(unset(-11, kCity), 78));
  apply(enter(12, kBuyers));
  apply(leave(13, kReaders));
  apply(named(14));
  Bytes record;
  write_person(person_, record);
  Person read;
  ASSERT_TRUE(read_person(record, read));
  Bytes again;
  write_person(read, again);
  EXPECT_EQ(again, record);
  EXPECT_EQ(read.key, "u1");
  EXPECT_EQ(read.deleted_at, -20);
  EXPECT_EQ(read.named_at, 14);
  EXPECT_EQ(as_text(read.field(kEmail)->value), "a@example.org");
  EXPECT_EQ(read.field(kCity), nullptr);
  EXPECT_TRUE(read.member_of(kBuyers));
  EXPECT_FALSE(read.member_of(kReaders));
  EXPECT_EQ(read.row_ids.size(), 2u);
}

TEST_F(PersonTest, a_record_that_was_cut_within_a_field_is_refused) {
  apply(set(10, kEmail, "a@example.org"));
  Bytes record;
  write_person(person_, record);
  record.pop_back();
  Person read;
  EXPECT_FALSE(read_person(record, read));
}

TEST_F(PersonTest, damaged_records_are_read_within_their_bounds) {
  apply(with_id(set(10, kEmail, "a@example.org"), 77));
  apply(enter(12, kBuyers));
  Bytes good;
  write_person(person_, good);
  Person read;
  for (uint64_t seed = 0; seed < 3'000; ++seed) {
    SeededRandom random(seed);
    Bytes record = good;
    record.resize(random.below(record.size()) + 1);
    record[random.below(record.size())] = static_cast<uint8_t>(random.next());
    if (!read_person(record, read)) continue;
    size_t bytes = read.key.size();
    for (const StoredField& field : read.fields) bytes += field.value.size();
    ASSERT_LE(bytes, record.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pinrelay::store
