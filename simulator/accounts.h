// Who may call: OAuth tokens with scopes and an end, conversion tokens, and the ad accounts with the role the
// user has in each.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "simulator/answers.h"

namespace pinrelay::sim {

struct AdAccount {
  std::string id;
  std::string name;
  std::string role;  // OWNER, ADMIN, AUDIENCE_MANAGER, ANALYST, …
};
// 60 of them, three pages of the default size, with the four roles above in turn; the first is
// 549755885175, role OWNER.
std::vector<AdAccount> default_ad_accounts();

// What a call does that not every role may do.
enum class Task { kOther, kWriteLists, kSendEvents };
bool role_may(std::string_view role, Task task);

struct Token {
  bool conversion = false;  // good for sending events and nothing else; scopes do not matter
  std::set<std::string, std::less<>> scopes{"ads:read", "ads:write", "user_accounts:read"};
  std::optional<Time> expires{};
};

// An app that was registered with Pinterest.
struct App {
  std::string id, secret;
  std::vector<std::string> redirect_uris;  // to the byte
};

class Accounts {
 public:
  explicit Accounts(std::vector<AdAccount> ad_accounts) : ad_accounts_(std::move(ad_accounts)) {}

  void add_token(const std::string& token, Token details = {}) { tokens_[token] = std::move(details); }
  void revoke_token(const std::string& token) { tokens_.erase(token); }
  // The error that a call with this token gets, or nothing when it may pass.
  std::optional<Reply> check(const std::string& token, std::string_view scope, Task task, Time now) const;

  const AdAccount* find(std::string_view id) const;
  // False when there is no such ad account.
  bool set_role(std::string_view ad_account, std::string_view role);
  const std::vector<AdAccount>& ad_accounts() const { return ad_accounts_; }
  size_t tokens() const { return tokens_.size(); }

  // Without an app any id, secret and code will do, each code once.
  void register_app(App app) { app_ = std::move(app); }
  // GET /oauth/: the page that asks a person, and where their decision (`&decision=approve` or `deny`) leads.
  Reply authorize(const Call& call, Time now);
  // POST /v5/oauth/token: a code is good once, for ten minutes, with the redirect URI it was made for; a
  // refresh token is good until it is used.
  Reply grant(const Call& call, Time now);
  // Sign-ins from now on get no more than these.
  void limit_scopes(std::set<std::string, std::less<>> scopes) { scopes_ = std::move(scopes); }

 private:
  struct Code {
    std::string redirect_uri;
    std::set<std::string, std::less<>> scopes;
    Time expires{};
  };
  Reply issue(std::string_view response_type, bool with_refresh,
              const std::set<std::string, std::less<>>& scopes, Time now);
  std::optional<Reply> take_code(const Call& call, std::set<std::string, std::less<>>& scopes, Time now);

  std::vector<AdAccount> ad_accounts_;
  std::map<std::string, Token> tokens_;
  std::set<std::string> used_codes_;
  std::optional<App> app_;
  std::map<std::string, Code> codes_;
  std::map<std::string, std::set<std::string, std::less<>>> refresh_tokens_;  // with their scopes
  std::set<std::string, std::less<>> scopes_{"ads:read", "ads:write", "user_accounts:read"};
  uint64_t codes_made_ = 0;
  uint64_t issued_ = 0;
};

}  // namespace pinrelay::sim
