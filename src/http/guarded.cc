#include "http/guarded.h"

namespace pinrelay::http {

ServerResponse guarded(int status, std::string content_type, std::string body, std::string_view policy,
                       std::string_view cache) {
  ServerResponse response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.headers = {{"Cache-Control", std::string(cache)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", std::string(policy)},
                      {"Referrer-Policy", "no-referrer"}};
  response.body = std::move(body);
  return response;
}

std::vector<Header> standard_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"Content-Security-Policy", std::string(kNoPage)},
          {"Referrer-Policy", "no-referrer"}};
}

Header only_https() { return {"Strict-Transport-Security", "max-age=31536000"}; }

}  // namespace pinrelay::http
