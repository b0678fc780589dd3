// Takes notes of security events from any thread, and hands them on at a bounded rate: of each kind and
// source the first few in a minute as they are, of the others how many there were. What it hands on is
// written to the store, and to standard output where that is wanted.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "store/security_events.h"

namespace pinrelay::admin {

struct SecurityEvent {
  store::SecurityKind kind{};
  std::string source, who, what;  // as in SecurityEventRow
  Bytes whom = {};
};

// Thread-safe.
class SecurityWatch {
 public:
  static constexpr size_t kSourcesMax = 1'000;  // more count as one
  static constexpr int kRowsAMinute = 600;      // of all together, beside the counts

  // `wake`: something is to be taken. Called on the thread that notes, with no lock held.
  SecurityWatch(const Clock& clock, std::function<void()> wake) : clock_(clock), wake_(std::move(wake)) {}

  void note(SecurityEvent event);
  // What is to be written now: since the last time, and the counts of the minutes that are over.
  std::vector<store::SecurityEventRow> take();
  // The same with the counts of the present minute, at the end.
  std::vector<store::SecurityEventRow> take_all();

 private:
  using Key = std::tuple<store::SecurityKind, std::string, std::string>;  // kind, source, caller
  struct Minute {
    Millis begun{0};
    int rows = 0;
    int64_t beyond = 0;
    SecurityEvent last;
  };
  Minute& minute_of(const SecurityEvent& event, Millis now);
  void close_minutes(Millis now, bool all);
  bool has_room(Millis now);
  void add(const SecurityEvent& event, int64_t count);

  const Clock& clock_;
  const std::function<void()> wake_;
  std::mutex mutex_;  // guards what follows
  std::map<Key, Minute> minutes_;
  std::vector<store::SecurityEventRow> rows_;
  Millis all_begun_{0}, look_at_{0};
  int all_rows_ = 0;
};

// The event that an answer is, when it refuses: by its code, which a table sorts. Names no person: of the
// path only the route.
std::optional<SecurityEvent> refusal_of(const http::ServerRequest& request,
                                        const http::ServerResponse& response);
// An event as one line of JSON, with its line end.
std::string json_line(const store::SecurityEventRow& row);

}  // namespace pinrelay::admin
