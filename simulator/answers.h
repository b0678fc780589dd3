// A call and its reply, as the simulated Pinterest sees them, and the bodies that Pinterest's errors have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/client.h"

namespace pinrelay::sim {

struct Call {
  std::string method;
  std::string target;  // path and query: "/v5/ad_accounts?page_size=25"
  std::string bearer;  // the access token, without "Bearer "
  std::string basic;   // credentials of "Authorization: Basic", as sent
  std::string content_type;
  std::string body;

  std::string_view path() const;
  std::string_view query() const;
};

// What becomes of the answer on its way back.
enum class Delivery {
  kAnswered,
  kCutBeforeBody,  // the connection ends before the body was read; the change is never made
  kCutAfterBody,   // the connection ends after the body was read, without an answer
  kNeverAnswered,  // the connection stays open and silent
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<http::Header> headers;
  std::string body;
  Delivery delivery = Delivery::kAnswered;
  Millis delay{0};         // to wait before the answer goes out
  std::string_view fault;  // name of the injected fault, or ""
};

// 200 with this JSON.
Reply make_answer(std::string json);
// {"code":…,"message":"…"}
Reply make_error(int status, int code, std::string_view message);

// Both sides of an exchange for a test that has no network: the call that our client's request makes, and
// what our client sees of the reply. A cut before the body counts as never sent; silence as a broken
// exchange.
Call call_from(const http::Request& request);
http::Response seen_by_client(const Reply& reply);

// The value of `key` in a query or form ("a=1&b=2"), percent-decoded; false when it is not there.
bool query_value(std::string_view query, std::string_view key, std::string& value);

}  // namespace pinrelay::sim
