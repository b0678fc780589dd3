#include "simulator/answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "http/query.h"

namespace pinrelay::sim {

std::string_view Call::path() const {
  return std::string_view(target).substr(0, std::min(target.find('?'), target.size()));
}

std::string_view Call::query() const {
  const size_t at = target.find('?');
  return at == std::string::npos ? std::string_view() : std::string_view(target).substr(at + 1);
}

Reply make_answer(std::string json) {
  Reply reply;
  reply.body = std::move(json);
  return reply;
}

Reply make_error(int status, int code, std::string_view message) {
  nlohmann::ordered_json body{{"code", code}, {"message", message}};
  // The one error whose live body is known to say more.
  if (status == 401) body["status"] = "failure";
  Reply reply;
  reply.status = status;
  // Messages can quote the request, which need not be UTF-8.
  reply.body = json_text(body);
  return reply;
}

Call call_from(const http::Request& request) {
  const size_t scheme = request.url.find("://");
  const size_t path = request.url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  Call call;
  call.method = request.method;
  call.target = path == std::string::npos ? "/" : request.url.substr(path);
  call.bearer = request.bearer_token;
  call.basic = request.basic;
  call.content_type = request.content_type;
  call.body = request.body;
  return call;
}

http::Response seen_by_client(const Reply& reply) {
  http::Response response;
  response.duration = reply.delay;
  switch (reply.delivery) {
    case Delivery::kAnswered:
      response.ending = http::Ending::kAnswered;
      response.status = reply.status;
      response.headers = reply.headers;
      response.body = reply.body;
      break;
    case Delivery::kCutBeforeBody:
      response.ending = http::Ending::kNotSent;
      response.error = "connection reset before the body was sent";
      break;
    case Delivery::kCutAfterBody:
      response.ending = http::Ending::kBroken;
      response.error = "connection closed without an answer";
      break;
    case Delivery::kNeverAnswered:
      response.ending = http::Ending::kBroken;
      response.error = "timed out";
      break;
  }
  return response;
}

bool query_value(std::string_view query, std::string_view key, std::string& value) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == key) {
      value = http::percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
      return true;
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

}  // namespace pinrelay::sim
