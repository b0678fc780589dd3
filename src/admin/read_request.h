// What a request to the API asks for, read from its bytes alone: any thread can do it, so that the engine's
// has no parsing to do.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/answers.h"
#include "admin/routes.h"
#include "base/secret.h"
#include "http/server.h"

namespace pinrelay::admin {

struct ReadRequest {
  Match match;
  // As the command wants it.
  std::vector<std::string> positional = {};
  std::map<std::string, std::string> values = {};
  Secret secret = {};
  Secret new_secret = {};   // the password that takes its place
  std::string format = {};  // of a file
  // The first thing wrong with it, which only a caller who may use the route gets to know.
  std::optional<Problem> wrong = std::nullopt;
};

ReadRequest read_request(const http::ServerRequest& request);
// The most that a route's body may have.
uint64_t body_bytes_max(const Route& route);
// The token or cookie that the caller shows; empty when it is none.
Secret presented(const http::ServerRequest& head);

Problem nobody_known();
Problem wrong_network();  // a token's
Problem body_too_large(uint64_t bytes, uint64_t bytes_max);

}  // namespace pinrelay::admin
