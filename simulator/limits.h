// Pinterest's rate limits: so many calls of a category per token and window, told in the headers of each
// answer. Calls with conversions are counted per ad account.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/client.h"

namespace pinrelay::sim {

enum class Category { kAdsRead, kAdsWrite, kAdsConversions, kOrgRead, kOrgWrite };

struct Limits {
  bool enabled = true;
  unsigned ads_read = 1'000;
  unsigned ads_write = 400;
  unsigned ads_conversions = 5'000;
  unsigned org_read = 1'000;
  unsigned org_write = 100;
  Millis window{60'000};
  unsigned all_per_second = 100;  // the "safety net" over all categories
  unsigned test_per_second = 10;  // requests with test events, of the app

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
  Verdict take(const std::string& token, std::string_view ad_account, Category category, Time now);
  // The same for a request with test events, beside the other limits.
  Verdict take_test(Time now);
  // The value of X-RateLimit-Limit.
  std::string limit_header(Category category) const;

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
  Window test_second_;
};

}  // namespace pinrelay::sim
