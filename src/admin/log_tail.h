// The last lines of the log, in memory, for those who look at it live.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace pinrelay::admin {

// For any thread.
class LogTail {
 public:
  static constexpr size_t kEntriesMax = 1'000;
  static constexpr size_t kValueBytesMax = 1'000;  // longer ones are cut here, not in the log itself

  struct Entry {
    uint64_t number;  // 1, 2, 3, …
    std::string job;  // the line's field of that name, or ""
    std::string json;
  };

  void add(const LogLine& line);
  // Of the newest entry; 0: there was none yet.
  uint64_t last() const;
  // Those that are left with larger numbers, in order.
  std::vector<Entry> after(uint64_t number) const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::deque<Entry> entries_;
  uint64_t last_ = 0;
};

}  // namespace pinrelay::admin
