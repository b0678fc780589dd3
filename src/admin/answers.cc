#include "admin/answers.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/random.h"

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
    default:
      return "Internal error";
  }
}

int status_of(const Error& error) {
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

std::string random_hex(size_t bytes) {
  const auto random = make_system_random();
  Bytes out;
  while (out.size() < bytes) append_fixed(out, random->next());
  return to_hex(out);
}

Problem problem_of(const Error& error) { return {status_of(error), error.code, error.message, error.fix}; }

http::ServerResponse guarded_answer(int status, std::string content_type, std::string body,
                                    const std::string& request_id) {
  http::ServerResponse response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.headers = {{"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Request-Id", request_id}};
  response.body = std::move(body);
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
      guarded_answer(what.status, "application/problem+json",
                     body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", request_id);
  if (what.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

}  // namespace pinrelay::admin
