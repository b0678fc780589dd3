// Pinterest's rate limits: so many calls of a category per token and window, told in the headers of each
// answer.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/client.h"

namespace pinrelay::sim {

enum class Category { kAdsRead, kAdsWrite, kOrgRead, kOrgWrite };

struct Limits {
  bool enabled = true;
  unsigned ads_read = 1'000;
  unsigned ads_write = 400;
  unsigned org_read = 1'000;
  unsigned org_write = 100;
  Millis window{60'000};
  unsigned all_per_second = 100;  // the "safety net" over all categories

  // What an app of the Trial tier gets, in a day.
  static Limits trial();
  unsigned of(Category category) const;
};

class RateLimiter {
 public:
  explicit RateLimiter(Limits limits) : limits_(limits) {}

  struct Verdict {
    bool allowed = true;
    std::vector<http::Header> headers;  // X-RateLimit-Limit, -Remaining, -Reset
  };
  // Counts one call, unless it is refused. A window starts with the first call after the last one's end.
  Verdict take(const std::string& token, Category category, Time now);

  Limits& limits() { return limits_; }
  const Limits& limits() const { return limits_; }

 private:
  struct Window {
    Time start{};
    unsigned used = 0;
    bool begun = false;
  };
  static void roll(Window& window, Millis length, Time now);

  Limits limits_;
  std::map<std::pair<std::string, Category>, Window> windows_;
  std::map<std::string, Window> seconds_;
};

}  // namespace pinrelay::sim
