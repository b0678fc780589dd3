// The HTTP API: who calls, whether they may, which command does it, and the answer. It knows no command
// itself; what runs them is handed in. All of it on the engine's thread.
#pragma once

#include <functional>
#include <map>

#include "admin/answers.h"
#include "admin/live.h"
#include "admin/read_request.h"
#include "admin/repeats.h"
#include "admin/routes.h"
#include "admin/tokens.h"
#include "admin/users.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/address.h"
#include "http/server.h"

namespace pinrelay::admin {

// A command, as a route calls it.
struct Invocation {
  std::string command;
  std::vector<std::string> positional;
  std::map<std::string, std::string> values;
  Secret secret;
  std::string who, origin;  // "token ci", an address
  Secret new_secret = {};
  // The names of the jobs that the caller is bound to, when it is a token that is.
  std::optional<std::vector<std::string>> only_jobs = std::nullopt;
};
struct Said {
  std::optional<Error> error;
  int exit_code = 0;
  std::string json;
  std::string text = {};  // for people, or as CSV
};

// A file that comes in, from somebody who may send one.
struct Incoming {
  std::string format;  // "csv", "ndjson"
  std::shared_ptr<http::IncomingBody> body;
  std::string who, origin;
};

struct ApiParts {
  std::function<void(Invocation, std::function<void(Said)>)> run;
  // Those that have not ended.
  std::function<std::vector<store::ApiTokenRow>()> tokens;
  std::function<void(const store::ApiTokenRow&)> used;
  std::string_view version;
  Users* users = nullptr;
  config::Site site;
  RepeatsParts repeats;
  Live* live = nullptr;
  bool simulated = false;   // requests go to a stand-in for Pinterest, which every answer says
  bool plain_http = false;  // other machines may connect without TLS, which every answer says, too
  std::function<void(Incoming, std::function<void(Said)>)> take_file = nullptr;
  // Up to which number tokens came with a restored backup that nobody has confirmed yet.
  std::function<int64_t()> suspended = [] { return 0; };
  // The names that jobs have now, by their numbers as a token has them.
  std::function<std::vector<std::string>(const std::string& numbers)> job_names = nullptr;
};

// Who calls: a token, or a user by the cookie of a session.
struct Caller {
  std::string who;  // "token ci", "user ada"
  Role role = Role::kNobody;
  // Whose kept answers are theirs: "token 7", "user 3". A name can come back, a number cannot.
  std::string id;
  std::string live;  // whose its streams are (LiveRequest::caller)
  std::optional<SignedIn> signed_in;
  bool suspended = false;     // a token, by a restore
  std::string networks = {};  // of a token
  std::optional<std::vector<std::string>> only_jobs = std::nullopt;
};

class Api {
 public:
  explicit Api(ApiParts parts) : parts_(std::move(parts)), repeats_(parts_.repeats) {}
  // `read`: what read_request() has made of it.
  void handle(const http::ServerRequest& request, ReadRequest read, const http::Responder& respond);

 private:
  std::optional<Problem> foreign(const http::ServerRequest& request, bool must_tell) const;
  std::optional<Problem> who_calls(const http::ServerRequest& request, bool live, Caller& caller);
  std::optional<Caller> token_of(std::string_view authorization, std::string_view peer);
  void session_route(const Route& route, Invocation call, const Caller& caller,
                     const http::Responder& respond, const std::string& id);
  void confirm(Invocation call, const Caller& caller, const http::Responder& respond, const std::string& id);
  void change_password(Invocation call, const Caller& caller, const http::Responder& respond,
                       const std::string& id);
  http::ServerResponse open_live(const Route& route, const Invocation& call, const std::string& caller,
                                 const http::ServerRequest& request, const std::string& request_id);
  std::optional<Problem> refuse(const Caller& caller, const ReadRequest& read) const;

  ApiParts parts_;
  Repeats repeats_;
};

// Whose the streams of a token or a session are (LiveRequest::caller).
std::string live_caller(const store::ApiTokenRow& token);
std::string live_session(int64_t number);

}  // namespace pinrelay::admin
