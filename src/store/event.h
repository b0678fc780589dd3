// One frozen conversion event, as it waits for its final outcome.
#pragma once

#include "base/clock.h"
#include "store/ledger.h"

namespace pinrelay::store {

enum class EventClass : uint8_t {
  kLive = 1,
  kBackfill = 2,
  kWaiting = 3,  // another event holds its claim and has no outcome yet
  kTest = 4,     // of a job in test mode
  kHeld = 5,     // restored from a backup: it may have been sent since, and a person decides
  kRefused = 6,  // refused in a streak that no success has interrupted yet
};

// Counts up over all events of a store; smaller is older.
using EventNumber = int64_t;
constexpr int kEventNumberBits = 46;
// A keyed digest of (ad account, event name, event id).
using Claim = std::array<uint8_t, 16>;

struct Event {
  EventNumber number = 0;
  EventClass event_class = EventClass::kLive;
  JobNumber job = 0;
  ProfileId profile;
  Claim claim{};
  bool offline = false;     // action_source is "offline"
  Time happened{};          // event_time, whole seconds
  Time first_attempt_at{};  // zero: never attempted
  int64_t attempts = 0;     // of unknown outcome
  int64_t at_risk = 0;      // of them, how many carried it as an offline event
  int64_t run = 0;
  Bytes bytes;  // the JSON object, as it is sent each time
};

}  // namespace pinrelay::store
