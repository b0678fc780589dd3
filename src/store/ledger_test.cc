#include "store/ledger.h"

#include <gtest/gtest.h>

namespace pinrelay::store {
namespace {

Owner owner(JobNumber job, uint8_t profile) { return {job, ProfileId{{profile}}}; }

bool same(const LedgerEntry& a, const LedgerEntry& b) {
  return a.presence == b.presence && a.rejected == b.rejected && a.marked == b.marked &&
         a.marked_operation == b.marked_operation && a.mark_until == b.mark_until && a.request == b.request &&
         a.owners == b.owners;
}

TEST(Ledger, every_kind_of_entry_reads_back_as_it_was_written) {
  LedgerEntry read;
  for (const Presence presence : {Presence::kAbsent, Presence::kPresent, Presence::kMaybe}) {
    for (const Operation operation : {Operation::kAdd, Operation::kRemove}) {
      for (int flags = 0; flags < 4; ++flags) {
        for (uint8_t owners = 0; owners < 4; ++owners) {
          LedgerEntry entry;
          entry.presence = presence;
          entry.marked_operation = operation;
          entry.rejected = (flags & 1) != 0;
          entry.marked = (flags & 2) != 0;
          if (entry.marked) entry.mark_until = Millis{1'234'567'890};
          entry.request = 1LL << (20 * owners % 60);
          for (uint8_t i = 0; i < owners; ++i) entry.add_owner(owner(static_cast<JobNumber>(200 * i), i));
          Bytes record;
          write_ledger_entry(entry, record);
          ASSERT_TRUE(read_ledger_entry(record, read));
          EXPECT_TRUE(same(entry, read));
        }
      }
    }
  }
}

TEST(Ledger, a_record_without_its_end_is_refused) {
  LedgerEntry entry, read;
  entry.add_owner(owner(1, 2));
  Bytes record;
  write_ledger_entry(entry, record);
  record.pop_back();
  EXPECT_FALSE(read_ledger_entry(record, read));
  EXPECT_FALSE(read_ledger_entry({}, read));
}

TEST(Ledger, owners_are_a_set) {
  LedgerEntry entry;
  EXPECT_TRUE(entry.add_owner(owner(2, 1)));
  EXPECT_TRUE(entry.add_owner(owner(1, 9)));
  EXPECT_TRUE(entry.add_owner(owner(1, 1)));
  EXPECT_FALSE(entry.add_owner(owner(1, 9))) << "again";
  EXPECT_EQ(entry.owners, (std::vector<Owner>{owner(1, 1), owner(1, 9), owner(2, 1)}));
  EXPECT_TRUE(entry.remove_owner(owner(1, 9)));
  EXPECT_FALSE(entry.remove_owner(owner(1, 9))) << "again";
  EXPECT_FALSE(entry.remove_owner(owner(3, 1))) << "never was one";
  EXPECT_TRUE(entry.wanted());
  entry.remove_owner(owner(1, 1));
  EXPECT_TRUE(entry.wanted()) << "one owner remains";
  entry.remove_owner(owner(2, 1));
  EXPECT_FALSE(entry.wanted());
}

TEST(Ledger, the_difference_follows_from_wish_and_presence) {
  LedgerEntry entry;
  EXPECT_EQ(entry.difference(), std::nullopt);
  entry.presence = Presence::kPresent;
  EXPECT_EQ(entry.difference(), Operation::kRemove);
  entry.presence = Presence::kMaybe;
  EXPECT_EQ(entry.difference(), Operation::kRemove) << "what may be there counts as ours";
  entry.add_owner(owner(1, 1));
  EXPECT_EQ(entry.difference(), Operation::kAdd) << "what may be missing is sent again";
  entry.presence = Presence::kPresent;
  EXPECT_EQ(entry.difference(), std::nullopt);
  entry.presence = Presence::kAbsent;
  EXPECT_EQ(entry.difference(), Operation::kAdd);
}

TEST(Ledger, an_entry_is_empty_only_when_nothing_can_follow_from_it) {
  LedgerEntry entry;
  EXPECT_TRUE(entry.empty());
  entry.marked = true;
  EXPECT_FALSE(entry.empty()) << "its opposite has to wait";
  entry.clear();
  entry.presence = Presence::kMaybe;
  EXPECT_FALSE(entry.empty());
  entry.clear();
  entry.add_owner(owner(1, 1));
  EXPECT_FALSE(entry.empty());
  entry.clear();
  EXPECT_TRUE(entry.empty());
}

TEST(Owned, reads_back_as_it_was_written) {
  Owned owned{7, {Hash{1}, Hash{2}}}, read;
  Bytes record;
  write_owned(owned, record);
  ASSERT_TRUE(read_owned(record, read));
  EXPECT_EQ(read.reason, 7);
  EXPECT_EQ(read.hashes, owned.hashes);
  record.pop_back();
  EXPECT_FALSE(read_owned(record, read));
}

}  // namespace
}  // namespace pinrelay::store
