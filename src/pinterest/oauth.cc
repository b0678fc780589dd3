#include "pinterest/oauth.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "pinterest/requests.h"

namespace pinrelay::pinterest {
namespace {

using simdjson::dom::object;

http::Request token_request(std::string_view base_url, const App& app, std::string form) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  http::Request request;
  request.method = "POST";
  request.url.append(base_url).append("/oauth/token");
  std::string credentials = app.id + ":" + app.secret.reveal();
  request.basic = to_base64(as_bytes(credentials));
  wipe(credentials);
  request.content_type = "application/x-www-form-urlencoded";
  request.body = std::move(form);
  return request;
}

std::string text_of(const object& from, std::string_view name) {
  std::string_view text;
  return from[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// A number, or a string that is one.
Millis seconds_of(const object& from, std::string_view name) {
  int64_t seconds = 0;
  if (from[name].get(seconds) != simdjson::SUCCESS) {
    const std::string text = text_of(from, name);
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  constexpr int64_t kTenYears = 10LL * 366 * 24 * 3600;
  return Millis{std::clamp<int64_t>(seconds, 0, kTenYears) * 1'000};
}

}  // namespace

std::string authorize_url(std::string_view page, std::string_view app_id, std::string_view redirect_uri,
                          std::string_view state) {
  std::string scopes;
  for (const std::string_view scope : kScopes) (scopes += scopes.empty() ? "" : ",") += scope;
  std::string url(page);
  if (!url.ends_with('/')) url += '/';
  url.append("?client_id=").append(percent_encoded(app_id));
  url.append("&redirect_uri=").append(percent_encoded(redirect_uri));
  url.append("&response_type=code&scope=").append(scopes);
  url.append("&state=").append(percent_encoded(state));
  return url;
}

http::Request exchange_code(std::string_view base_url, const App& app, std::string_view code,
                            std::string_view redirect_uri) {
  return token_request(base_url, app,
                       "grant_type=authorization_code&code=" + percent_encoded(code) +
                           "&redirect_uri=" + percent_encoded(redirect_uri) + "&continuous_refresh=true");
}

http::Request refresh_grant(std::string_view base_url, const App& app, const Secret& refresh_token) {
  return token_request(base_url, app,
                       "grant_type=refresh_token&refresh_token=" + percent_encoded(refresh_token.reveal()) +
                           "&continuous_refresh=true");
}

Result<Grant> read_grant(std::string_view body) {
  const Error unreadable{ErrorKind::kUnavailable, "pinterest_unreadable", "Pinterest's answer holds no token",
                         "", "try again"};
  simdjson::dom::parser parser;
  object answer;
  if (parser.parse(simdjson::padded_string(body)).get(answer) != simdjson::SUCCESS) return unreadable;
  Grant grant;
  grant.access = Secret(text_of(answer, "access_token"));
  if (grant.access.empty()) return unreadable;
  grant.refresh = Secret(text_of(answer, "refresh_token"));
  grant.expires_in = seconds_of(answer, "expires_in");
  grant.refresh_expires_in = seconds_of(answer, "refresh_token_expires_in");
  // Separated by spaces or commas.
  std::string scope;
  for (const char c : text_of(answer, "scope") + " ") {
    if (c != ' ' && c != ',') {
      scope += c;
    } else if (!scope.empty()) {
      grant.scopes.insert(std::exchange(scope, {}));
    }
  }
  return grant;
}

}  // namespace pinrelay::pinterest
