#include "admin/security_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "admin/routes.h"
#include "base/json_writer.h"

namespace pinrelay::admin {
namespace {

using store::SecurityKind;

constexpr Millis kMinute{60'000}, kLookEvery{1'000};

// How many of a kind are told one by one, of a source and in a minute. Views also count by caller: each is
// proof of who looked at whom, and one person's work at a desk stays far below this.
struct Rate {
  SecurityKind kind;
  int rows_a_minute;
  bool by_caller = false;
};
constexpr Rate kRates[] = {
    {SecurityKind::kSignInFailed, 10}, {SecurityKind::kSignInDelayed, 3},
    {SecurityKind::kNewAddress, 10},   {SecurityKind::kTokenRefused, 5},
    {SecurityKind::kForbidden, 10},    {SecurityKind::kPersonViewed, 120, true},
};
static_assert(std::size(kRates) == std::size(store::kSecurityKinds));

const Rate& rate_of(SecurityKind kind) { return *std::ranges::find(kRates, kind, &Rate::kind); }

// Codes of 401 and 403 that are something else than a refusal: Users tells of passwords itself, with the
// user.
constexpr std::string_view kToldElsewhere[] = {"wrong_password", "too_many_tries", "no_invitation"};
constexpr std::string_view kTokenCodes[] = {"no_token", "bad_write_key"};

std::string route_text(const http::ServerRequest& request) {
  if (request.path == "/v1/changes") return "POST /v1/changes";
  const Match match = find_route(request.method, request.path);
  return match.route == nullptr ? "another path"
                                : fmt::format("{} {}", match.route->method, match.route->path);
}

}  // namespace

void SecurityWatch::note(SecurityEvent event) {
  {
    const std::lock_guard lock(mutex_);
    const Millis now = clock_.monotonic();
    Minute& minute = minute_of(event, now);
    if (minute.rows >= rate_of(event.kind).rows_a_minute || !has_room(now)) {
      ++minute.beyond;
      minute.last = std::move(event);
      return;
    }
    ++minute.rows;
    add(event, 1);
  }
  wake_();
}

SecurityWatch::Minute& SecurityWatch::minute_of(const SecurityEvent& event, Millis now) {
  if (now >= look_at_) close_minutes(now, false);
  Key key{event.kind, event.source, rate_of(event.kind).by_caller ? event.who : ""};
  if (minutes_.size() >= kSourcesMax && !minutes_.contains(key)) key = {event.kind, "", ""};
  const auto [found, fresh] = minutes_.try_emplace(std::move(key));
  if (fresh) found->second.begun = now;
  return found->second;
}

bool SecurityWatch::has_room(Millis now) {
  if (now - all_begun_ >= kMinute) all_begun_ = now, all_rows_ = 0;
  return ++all_rows_ <= kRowsAMinute;
}

void SecurityWatch::close_minutes(Millis now, bool all) {
  look_at_ = now + kLookEvery;
  for (auto at = minutes_.begin(); at != minutes_.end();) {
    auto& [key, minute] = *at;
    if (!all && now - minute.begun < kMinute) {
      ++at;
      continue;
    }
    if (minute.beyond > 0) {
      minute.last.whom.clear();  // it counts views of several people
      if (std::get<1>(key).empty()) minute.last.source = "several";
      add(minute.last, minute.beyond);
    }
    at = minutes_.erase(at);
  }
}

void SecurityWatch::add(const SecurityEvent& event, int64_t count) {
  rows_.push_back({0, event.kind, clock_.now(), event.source, event.who, event.what, event.whom, count});
}

std::vector<store::SecurityEventRow> SecurityWatch::take() {
  const std::lock_guard lock(mutex_);
  const Millis now = clock_.monotonic();
  if (now >= look_at_) close_minutes(now, false);
  return std::exchange(rows_, {});
}

std::vector<store::SecurityEventRow> SecurityWatch::take_all() {
  const std::lock_guard lock(mutex_);
  close_minutes(clock_.monotonic(), true);
  return std::exchange(rows_, {});
}

std::optional<SecurityEvent> refusal_of(const http::ServerRequest& request,
                                        const http::ServerResponse& response) {
  const std::string& code = response.refusal_code;
  if (code.empty() || std::ranges::find(kToldElsewhere, code) != std::end(kToldElsewhere))
    return std::nullopt;
  const bool token = std::ranges::find(kTokenCodes, code) != std::end(kTokenCodes);
  // A page that is opened, or a session that has run out, presents no token.
  if (token && request.header("Authorization").empty()) return std::nullopt;
  return SecurityEvent{token ? SecurityKind::kTokenRefused : SecurityKind::kForbidden, request.peer,
                       response.refused_who, fmt::format("{}: {}", route_text(request), code)};
}

std::string json_line(const store::SecurityEventRow& row) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().field("at", format_rfc3339(row.at)).field("event", store::name_of(row.kind));
  json.field("source", row.source).field("who", row.who).field("what", row.what);
  if (!row.whom.empty()) json.field("whom", "id:" + to_hex(row.whom));
  json.field("count", row.count).end_object();
  return line + "\n";
}

}  // namespace pinrelay::admin
