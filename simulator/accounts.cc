#include "simulator/accounts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/json_text.h"
#include "http/query.h"

namespace pinrelay::sim {
namespace {

constexpr int64_t kAccessSeconds = 30 * 24 * 3600, kRefreshSeconds = 60 * 24 * 3600;
constexpr size_t kDefaultAccounts = 60;
constexpr uint64_t kFirstAccount = 549'755'885'175;

constexpr int64_t kCodeSeconds = 10 * 60;

Reply make_page(int status, const std::string& body) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";
  reply.body = body.empty() ? "" : "<!doctype html>\n" + body + "\n";
  return reply;
}

Reply bad_grant() { return make_error(401, 283, "The authorization grant is invalid"); }

}  // namespace

std::vector<AdAccount> default_ad_accounts() {
  constexpr const char* kRoles[] = {"OWNER", "ADMIN", "AUDIENCE_MANAGER", "ANALYST"};
  std::vector<AdAccount> accounts;
  for (size_t i = 0; i < kDefaultAccounts; ++i) {
    accounts.push_back(
        {std::to_string(kFirstAccount + i), "Sample account " + std::to_string(i + 1), kRoles[i % 4]});
  }
  return accounts;
}

bool role_may(std::string_view role, Task task) {
  static constexpr std::pair<std::string_view, Task> kMay[] = {
      {"OWNER", Task::kWriteLists},
      {"ADMIN", Task::kWriteLists},
      {"AUDIENCE_MANAGER", Task::kWriteLists},
      {"OWNER", Task::kSendEvents},
      {"ADMIN", Task::kSendEvents},
      {"ANALYST", Task::kSendEvents},
      {"AUDIENCE_MANAGER", Task::kSendEvents},
      {"CAMPAIGN_MANAGER", Task::kSendEvents},
  };
  return task == Task::kOther ||
         std::find(std::begin(kMay), std::end(kMay), std::pair(role, task)) != std::end(kMay);
}

std::optional<Reply> Accounts::check(const std::string& token, std::string_view scope, Task task,
                                     Time now) const {
  const auto known = tokens_.find(token);
  if (known == tokens_.end() || (known->second.expires && *known->second.expires <= now)) {
    return make_error(401, 2, "Authentication failed.");
  }
  if (known->second.conversion) {
    if (task == Task::kSendEvents) return std::nullopt;
    return make_error(403, 29, "You are not permitted to access that resource.");
  }
  if (!known->second.scopes.contains(scope)) {
    return make_error(401, 3, "The token lacks the scope " + std::string(scope) + ".");
  }
  return std::nullopt;
}

const AdAccount* Accounts::find(std::string_view id) const {
  const auto at = std::find_if(ad_accounts_.begin(), ad_accounts_.end(),
                               [&](const AdAccount& account) { return account.id == id; });
  return at == ad_accounts_.end() ? nullptr : &*at;
}

bool Accounts::set_role(std::string_view ad_account, std::string_view role) {
  for (AdAccount& account : ad_accounts_) {
    if (account.id != ad_account) continue;
    account.role = role;
    return true;
  }
  return false;
}

