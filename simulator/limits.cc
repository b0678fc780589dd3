#include "simulator/limits.h"

#include <algorithm>

namespace pinrelay::sim {
namespace {

constexpr Millis kSecond{1'000};

std::string_view policy_name(Category category) {
  switch (category) {
    case Category::kAdsRead:
      return "ads_read_app_id_user_id";
    case Category::kAdsWrite:
      return "ads_write_app_id_user_id";
    case Category::kAdsConversions:
      return "ads_conversions_ad_account_id";
    case Category::kOrgRead:
      return "org_read_app_id_user_id";
    case Category::kOrgWrite:
      return "org_write_app_id_user_id";
  }
  return "";
}

int64_t seconds_up(Millis time) { return (std::max(time, Millis{0}).count() + 999) / 1000; }

// `100, 100;w=60;name="…"`: the form that was seen live.
std::string limit_value(unsigned limit, Millis window, std::string_view name) {
  const std::string number = std::to_string(limit);
  return number + ", " + number + ";w=" + std::to_string(window.count() / 1000) + ";name=\"" +
         std::string(name) + "\"";
}

}  // namespace

Limits Limits::trial() {
  Limits limits;
  limits.ads_read = 1'000, limits.ads_write = 300, limits.org_read = 1'000, limits.org_write = 300;
  limits.ads_conversions = 1'000;
  limits.window = std::chrono::hours{24};
  return limits;
}

unsigned Limits::of(Category category) const {
  switch (category) {
    case Category::kAdsRead:
      return ads_read;
    case Category::kAdsWrite:
      return ads_write;
    case Category::kAdsConversions:
      return ads_conversions;
    case Category::kOrgRead:
      return org_read;
    case Category::kOrgWrite:
      return org_write;
  }
  return 0;
}

void RateLimiter::roll(Window& window, Millis length, Time now) {
  if (window.begun && now < window.start + length) return;
  window = {now, 0, true};
}

std::string RateLimiter::limit_header(Category category) const {
  return limit_value(limits_.of(category), limits_.window, policy_name(category));
}

RateLimiter::Verdict RateLimiter::take(const std::string& token, std::string_view ad_account,
                                       Category category, Time now) {
  if (!limits_.enabled) return {};
  const bool by_account = category == Category::kAdsConversions;
  Window& window = windows_[{by_account ? std::string(ad_account) : token, category}];
  Window& second = seconds_[token];
  roll(window, limits_.window, now);
  roll(second, kSecond, now);
  const unsigned limit = limits_.of(category);
  const bool window_full = window.used >= limit, second_full = second.used >= limits_.all_per_second;
  Verdict verdict;
  verdict.allowed = !window_full && !second_full;
  if (verdict.allowed) ++window.used, ++second.used;
  const bool by_second = second_full && !window_full;
  const Time end = by_second ? second.start + kSecond : window.start + limits_.window;
  verdict.headers = {
      {"X-RateLimit-Limit", by_second
                                ? limit_value(limits_.all_per_second, kSecond, "safety_net_app_id_user_id")
                                : limit_header(category)},
      {"X-RateLimit-Remaining", std::to_string(by_second ? 0 : limit - std::min(limit, window.used))},
      {"X-RateLimit-Reset", std::to_string(seconds_up(end - now))}};
  return verdict;
}

RateLimiter::Verdict RateLimiter::take_test(Time now) {
  if (!limits_.enabled) return {};
  roll(test_second_, kSecond, now);
  if (test_second_.used < limits_.test_per_second) return ++test_second_.used, Verdict{};
  return {false,
          {{"X-RateLimit-Limit",
            limit_value(limits_.test_per_second, kSecond, "ads_conversions_test_events_app_id")},
           {"X-RateLimit-Remaining", "0"},
           {"X-RateLimit-Reset", std::to_string(seconds_up(test_second_.start + kSecond - now))}}};
}

}  // namespace pinrelay::sim
