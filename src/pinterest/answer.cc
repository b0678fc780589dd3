#include "pinterest/answer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>

#include "pinterest/oauth.h"

#include "pinterest/objects.h"

namespace pinrelay::pinterest {
namespace {

// A longer wait than this is a misunderstanding (an epoch, for instance); our own back-off serves better.
constexpr int64_t kWaitSecondsMax = 48 * 3600;

bool contains(std::string_view text, std::string_view lower_case) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::ranges::search(text, lower_case, same).begin() != text.end();
}

std::optional<Millis> as_wait(int64_t seconds) {
  if (seconds <= 0 || seconds > kWaitSecondsMax) return std::nullopt;
  return Millis{seconds * 1'000};
}

// The whole number at the start of the value, which a list, parameters or a fraction may follow.
std::optional<Millis> wait_of_seconds(std::string_view value) {
  int64_t seconds = 0;
  const char* const end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, seconds);
  if (error != std::errc()) return std::nullopt;
  if (at != end && *at == '.') return as_wait(seconds < kWaitSecondsMax ? seconds + 1 : seconds);
  if (at != end && *at != ',' && *at != ';' && *at != ' ') return std::nullopt;
  return as_wait(seconds);
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form of a date that HTTP lets a sender use.
std::optional<Millis> wait_of_date(std::string_view value, Time now) {
  using namespace std::chrono;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int day = 0, year_number = 0, hour = 0, minute = 0, second = 0;
  std::array<char, 4> month_name{};
  const std::string text(value);
  const int found = std::sscanf(text.c_str(), "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &day,
                                month_name.data(), &year_number, &hour, &minute, &second);
  const size_t month_at = kMonths.find(month_name.data());
  if (found != 6 || month_at == std::string_view::npos || month_at % 3 != 0) return std::nullopt;
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_at / 3 + 1)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  const Time at = sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
  return as_wait(ceil<seconds>(at - now).count());
}

std::optional<Millis> wanted_wait(const http::Response& response, Time now) {
  const std::string_view retry_after = response.header("retry-after");
  if (const auto wait = wait_of_seconds(retry_after)) return wait;
  if (const auto wait = wait_of_date(retry_after, now)) return wait;
  // Every answer tells when the window ends; only for a 429 is that a wish to wait.
  if (response.status != 429) return std::nullopt;
  return wait_of_seconds(response.header("x-ratelimit-reset"));
}

bool readable(std::string_view body, Expect expect) {
  switch (expect) {
    case Expect::kList:
      return read_list(body).ok();
    case Expect::kAudience:
      return read_audience(body).ok();
    case Expect::kAdAccount:
      return read_ad_account(body).ok();
    case Expect::kUserAccount:
      return read_user_account(body).ok();
    case Expect::kListPage:
      return read_lists(body).ok();
    case Expect::kAudiencePage:
      return read_audiences(body).ok();
    case Expect::kAdAccountPage:
      return read_ad_accounts(body).ok();
    case Expect::kEvents:
      return true;  // judge_events reads them
    case Expect::kGrant:
      return read_grant(body).ok();
  }
  return false;
}

// Pinterest documents no limit of size, hence no text for it either: these are the usual words.
bool says_too_large(std::string_view message) {
  constexpr std::string_view kPhrases[] = {"too large",  "too many records", "too big",
                                           "size limit", "maximum size",     "maximum number of records"};
  return std::ranges::any_of(kPhrases, [&](std::string_view phrase) { return contains(message, phrase); });
}

Verdict verdict_of_400(int code, std::string_view message) {
  if (code == kListNotFound || code == kUserListNotFound) return Verdict::kGone;
  return says_too_large(message) ? Verdict::kTooLarge : Verdict::kRefused;
}

Verdict verdict_of(int status, int code, std::string_view message) {
  constexpr int kRampedDownCode = 4197;
  switch (status) {
    case 400:
      return verdict_of_400(code, message);
    case 401:
      return Verdict::kAuth;
    case 403:
      return Verdict::kForbidden;
    case 404:
      return Verdict::kGone;
    case 408:
      return Verdict::kUnknown;
    case 413:
      return Verdict::kTooLarge;
    case 429:
      return Verdict::kThrottled;
    case 503:
      return code == kRampedDownCode ? Verdict::kRampedDown : Verdict::kUnknown;
    default:
      return status >= 400 && status < 500 ? Verdict::kRefused : Verdict::kUnknown;
  }
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kDone:
      return "done";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kNotSent:
      return "not_sent";
    case Verdict::kThrottled:
      return "throttled";
    case Verdict::kRampedDown:
      return "ramped_down";
    case Verdict::kAuth:
      return "auth";
    case Verdict::kForbidden:
      return "forbidden";
    case Verdict::kGone:
      return "gone";
    case Verdict::kTooLarge:
      return "too_large";
    case Verdict::kRefused:
      return "refused";
  }
  return "unknown";
}

Answer judge(const http::Response& response, Expect expect, Time now) {
  Answer out;
  if (response.ending != http::Ending::kAnswered) {
    out.verdict = response.ending == http::Ending::kNotSent ? Verdict::kNotSent : Verdict::kUnknown;
    out.message = safe_message(response.error);
    out.tls_failed = response.tls_failed;
    return out;
  }
  out.status = response.status;
  out.request_id = safe_message(response.header("x-pinterest-rid"));
  if (response.status >= 200 && response.status < 300) {
    const bool done = readable(response.body, expect);
    out.verdict = done ? Verdict::kDone : Verdict::kUnknown;
    if (!done) out.message = "the answer could not be read";
    return out;
  }
  const auto error = read_error_body(response.body);
  const std::string_view message = error ? std::string_view(error->message) : std::string_view(response.body);
  out.code = error ? error->code : 0;
  out.message = safe_message(message);
  out.verdict = verdict_of(out.status, out.code, message);
  out.wait = wanted_wait(response, now);
  out.spam_block = out.verdict == Verdict::kThrottled && contains(message, "spam");
  return out;
}

EventsAnswer judge_events(const http::Response& response, size_t events, Time now) {
  constexpr int kUnprocessable = 422;
  EventsAnswer out{judge(response, Expect::kEvents, now), {}};
  if (out.answer.verdict != Verdict::kDone && out.answer.status != kUnprocessable) return out;
  out.results = read_event_results(response.body, events);
  for (EventResult& result : out.results)
    // Most events may have a warning, and hardly anybody reads it: it is made safe by who does.
    if (!result.processed && !result.words.empty()) result.words = safe_message(result.words);
  if (!out.results.empty()) {
    out.answer.verdict = Verdict::kDone;
  } else if (out.answer.verdict == Verdict::kDone) {
    // As many results as events, or we cannot know whose they are.
    out.answer.verdict = Verdict::kUnknown;
    out.answer.message = "the answer could not be read";
  }
  return out;
}

}  // namespace pinrelay::pinterest
