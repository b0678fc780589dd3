// The HTTP API: who calls, whether they may, which command does it, and the answer. It knows no command
// itself; what runs them is handed in. All of it on the engine's thread.
#pragma once

#include <functional>
#include <map>

#include "admin/live.h"
#include "admin/routes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/server.h"

namespace pinrelay::admin {

// A command, as a route calls it.
struct Invocation {
  std::string command;
  std::vector<std::string> positional;
  std::map<std::string, std::string> values;
  Secret secret;
  std::string who, origin;  // "token ci", an address
};
struct Said {
  std::optional<Error> error;
  int exit_code = 0;
  std::string json;
};

struct ApiParts {
  std::function<void(Invocation, std::function<void(Said)>)> run;
  // Those that have not ended.
  std::function<std::vector<store::ApiTokenRow>()> tokens;
  std::function<void(const store::ApiTokenRow&)> used;
  std::string_view version;
  Live& live;
};

class Api {
 public:
  explicit Api(ApiParts parts) : parts_(std::move(parts)) {}
  void handle(const http::ServerRequest& request, const http::Responder& respond);

 private:
  http::ServerResponse open_live(const Route& route, const Invocation& call, const std::string& caller,
                                 const http::ServerRequest& request, const std::string& request_id);
  std::optional<store::ApiTokenRow> caller(const http::ServerRequest& request);
  ApiParts parts_;
};

// Whose a token's streams are (LiveRequest::caller).
std::string live_caller(const store::ApiTokenRow& token);

// Of a new token: what its owner gets, once, and what is kept of it.
struct NewToken {
  Secret text;
  Bytes hash;
};
NewToken make_token();
Bytes token_hash(const Secret& text);

}  // namespace pinrelay::admin
