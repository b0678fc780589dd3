// The HTTP API, sign-in pages and sessions: whole requests, through the door to the commands and back.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/result.h"
#include "service.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

constexpr size_t kRequestsMax = 4;
constexpr std::string_view kBetweenRequests = "\n---\n", kBeforeAnswer = "\n===\n";

// What comes before `mark`; takes it, and the mark, off.
std::string_view take_until(std::string_view& text, std::string_view mark) {
  const size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + mark.size(), text.size()));
  return part;
}

std::string filled_in(std::string_view text, const Service& service) {
  std::string out(text);
  const std::pair<std::string_view, std::string> places[] = {{"{ticket}", service.ticket()},
                                                             {"{state}", service.state()}};
  for (const auto& [name, value] : places)
    for (size_t at = 0; (at = out.find(name, at)) != std::string::npos; at += value.size())
      out.replace(at, name.size(), value);
  return out;
}

// "METHOD target", headers up to an empty line, the body. Of the header "Peer" the server makes the address.
http::ServerRequest read_request(std::string_view text, const Service& service) {
  http::ServerRequest request;
  std::string_view first = take_until(text, "\n");
  request.method = take_until(first, " ");
  request.path = filled_in(take_until(first, "?"), service);
  request.query = filled_in(first, service);
  request.peer = "127.0.0.1";
  request.headers.push_back({"Host", "pinrelay.example.com"});
  while (!text.empty()) {
    std::string_view line = take_until(text, "\n");
    if (line.empty()) break;
    const std::string name(take_until(line, ": "));
    if (name == "Peer") {
      request.peer = line;
    } else if (name == "Host") {
      request.headers[0].value = line;
    } else {
      request.headers.push_back({name, filled_in(line, service)});
    }
  }
  request.body = text;
  return request;
}

// "STATUS\nbody", as Pinterest or a webhook may say.
http::Response read_answer(std::string_view text) {
  http::Response answer;
  answer.ending = http::Ending::kAnswered;
  answer.status = 200;
  const std::string_view status = take_until(text, "\n");
  std::from_chars(status.data(), status.data() + status.size(), answer.status);
  answer.status = std::clamp(answer.status, 100, 599);
  answer.body = text;
  return answer;
}

void check_answer(const http::ServerResponse& answer, std::string_view input) {
  CHECK(answer.status >= 200 && answer.status < 600 && answer.status != 500);
  for (const http::Header& header : answer.headers)
    CHECK(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  if (answer.content_type.find("json") == std::string::npos || answer.body.empty()) return;
  simdjson::dom::parser parser;
  CHECK(parser.parse(answer.body).error() == simdjson::SUCCESS);
  // Secrets of the configuration are in no answer, unless the caller knows them.
  if (input.find("pina_") == std::string_view::npos)
    CHECK(answer.body.find("pina_test") == std::string::npos);
}

// Whether a later request could be answered otherwise because of this one.
bool may_have_changed(const http::ServerRequest& request, int status) {
  constexpr std::array kRefusals = {400, 403, 404, 405, 413, 415, 421};
  if (std::ranges::find(kRefusals, status) != kRefusals.end()) return false;
  const bool remembers = request.path.starts_with("/oauth/") || request.path == "/v1/changes";
  return remembers || (request.method != "GET" && request.method != "HEAD" && status != 401) ||
         request.path.starts_with("/api/v1/session");
}

void run_requests(Service& service, std::string_view input) {
  std::string_view left = input;
  const std::string_view requests = take_until(left, kBeforeAnswer);
  const http::Response pinterest = read_answer(left);
  bool changed = false;
  left = requests;
  for (size_t i = 0; i < kRequestsMax && !left.empty(); ++i) {
    const http::ServerRequest request = read_request(take_until(left, kBetweenRequests), service);
    const http::ServerResponse answer = service.call(request, pinterest);
    check_answer(answer, input);
    changed |= may_have_changed(request, answer.status);
  }
  if (changed) service.renew();
}

Run start_service() {
  return [service = std::make_shared<Service>()](std::string_view input) { run_requests(*service, input); };
}

}  // namespace

