// Signing in: the page people are sent to, and the exchange of what they come back with for tokens. As
// everything here: data, nothing is sent.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"

namespace pinrelay::pinterest {

// The customer's own app.
struct App {
  std::string id;
  Secret secret;
};

// The last is for the name of who signed in; without it the name is unknown.
inline constexpr std::string_view kScopes[] = {"ads:read", "ads:write", "user_accounts:read"};
inline constexpr size_t kScopesNeeded = 2;

// What Pinterest gives for a code or a refresh token.
struct Grant {
  Secret access, refresh;                       // without a refresh token the present one stays
  Millis expires_in{0}, refresh_expires_in{0};  // zero: not told
  std::set<std::string, std::less<>> scopes;
};

// `page` is https://www.pinterest.com/oauth/.
std::string authorize_url(std::string_view page, std::string_view app_id, std::string_view redirect_uri,
                          std::string_view state);
// POST /oauth/token. `redirect_uri` is the one of authorize_url, byte for byte.
http::Request exchange_code(std::string_view base_url, const App& app, std::string_view code,
                            std::string_view redirect_uri);
http::Request refresh_grant(std::string_view base_url, const App& app, const Secret& refresh_token);
// Of a 2xx.
Result<Grant> read_grant(std::string_view body);

}  // namespace pinrelay::pinterest