Reply Accounts::authorize(const Call& call, Time now) {
  const auto value = [&](std::string_view key) {
    std::string text;
    query_value(call.query(), key, text);
    return text;
  };
  const std::string redirect_uri = value("redirect_uri");
  const bool known = app_ && value("client_id") == app_->id && value("response_type") == "code" &&
                     std::ranges::find(app_->redirect_uris, redirect_uri) != app_->redirect_uris.end();
  if (!known)
    return make_page(400, "<h1>SIMULATOR</h1><p>No such app, or its redirect URI is another one.</p>");
  const std::string decision = value("decision");
  if (decision.empty()) {
    const std::string here = http::escaped(call.target);
    return make_page(200, "<h1>SIMULATOR, not Pinterest</h1><p>App " + http::escaped(app_->id) +
                              " asks for " + http::escaped(value("scope")) +
                              ".</p><p><a id=\"approve\" href=\"" + here +
                              "&amp;decision=approve\">Give access</a> <a id=\"deny\" href=\"" + here +
                              "&amp;decision=deny\">Deny</a></p>");
  }
  std::string location = redirect_uri + (redirect_uri.find('?') == std::string::npos ? "?" : "&");
  if (decision == "approve") {
    Code code{redirect_uri, {}, now + std::chrono::seconds{kCodeSeconds}};
    std::string scope = value("scope") + ",";
    for (size_t at = 0, comma = 0; (comma = scope.find(',', at)) != std::string::npos; at = comma + 1)
      if (const std::string word = scope.substr(at, comma - at); scopes_.contains(word))
        code.scopes.insert(word);
    const std::string text = "sim_code_" + std::to_string(++codes_made_);
    codes_[text] = std::move(code);
    location += "code=" + text;
  } else {
    location += "error=access_denied";
  }
  Reply reply = make_page(302, "");
  reply.headers.push_back({"Location", location + "&state=" + value("state")});
  return reply;
}

std::optional<Reply> Accounts::take_code(const Call& call, std::set<std::string, std::less<>>& scopes,
                                         Time now) {
  std::string text, redirect_uri;
  if (!query_value(call.body, "code", text) || text.empty()) return bad_grant();
  if (!app_) {
    scopes = scopes_;
    return used_codes_.insert(text).second ? std::nullopt : std::optional(bad_grant());
  }
  query_value(call.body, "redirect_uri", redirect_uri);
  const auto code = codes_.extract(text);
  if (code.empty() || code.mapped().expires <= now || code.mapped().redirect_uri != redirect_uri)
    return bad_grant();
  scopes = code.mapped().scopes;
  return std::nullopt;
}

Reply Accounts::grant(const Call& call, Time now) {
  const std::string expected = app_ ? to_base64(as_bytes(app_->id + ":" + app_->secret)) : call.basic;
  if (call.basic.empty() || call.basic != expected) return make_error(401, 2, "Authentication failed.");
  if (!call.content_type.starts_with("application/x-www-form-urlencoded")) {
    return make_error(400, 1, "Invalid request: the body must be a form");
  }
  std::string grant_type, secret;
  std::set<std::string, std::less<>> scopes;
  query_value(call.body, "grant_type", grant_type);
  if (grant_type == "client_credentials") return issue(grant_type, false, scopes_, now);
  if (grant_type == "authorization_code") {
    if (auto refused = take_code(call, scopes, now)) return *refused;
    return issue(grant_type, true, scopes, now);
  }
  if (grant_type == "refresh_token") {
    query_value(call.body, "refresh_token", secret);
    const auto token = refresh_tokens_.extract(secret);
    return token.empty() ? bad_grant() : issue(grant_type, true, token.mapped(), now);
  }
  return make_error(400, 1, "Invalid request: grant_type is missing or unknown");
}

Reply Accounts::issue(std::string_view response_type, bool with_refresh,
                      const std::set<std::string, std::less<>>& scopes, Time now) {
  const std::string number = std::to_string(++issued_);
  Token token;
  token.scopes = scopes;
  token.expires = now + std::chrono::seconds{kAccessSeconds};
  add_token("pina_sim_" + number, token);
  std::string scope;
  for (const std::string& word : scopes) scope += (scope.empty() ? "" : " ") + word;
  nlohmann::ordered_json body{{"access_token", "pina_sim_" + number},
                              {"response_type", response_type},
                              {"token_type", "bearer"},
                              {"expires_in", kAccessSeconds},
                              {"scope", scope}};
  if (with_refresh) {
    refresh_tokens_["pinr.sim_" + number] = scopes;
    body["refresh_token"] = "pinr.sim_" + number;
    body["refresh_token_expires_in"] = kRefreshSeconds;
    body["refresh_token_expires_at"] = to_millis(now) / 1000 + kRefreshSeconds;
  }
  return make_answer(json_text(body));
}

}  // namespace pinrelay::sim