Target api_target() {
  return {.name = "api",
          .share = 1,
          .seeds = {"GET /api/v1/jobs\nAuthorization: Bearer prl_viewer\n\n",
                    "PUT /api/v1/jobs/new\nAuthorization: Bearer prl_admin\nContent-Type: application/json\n"
                    "\n{\"settings\":{\"type\":\"audience_export\",\"authorization\":\"acme\",\"audience\":"
                    "\"Readers\",\"ad_account\":\"1\",\"identifiers\":[{\"email\":\"email\"}]}}"},
          .words = {"GET ",
                    "PUT ",
                    "POST ",
                    "PATCH ",
                    "DELETE ",
                    "/api/v1/",
                    "jobs",
                    "readers",
                    "orders",
                    "authorizations",
                    "acme",
                    "audiences",
                    "Readers",
                    "fields",
                    "profiles/u1",
                    "/why",
                    "/preview",
                    "/plan",
                    "/export",
                    "/records",
                    "/requests",
                    "/start",
                    "/pause",
                    "/resume",
                    "/retry",
                    "/resync",
                    "/stop",
                    "/test",
                    "imports",
                    "uploads",
                    "alerts",
                    "webhooks",
                    "tokens",
                    "users",
                    "write-keys",
                    "audit",
                    "sign-ins",
                    "master-key/rotate",
                    "doctor",
                    "live/jobs",
                    "alert-history",
                    "?limit=",
                    "&cursor=",
                    "search=",
                    "ad_account=",
                    "Authorization: Bearer prl_viewer\n",
                    "Authorization: Bearer prl_operator\n",
                    "Authorization: Bearer prl_admin\n",
                    "Content-Type: application/json\n",
                    "Content-Type: text/csv\n",
                    "Idempotency-Key: k\n",
                    "If-Match: \"1\"\n",
                    "Cookie: __Host-pinrelay=session-of-ada\n",
                    "Origin: https://pinrelay.example.com\n",
                    "\n\n{",
                    "}",
                    "[",
                    "]",
                    "\"",
                    ":",
                    ",",
                    "true",
                    "null",
                    "\"settings\":{",
                    "\"rows\":[{",
                    "\"name\":",
                    "\"role\":\"viewer\"",
                    "\"expires\":\"90d\"",
                    "\"type\":",
                    "\"list\":{\"id\":",
                    "\"identifiers\":",
                    "\"event\":",
                    "\"details\":",
                    "\"brake\":",
                    "\"flush\":{\"after\":",
                    "\"consent\":",
                    "\"kind\":",
                    "\"to\":",
                    "\"url\":\"https://example.org/\"",
                    "%00",
                    "%2f",
                    "\\ud800",
                    "\xff",
                    "\n---\n",
                    "\n===\n",
                    "429\n",
                    "500\n"},
          .start = start_service};
}

Target pages_target() {
  return {.name = "pages",
          .share = 1,
          .seeds = {"GET /sign-in\n\n",
                    "GET /oauth/start?ticket={ticket}\n\n\n---\nGET "
                    "/oauth/pinterest?state={state}&code=c\nCookie: __Host-pinrelay-sign-in={state}\n\n"},
          .words = {"GET ",
                    "POST ",
                    "HEAD ",
                    "/",
                    "/sign-in",
                    "/sign-in.js",
                    "/oauth/start?ticket={ticket}",
                    "/oauth/pinterest?",
                    "state={state}",
                    "&code=",
                    "&error=",
                    "/oauth/close.js",
                    "/livez",
                    "/readyz",
                    "/api/v1/session",
                    "/accept",
                    "/confirm",
                    "/assets/",
                    "/v1/changes",
                    "Cookie: ",
                    "__Host-pinrelay-sign-in={state}",
                    "__Host-pinrelay=session-of-ada",
                    "Origin: https://pinrelay.example.com\n",
                    "Host: localhost\n",
                    "Peer: 192.0.2.1\n",
                    "Peer: ::1\n",
                    "X-Forwarded-For: ",
                    "X-Forwarded-Proto: https\n",
                    "Forwarded: for=1\n",
                    "Sec-Fetch-Site: same-origin\n",
                    "Content-Type: application/json\n",
                    "{\"name\":\"ada\",\"password\":\"",
                    "{\"ticket\":\"invitation-of-bob\",\"password\":\"",
                    "vier kleine Boote",
                    "\"}",
                    "\n\n",
                    "\n---\n",
                    "\n===\n200\n",
                    "{\"access_token\":\"pina_x\"",
                    ",\"refresh_token\":\"pinr_x\"",
                    ",\"scope\":\"ads:read,ads:write,user_accounts:read\"",
                    ",\"expires_in\":3600",
                    "%00",
                    "%2e",
                    "<script>",
                    "\"",
                    "\r"},
          .start = start_service};
}

}  // namespace pinrelay::fuzz
