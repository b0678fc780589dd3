#include "simulator/accounts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pinrelay::sim {
namespace {

constexpr int64_t kAccessSeconds = 30 * 24 * 3600, kRefreshSeconds = 60 * 24 * 3600;
constexpr size_t kDefaultAccounts = 60;
constexpr uint64_t kFirstAccount = 549'755'885'175;

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

Reply Accounts::grant(const Call& call, Time now) {
  if (call.basic.empty()) return make_error(401, 2, "Authentication failed.");
  if (!call.content_type.starts_with("application/x-www-form-urlencoded")) {
    return make_error(400, 1, "Invalid request: the body must be a form");
  }
  std::string grant_type, secret;
  query_value(call.body, "grant_type", grant_type);
  if (grant_type == "client_credentials") return issue(grant_type, false, now);
  if (grant_type == "authorization_code") {
    if (!query_value(call.body, "code", secret) || secret.empty()) return bad_grant();
    return used_codes_.insert(secret).second ? issue(grant_type, true, now) : bad_grant();
  }
  if (grant_type == "refresh_token") {
    query_value(call.body, "refresh_token", secret);
    return refresh_tokens_.erase(secret) > 0 ? issue(grant_type, true, now) : bad_grant();
  }
  return make_error(400, 1, "Invalid request: grant_type is missing or unknown");
}

Reply Accounts::issue(std::string_view response_type, bool with_refresh, Time now) {
  const std::string number = std::to_string(++issued_);
  Token token;
  token.expires = now + std::chrono::seconds{kAccessSeconds};
  add_token("pina_sim_" + number, token);
  nlohmann::ordered_json body{{"access_token", "pina_sim_" + number},
                              {"response_type", response_type},
                              {"token_type", "bearer"},
                              {"expires_in", kAccessSeconds},
                              {"scope", "ads:read ads:write user_accounts:read"}};
  if (with_refresh) {
    refresh_tokens_.insert("pinr.sim_" + number);
    body["refresh_token"] = "pinr.sim_" + number;
    body["refresh_token_expires_in"] = kRefreshSeconds;
    body["refresh_token_expires_at"] = to_millis(now) / 1000 + kRefreshSeconds;
  }
  return make_answer(body.dump());
}

}  // namespace pinrelay::sim
