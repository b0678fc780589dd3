// The world that the stores in tests/fixtures were left in: what was under way when their process was killed.
// Shared by the test that opens them and the maker of new ones.
#pragma once

#include "credentials/vault.h"
#include "scenario.h"

namespace pinrelay::scenarios {

class StoredWorld : public Scenario {
 protected:
  // Files of a fixture, beside the store's own folder "store".
  static constexpr const char* kWorldFile = "/pinterest.txt";          // the simulator's state
  static constexpr const char* kKeyFile = "/master.key";               // what the sealed secret opens with
  static constexpr const char* kSnapshotFile = "/subscribers.ndjson";  // of the held import
  static constexpr const char* kTimeFile = "/made_at";                 // milliseconds since 1970

  static constexpr credentials::Place kPlace{"authorization", 1, "access", 1};
  static constexpr std::string_view kSecret = "pina_synthetic_token_of_a_fixture";
  static constexpr const char* kOtherAdAccount = "549755885176";

  // Who is in which audience at the end, by the numbers of their keys and addresses.
  static constexpr int kReaders = 35;                    // [0, 35): the last five are in an open attempt
  static constexpr int kVisitors = 40;                   // [20, 40), on a list shared with the readers
  static constexpr int kSubscribers = 300, kKept = 210;  // [200, 300), [200, 210) in the held snapshot
  static constexpr int kBuyers = 500, kScanned = 600;    // [500, 1100): members when "history" starts
  static constexpr int kCustomers = 2000, kLate = 10;    // [2000, 2010): their events wait

  std::string file(const char* name) const { return directory_ + name; }
};

}  // namespace pinrelay::scenarios
