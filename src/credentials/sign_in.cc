#include "credentials/sign_in.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "config/address.h"
#include "http/guarded.h"
#include "http/query.h"
#include "pinterest/answer.h"
#include "pinterest/requests.h"

namespace pinrelay::credentials {
namespace {

using pinterest::Expect;
using pinterest::Verdict;

constexpr Millis kLasts{10 * 60'000};
constexpr Millis kAnswerMax{30'000};
constexpr size_t kRandomBytes = 32;
constexpr size_t kOpenMax = 100;
constexpr std::string_view kCookie = "__Host-pinrelay-sign-in";

// Where the interface could open no window, the tab itself went to Pinterest, and goes back to the page that
// the interface has noted. A window of its own closes once it has done its work.
constexpr const char* kScript = R"js(const to = sessionStorage.getItem("sign-in back") ?? "";
sessionStorage.removeItem("sign-in back");
if (/^\/(?![\/\\])/.test(to)) location.replace(to);
else if (document.querySelector("[data-done]")) window.close();
)js";

// Pages keep the code out of other sites' logs and allow nothing but the script that leads on from them.
http::ServerResponse guarded(int status, std::string content_type, std::string body) {
  http::ServerResponse response = http::guarded(
      status, std::move(content_type), std::move(body),
      "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin-allow-popups"});
  return response;
}

http::ServerResponse page(int status, std::string_view title, std::string_view text, bool done = false) {
  return guarded(
      status, "text/html; charset=utf-8",
      fmt::format("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                  "<title>{0} · Pinrelay</title><script src=\"{3}\" defer></script>"
                  "<h1{2}>{0}</h1><p>{1}</p></html>\n",
                  http::escaped(title), http::escaped(text), done ? " data-done" : "", SignIns::kScriptPath));
}

}  // namespace

Result<const SignIn*> SignIns::begin(uint16_t port) {
  TRY(credentials_.app());
  forget_old();
  if (open_.size() >= kOpenMax)
    return Error{ErrorKind::kThrottled, "too_many_sign_ins", "too many sign-ins are under way", "",
                 "try again in ten minutes"};
  origin_ =
      config::site_of(config_.public_url, config_.listen, port, !config_.tls_certificate_file.empty()).origin;
  SignIn& made = open_.emplace_back();
  made.ticket = random_hex(kRandomBytes);
  made.state = Secret(random_hex(kRandomBytes));
  made.ends = clock_.now() + kLasts;
  return &made;
}

void SignIns::forget_old() {
  open_.remove_if([&](const SignIn& each) { return !exports::waits(each.ends, clock_.now(), kLasts); });
}

Result<SignIn*> SignIns::find(std::string_view ticket) {
  forget_old();
  for (SignIn& each : open_)
    if (Secret(each.ticket) == Secret(ticket)) return &each;
  return Error{ErrorKind::kNotFound, "no_sign_in", "this sign-in is over, or never was", "",
               "begin again: a sign-in lasts ten minutes"};
}

std::string SignIns::start_url(const SignIn& sign_in) const {
  return fmt::format("{}{}?ticket={}", origin_, kStartPath, sign_in.ticket);
}

Result<void> SignIns::save(std::string_view ticket, NewCredentials made) {
  SignIn* const found = TRY(find(ticket));
  if (found->phase != SignInPhase::kSignedIn)
    return Error{ErrorKind::kConflict, "not_signed_in",
                 found->phase == SignInPhase::kFailed ? found->message : "nobody has signed in yet", "",
                 found->phase == SignInPhase::kFailed ? found->fix : "finish signing in at Pinterest"};
  made.method = config::Method::kSignIn;
  made.connected_as = found->connected_as;
  made.grant = found->grant;
  TRY(credentials_.put(std::move(made)));
  found->phase = SignInPhase::kSaved;
  found->grant = {};
  return {};
}

void SignIns::handle(const http::ServerRequest& request, const http::Responder& respond, const Ask& ask) {
  forget_old();
  if (request.in_clear)
    return respond(
        page(403, "Not in clear text",
             "Others on the network could read along. Open it by https, or on the machine itself."));
  if (request.method != "GET") return respond(page(405, "Not here", "This address is only to be visited."));
  if (request.path == kStartPath) return respond(start(request));
  if (request.path == kBackPath) return back(request, respond, ask);
  respond(guarded(200, "text/javascript; charset=utf-8", kScript));
}

http::ServerResponse SignIns::start(const http::ServerRequest& request) {
  const std::string ticket = http::query_value(request.query, "ticket");
  const auto found = find(ticket);
  if (!found.ok() || (*found)->phase != SignInPhase::kBegun)
    return page(404, "This link has been used", "Begin signing in again: each link serves once.");
  SignIn& sign_in = **found;
  sign_in.phase = SignInPhase::kAway;
  http::ServerResponse response = guarded(303, "text/plain", "");
  response.headers.push_back(
      {"Location", pinterest::authorize_url(config_.pinterest_authorize_url, config_.pinterest_app_id,
                                            redirect_uri(), sign_in.state.reveal())});
  response.headers.push_back(
      {"Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax", kCookie,
                                 sign_in.state.reveal(), kLasts.count() / 1'000)});
  return response;
}

http::ServerResponse SignIns::fail(SignIn& sign_in, std::string code, std::string message, std::string fix) {
  sign_in.phase = SignInPhase::kFailed;
  sign_in.code = std::move(code), sign_in.message = std::move(message), sign_in.fix = std::move(fix);
  return page(400, "Not signed in", fmt::format("{}. {}. Nothing was saved.", sign_in.message, sign_in.fix));
}

void SignIns::back(const http::ServerRequest& request, const http::Responder& respond, const Ask& ask) {
  const Secret state(http::query_value(request.query, "state"));
  const Secret cookie(http::cookie_of(request, kCookie));
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const SignIn& each) {
    return each.phase == SignInPhase::kAway && each.state == state;
  });
  if (state.empty() || found == open_.end() || !(cookie == state))
    return respond(page(400, "Not signed in",
                        "This answer belongs to no sign-in that this browser has begun. Begin again. Nothing "
                        "was saved."));
  SignIn& sign_in = *found;
  sign_in.phase = SignInPhase::kAsking;  // the state has served
  const std::string code = http::query_value(request.query, "code");
  if (code.empty())
    return respond(
        fail(sign_in, "denied", "Access was not given at Pinterest", "Begin again when it may be"));
  const auto app = credentials_.app();
  if (!app.ok()) return respond(fail(sign_in, app.error().code, app.error().message, app.error().fix));
  Question question{pinterest::exchange_code(config_.pinterest_base_url, *app, code, redirect_uri()),
                    [this, ticket = sign_in.ticket, respond](const http::Response& response) {
                      return exchanged(ticket, response, respond);
                    }};
  question.request.timeout = kAnswerMax;
  ask(std::move(question));
}

std::optional<Question> SignIns::exchanged(const std::string& ticket, const http::Response& response,
                                           const http::Responder& respond) {
  const auto found = find(ticket);
  if (!found.ok()) {
    respond(page(400, "Not signed in", "It took too long. Begin again. Nothing was saved."));
    return std::nullopt;
  }
  SignIn& sign_in = **found;
  const auto answer = pinterest::judge(response, Expect::kGrant, clock_.now());
  if (answer.verdict != Verdict::kDone) {
    const bool refused = answer.status >= 400 && answer.status < 500 && answer.status != 429;
    respond(refused ? fail(sign_in, "code_refused",
                           "Pinterest refuses the exchange: " +
                               (answer.message.empty() ? "no reason given" : answer.message),
                           "Check app id, secret and redirect URI, then begin again")
                    : fail(sign_in, "not_verified", "Pinterest gives no clear answer at the moment",
                           "Begin again later"));
    return std::nullopt;
  }
  sign_in.grant = pinterest::read_grant(response.body).value();
  for (size_t i = 0; i < pinterest::kScopesNeeded; ++i) {
    const std::string scope(pinterest::kScopes[i]);
    if (sign_in.grant.scopes.contains(scope)) continue;
    sign_in.grant = {};
    respond(fail(sign_in, "scope_missing", "Access was given without the scope " + scope,
                 "Begin again and allow it"));
    return std::nullopt;
  }
  const pinterest::Access access{config_.pinterest_base_url, sign_in.grant.access.reveal()};
  Question question{pinterest::get_user_account(access),
                    [this, ticket, respond](const http::Response& named) -> std::optional<Question> {
                      finish(ticket, named, respond);
                      return std::nullopt;
                    }};
  question.request.timeout = kAnswerMax;
  return question;
}

// Whose sign-in it is may stay unknown.
void SignIns::finish(const std::string& ticket, const http::Response& response,
                     const http::Responder& respond) {
  const auto found = find(ticket);
  if (!found.ok())
    return respond(page(400, "Not signed in", "It took too long. Begin again. Nothing was saved."));
  SignIn& sign_in = **found;
  const auto user = pinterest::read_user_account(response.body);
  if (response.status == 200 && user.ok()) sign_in.connected_as = pinterest::safe_message(user->username);
  sign_in.phase = SignInPhase::kSignedIn;
  respond(page(200, "Signed in", "You can close this window and go back to Pinrelay.", true));
}

}  // namespace pinrelay::credentials
