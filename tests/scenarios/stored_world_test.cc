// Stores that earlier versions left in the middle of everything (tests/fixtures) are opened by this one, at
// the day they were left and nine days later: their work is finished, and nothing that was promised changes.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "simulator/snapshot.h"
#include "sources/importer.h"
#include "stored_world.h"

namespace pinrelay::scenarios {
namespace {

using std::filesystem::directory_iterator;

std::vector<std::string> fixtures() {
  std::vector<std::string> found;
  for (const auto& entry : directory_iterator(PINRELAY_FIXTURES))
    if (entry.path().extension() == ".gz") found.push_back(entry.path().string());
  return found;
}

class EarlierStore : public StoredWorld, public testing::WithParamInterface<std::string> {
 protected:
  void open(Millis later) {
    const std::string unpack =
        fmt::format("tar -xzf '{}' -C '{}' --strip-components=1", GetParam(), directory_);
    ASSERT_EQ(std::system(unpack.c_str()), 0);
    ASSERT_TRUE(sim::load_state(world_, file(kWorldFile)).ok());
    int64_t made_at = 0;
    std::ifstream(file(kTimeFile)) >> made_at;
    ASSERT_NE(made_at, 0);
    clock_ = std::make_unique<FakeClock>(from_millis(made_at) + later);
    shown_clock_ = clock_.get();
    arrivals_ = std::make_unique<ArrivalClock>(*clock_, Time{});
    move_the_snapshot();
    if (HasFatalFailure()) return;
    boot();
    importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_);
  }

  // The held import names its file as an absolute path, which is another one now.
  void move_the_snapshot() {
    auto opened = store::Store::open({.directory = directory_ + "/store", .durable = false});
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    store::Store& moved = **opened;
    moved.begin();
    for (store::ImportRow& row : moved.imports.all()) {
      row.path = file(kSnapshotFile);
      moved.imports.put(row);
    }
    ASSERT_TRUE(moved.commit().ok());
  }

  void release_the_import() {
    bool worked = true;
    ASSERT_TRUE(engine_->transact([&] { return importer_->release(1); }).ok());
    while (worked && !HasFailure()) {
      ASSERT_TRUE(engine_
                      ->transact([&]() -> Result<void> {
                        worked = TRY(importer_->step());
                        return {};
                      })
                      .ok());
    }
    EXPECT_EQ(store_->imports.get(1)->state, store::ImportState::kDone) << store_->imports.get(1)->error;
  }

  void finish() {
    advance(minutes{45}, minutes{1});
    EXPECT_EQ(on_list("subscribers"), hashes(kSubscribers - 100, kSubscribers)) << "nobody has left yet";
    release_the_import();
    advance(hours{2}, minutes{5});
    EXPECT_TRUE(engine_->idle());
  }

  void expect_lists() {
    EXPECT_EQ(on_list("readers"), hashes(0, kReaders));
    std::set<Hash> shared = hashes(0, kVisitors);
    shared.insert(hash_of("stranger@example.org"));
    EXPECT_EQ(on_list("both"), shared);
    EXPECT_EQ(on_list("subscribers"), hashes(kSubscribers - 100, kKept));
    EXPECT_EQ(job("draft").row.state, store::JobState::kDraft);
  }

  // How many of the orders have counted, none of them twice.
  int counted(int from, int to, const char* ad_account) {
    int count = 0;
    for (int i = from; i < to; ++i) {
      const auto* sent = world_.conversions().find(ad_account, "checkout", fmt::format("o{}", i));
      if (sent == nullptr) continue;
      EXPECT_LE(sent->effective, 1U) << i;
      count += sent->effective > 0;
    }
    return count;
  }

  std::unique_ptr<sources::Importer> importer_;
};

TEST_P(EarlierStore, opened_at_once_finishes_its_work) {
  open(seconds{30});
  ASSERT_FALSE(HasFatalFailure());
  // The order that Pinterest minds may have been found guilty before the kill.
  const auto refused = static_cast<int>(total("history").rejected);
  ASSERT_LE(refused, 1);
  finish();
  expect_lists();
  EXPECT_EQ(counted(kBuyers, kBuyers + kScanned, kAdAccount), kScanned - refused);
  EXPECT_EQ(counted(kCustomers, kCustomers + kLate, kOtherAdAccount), kLate);
  EXPECT_EQ(total("first").added + total("second").added, kLate);
}

TEST_P(EarlierStore, opened_nine_days_later_sends_nothing_that_has_become_too_old) {
  open(hours{9 * 24});
  ASSERT_FALSE(HasFatalFailure());
  const int before = counted(kBuyers, kBuyers + kScanned, kAdAccount);
  finish();
  expect_lists();
  // Those who were not scanned yet are conversions of today.
  EXPECT_GT(counted(kBuyers, kBuyers + kScanned, kAdAccount), before);
  EXPECT_EQ(counted(kCustomers, kCustomers + kLate, kOtherAdAccount), 0);
  EXPECT_GT(reason_count(exports::Reason::kEventTooOld, "first"), 0);
  EXPECT_GT(reason_count(exports::Reason::kUncertain, "history"), 0);
}

TEST_P(EarlierStore, opens_its_sealed_secret_with_its_master_key) {
  open(seconds{30});
  ASSERT_FALSE(HasFatalFailure());
  credentials::Vault vault(file(kKeyFile));
  store_->begin();
  const auto row = store_->authorizations.get(kPlace.row);
  ASSERT_TRUE(store_->commit().ok());
  ASSERT_TRUE(row.has_value());
  const auto secret = vault.open(kPlace, row->access);
  ASSERT_TRUE(secret.ok()) << secret.error().text();
  EXPECT_EQ(secret->reveal(), kSecret);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, EarlierStore, testing::ValuesIn(fixtures()), [](const auto& fixture) {
  std::string name = std::filesystem::path(fixture.param).stem().stem().string();
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

}  // namespace
}  // namespace pinrelay::scenarios
