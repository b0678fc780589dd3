// The truth about conversions: which events Pinterest was sent, and which of them count. Events of one name
// and id are one conversion for as long as the window of deduplication lasts, unless they are offline.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "simulator/event_body.h"
#include "simulator/violations.h"

namespace pinrelay::sim {

constexpr Millis kOfflineAge = std::chrono::hours{1};

struct ConversionCounts {
  uint64_t received = 0;     // events in requests that were taken, also those that failed
  uint64_t effective = 0;    // that count, each as often as it does
  uint64_t duplicates = 0;   // that do not count since an earlier one does
  uint64_t pending = 0;      // that were taken and will count, or not, later
  uint64_t failed = 0;       // refused one by one
  uint64_t offline = 0;      // effective, and were offline: by their source or their age
  uint64_t late = 0;         // those of `offline` that are so by their age
  uint64_t lost = 0;         // events in requests of unknown outcome that were not taken
  uint64_t test_events = 0;  // looked at in test requests
  uint64_t test_requests = 0;
  uint64_t refused_bodies = 0;  // whole, with 400 or an opaque 422
};
struct ConversionCount {
  std::string_view name;
  uint64_t ConversionCounts::*member;
};
inline constexpr std::array<ConversionCount, 11> kConversionCounts{{
    {"received", &ConversionCounts::received},
    {"effective", &ConversionCounts::effective},
    {"duplicates", &ConversionCounts::duplicates},
    {"pending", &ConversionCounts::pending},
    {"failed", &ConversionCounts::failed},
    {"offline", &ConversionCounts::offline},
    {"late", &ConversionCounts::late},
    {"lost", &ConversionCounts::lost},
    {"test_events", &ConversionCounts::test_events},
    {"test_requests", &ConversionCounts::test_requests},
    {"refused_bodies", &ConversionCounts::refused_bodies},
}};

// Everything of one ad account, event name and event id.
struct Conversion {
  const std::string* ad_account = nullptr;
  const std::string* event_name = nullptr;
  std::string_view event_id;
  Hash bytes{};            // SHA-256 of the event as it was first sent
  int64_t event_time = 0;  // seconds, as first sent
  Time first_effective{}, last_effective{};
  Time last_online{};      // from when the window of deduplication is counted; zero = never
  uint32_t place = 0;      // in the order of first coming
  uint32_t effective = 0;  // 0 = it does not count (yet): its outcome was unknown, or it comes later
  ActionSource action_source = ActionSource::kWeb;
  bool offline = false;  // the last effective one was
  // It was accepted, or was sent and may have been: from now on its bytes may not change.
  bool accepted = false, uncertain = false;
};

// A whole request or the part of it that is good.
struct Arrival {
  std::string_view ad_account;
  Time now;
  Millis late{0};        // it counts only after that time
  bool unknown = false;  // its sender will not learn what became of it
};

class Conversions {
 public:
  Conversions(Millis window, bool keep_events) : window_(window), keep_events_(keep_events) {}

  // The event is taken: it counts now or after `late`, unless it is a duplicate then.
  void take(const ReadEvent& event, const Hash& bytes, const Arrival& arrival);
  // Its sender will never know whether it was taken; it was not.
  void lose(const ReadEvent& event, const Hash& bytes, const Arrival& arrival);
  // It is refused alone, in a request that is taken.
  void fail(const ReadEvent& event, const Hash& bytes, const Arrival& arrival);
  // It is the reason why a request is refused whole. When its sender learns of it, what comes next under its
  // id may differ.
  void refuse(const ReadEvent& event, const Hash& bytes, const Arrival& arrival);
  // It is in such a request, and good.
  void pass(const ReadEvent& event, const Hash& bytes, const Arrival& arrival);

  void settle(Time now);
  void settle_all();

  // Null: it was never taken, nor lost.
  const Conversion* find(std::string_view ad_account, std::string_view event_name,
                         std::string_view event_id) const;
  // All that were taken or may have been, in the order of their first coming; effective = 0 is among them.
  const std::deque<Conversion>& all() const { return all_; }
  // The JSON of the event as first sent; "" unless events are kept.
  std::string_view event_json(const Conversion& conversion) const {
    return keep_events_ ? kept_[conversion.place] : std::string_view();
  }

  ConversionCounts& counts(std::string_view ad_account);
  const std::map<std::string, ConversionCounts, std::less<>>& by_ad_account() const { return counts_; }
  ConversionCounts total() const;
  Violations& violations() { return violations_; }
  const Violations& violations() const { return violations_; }

  // From a snapshot. The texts are copied.
  void put(std::string_view ad_account, std::string_view event_name, Conversion conversion,
           std::string_view json);

  Millis window() const { return window_; }
  void set_window(Millis window) { window_ = window; }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t place = 0;  // 1 + the place in all_; 0 = empty
  };
  struct Later {
    Conversion* conversion;
    bool by_source, too_old;  // offline for which reason
  };
  struct Key {
    std::string_view ad_account, event_name, event_id;
    uint32_t hash() const;
  };

  size_t slot_of(const Key& key, uint32_t hash) const;
  Conversion* known_of(const ReadEvent& event, std::string_view ad_account);
  Conversion* look_up(const Key& key, uint32_t hash);
  Conversion& make(const Key& key, uint32_t hash);
  void grow();
  std::string_view stored(std::string_view text);
  const std::string* interned(std::string_view text);
  // Notes when the bytes are not what they were.
  void compare(const Conversion& known, const ReadEvent& event, const Hash& bytes);
  Conversion& meet(const ReadEvent& event, const Hash& bytes, std::string_view ad_account);
  void count(const Later& later, Time now);

  Millis window_;
  bool keep_events_;
  std::deque<Conversion> all_;
  std::deque<std::string_view> kept_;  // the event of each, when they are kept
  std::vector<Slot> slots_;
  std::set<std::string, std::less<>> names_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // the texts
  char* block_end_ = nullptr;
  size_t block_left_ = 0;
  std::multimap<Time, Later> pending_;
  std::map<std::string, ConversionCounts, std::less<>> counts_;
  Violations violations_;
};

}  // namespace pinrelay::sim
