// Looking after stored credentials: renewing sign-ins, and asking about each once a day.
#include <algorithm>

#include "base/log.h"
#include "credentials/credentials.h"
#include "pinterest/answer.h"
#include "pinterest/requests.h"

namespace pinrelay::credentials {
namespace {

using pinterest::Expect;
using pinterest::Verdict;

constexpr Millis kRenewAhead{5 * 24 * 3600'000LL};  // of the access token's end; it lasts 30 days
constexpr Millis kCheckEvery{24 * 3600'000LL};
constexpr Millis kRetryMin{15'000}, kRetryMax{10 * 60'000};
constexpr Millis kAnswerMax{30'000};

}  // namespace

std::vector<Question> Credentials::due() {
  forget_kept_keys();
  std::vector<Question> questions;
  for (auto& [name, stored] : stored_) {
    if (stored.unsaved) save_renewal(stored);
    if (stored.asked || exports::waits(stored.not_before, clock_.now())) continue;
    auto question = next_question(stored);
    if (!question) continue;
    stored.asked = true;
    question->request.timeout = kAnswerMax;
    engine_->core().authorizations[name].spent(clock_.now(), false);
    questions.push_back(std::move(*question));
  }
  return questions;
}

bool Credentials::refused(const Stored& stored) const {
  const auto& all = engine_->core().authorizations;
  const auto found = all.find(stored.row.name);
  return found != all.end() && !stored.access.empty() &&
         found->second.refused_token == stored.access.reveal();
}

// Of a restored store: the instance it was copied from may still renew the same sign-in, and two that do so
// end it. Until somebody says that no other runs, by resuming the jobs, nothing is asked.
bool Credentials::perhaps_elsewhere(const Stored& stored) const {
  return std::ranges::any_of(engine_->core().jobs, [&](const auto& item) {
    return item.second.settings.authorization == stored.row.name && item.second.row.reason_code == "restored";
  });
}

std::optional<Question> Credentials::next_question(Stored& stored) {
  const Time now = clock_.now();
  if (stored.access.empty() || stored.unsaved) return std::nullopt;
  const bool dead = refused(stored);
  const bool ends = to_millis(stored.row.expires_at) != 0 && stored.row.expires_at < now + kRenewAhead;
  const bool renews = (dead || ends) && stored.row.health != "sign_in_again";
  const bool checks = !dead && now >= stored.row.checked_at + kCheckEvery;
  // This runs in every round: the jobs are looked through only when there is something to ask.
  if ((!renews && !checks) || perhaps_elsewhere(stored)) return std::nullopt;
  if (renews && !stored.refresh.empty()) return renew(stored);
  if (dead && renews && stored.row.health != "token_refused") set_health(stored, "token_refused");
  return checks ? std::optional(check(stored)) : std::nullopt;
}

std::optional<Question> Credentials::renew(Stored& stored) {
  const auto the_app = app();
  if (!the_app.ok()) {
    trouble(stored);
    log(LogLevel::kError, "credentials", "a sign-in cannot be renewed",
        {{"authorization", stored.row.name}, {"reason", the_app.error().text()}});
    return std::nullopt;
  }
  return Question{pinterest::refresh_grant(config_.pinterest_base_url, *the_app, stored.refresh),
                  [this, name = stored.row.name,
                   version = stored.row.version](const http::Response& response) -> std::optional<Question> {
                    if (Stored* const same = still(name, version)) renewed(*same, response);
                    return std::nullopt;
                  }};
}

Question Credentials::check(Stored& stored) {
  const pinterest::Access access{config_.pinterest_base_url, stored.access.reveal()};
  const bool sign_in = stored.row.method == static_cast<uint8_t>(config::Method::kSignIn);
  return {sign_in ? pinterest::list_ad_accounts(access, "")
                  : pinterest::send_test_event(access, stored.row.ad_account, clock_.now()),
          [this, name = stored.row.name,
           version = stored.row.version](const http::Response& response) -> std::optional<Question> {
            if (Stored* const same = still(name, version)) checked(*same, response);
            return std::nullopt;
          }};
}

// The one that was asked about, unless it has gone or has other secrets by now.
Stored* Credentials::still(const std::string& name, int64_t version) {
  const auto found = stored_.find(name);
  return found != stored_.end() && found->second.row.version == version ? &found->second : nullptr;
}

// No clear answer: asked again, later each time.
void Credentials::trouble(Stored& stored) {
  const unsigned doublings = std::min(stored.failures++, 10U);
  stored.not_before = clock_.now() + std::min(kRetryMin * (1 << doublings), kRetryMax);
}

void Credentials::renewed(Stored& stored, const http::Response& response) {
  stored.asked = false;
  const auto answer = pinterest::judge(response, Expect::kGrant, clock_.now());
  switch (answer.verdict) {
    case Verdict::kDone:
      stored.failures = 0;
      stored.unsaved = pinterest::read_grant(response.body).value();
      return save_renewal(stored);
    case Verdict::kAuth:
    case Verdict::kForbidden:
    case Verdict::kRefused:
    case Verdict::kGone:
    case Verdict::kTooLarge:
      log(LogLevel::kError, "credentials", "Pinterest refuses to renew a sign-in",
          {{"authorization", stored.row.name}, {"status", answer.status}, {"reason", answer.message}});
      return set_health(stored, "sign_in_again");
    case Verdict::kUnknown:
    case Verdict::kNotSent:
    case Verdict::kThrottled:
    case Verdict::kRampedDown:
      break;
  }
  trouble(stored);
  if (refused(stored) && stored.row.health.empty()) set_health(stored, "token_refused");
  log(LogLevel::kWarning, "credentials", "renewing a sign-in has to be tried again",
      {{"authorization", stored.row.name}, {"status", answer.status}, {"reason", answer.message}});
}

// Durable before its first use: whatever happens after that, the pair is known.
void Credentials::save_renewal(Stored& stored) {
  const pinterest::Grant& grant = *stored.unsaved;
  const Secret refresh = grant.refresh.empty() ? stored.refresh : grant.refresh;
  const Time now = clock_.now();
  store::AuthorizationRow row = stored.row;
  row.health.clear();
  row.checked_at = now;
  row.expires_at = end_of(grant.expires_in, now);
  if (grant.refresh_expires_in != Millis{0}) row.refresh_expires_at = end_of(grant.refresh_expires_in, now);
  auto saved = seal(row, grant.access, refresh);
  if (saved.ok()) saved = write(row);
  if (!saved.ok()) {
    log(LogLevel::kError, "credentials", "a renewed sign-in cannot be stored yet",
        {{"authorization", row.name}, {"reason", saved.error().text()}});
    return;
  }
  stored.row = std::move(row);
  stored.access = grant.access;
  stored.refresh = refresh;
  stored.unsaved.reset();
  log(LogLevel::kInfo, "credentials", "a sign-in was renewed", {{"authorization", stored.row.name}});
}

void Credentials::checked(Stored& stored, const http::Response& response) {
  stored.asked = false;
  const bool sign_in = stored.row.method == static_cast<uint8_t>(config::Method::kSignIn);
  const auto answer = sign_in ? pinterest::judge(response, Expect::kAdAccountPage, clock_.now())
                              : pinterest::judge_events(response, 1, clock_.now()).answer;
  switch (answer.verdict) {
    case Verdict::kDone:
      stored.failures = 0;
      return set_health(stored, "");
    case Verdict::kAuth:
      // As if a job had been refused: a sign-in is then renewed.
      engine_->core().authorizations[stored.row.name].refused_token = stored.access.reveal();
      return stored.refresh.empty() ? set_health(stored, "token_refused") : void();
    case Verdict::kForbidden:
      return set_health(stored, "not_permitted");
    default:
      return trouble(stored);
  }
}

void Credentials::set_health(Stored& stored, std::string_view code) {
  const bool news = stored.row.health != code;
  store::AuthorizationRow row = stored.row;
  row.health = code;
  row.checked_at = clock_.now();
  const auto written = write(row);
  if (!written.ok()) return trouble(stored);
  stored.row = std::move(row);
  if (news)
    log(code.empty() ? LogLevel::kInfo : LogLevel::kError, "credentials", "health of an authorization",
        {{"authorization", stored.row.name}, {"health", health_of(code).meaning}});
}

}  // namespace pinrelay::credentials
