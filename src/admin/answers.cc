#include "admin/answers.h"

#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "http/guarded.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Not signed in";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 405:
      return "Wrong method";
    case 409:
      return "Conflict";
    case 412:
      return "Changed meanwhile";
    case 413:
      return "Too large";
    case 415:
      return "Wrong content type";
    case 421:
      return "Wrong host";
    case 422:
      return "Refused";
    case 429:
      return "Too many requests";
    case 503:
      return "Not available";
    case 507:
      return "No room";
    default:
      return "Internal error";
  }
}

int status_of(const Error& error) {
  if (error.code == "changed_meanwhile") return 412;  // what If-Match asks for
  if (error.code == "too_large") return 413;
  if (error.code == "no_room") return 507;
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kThrottled:
      return 429;
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
      return 503;
    case ErrorKind::kAuth:
      return 422;  // of Pinterest's or of a key; the caller's own is 401
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      return 500;
  }
  return 500;
}

}  // namespace

Problem problem_of(const Error& error) { return {status_of(error), error.code, error.message, error.fix}; }

void add_marks(http::ServerResponse& response, bool simulated, bool plain_http) {
  if (simulated) response.headers.push_back({"Pinrelay-Simulator", "requests do not go to Pinterest"});
  if (plain_http) response.headers.push_back({"Pinrelay-Plain-HTTP", "tokens may come in clear text"});
}

http::ServerResponse guarded_answer(int status, std::string content_type, std::string body,
                                    const std::string& request_id) {
  http::ServerResponse response =
      http::guarded(status, std::move(content_type), std::move(body), http::kNoPage);
  response.headers.push_back({"X-Request-Id", request_id});
  return response;
}

http::ServerResponse problem_answer(const Problem& what, const std::string& request_id) {
  Json body = {{"type", "about:blank"},   {"title", title_of(what.status)},
               {"status", what.status},   {"detail", what.detail},
               {"code", what.code},       {"fix", what.fix},
               {"request_id", request_id}};
  if (!what.pointer.empty()) body["pointer"] = what.pointer;
  if (!what.errors.empty()) body["errors"] = Json::parse(what.errors, nullptr, false);
  http::ServerResponse response =
      guarded_answer(what.status, "application/problem+json", json_text(body) + "\n", request_id);
  if ((what.status == 401 || what.status == 403) && what.code != kConfirmPassword)
    response.refusal_code = what.code;
  if (what.status == 503) response.headers.push_back({"Retry-After", "5"});
  if (what.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

}  // namespace pinrelay::admin
