#include "admin/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "admin/job_scope.h"
#include "base/json_text.h"
#include "base/random.h"
#include "config/network.h"
#include "http/query.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVersioned = "/api/v1/jobs/{name}";  // its answers have an ETag
constexpr const char* kTableLines = "2000";                     // of a page
constexpr std::string_view kDescriptionPath = "/api/openapi.json";

http::ServerResponse table_of(const Said& said, int status, const std::string& request_id) {
  auto response = guarded_answer(status, "text/csv; charset=utf-8", said.text, request_id);
  const Json json = Json::parse(said.json, nullptr, false);
  if (json.is_object() && json.contains("next_cursor") && json["next_cursor"].is_string())
    response.headers.push_back({std::string(kNextCursorHeader), json["next_cursor"].get<std::string>()});
  return response;
}

http::ServerResponse answer_of(const Route& route, const Said& said, const std::string& request_id) {
  if (said.error) return problem_answer(problem_of(*said.error), request_id);
  if (route.by == By::kTable) return table_of(said, route.success, request_id);
  if (said.exit_code == 0 || route.refusal == 0) {
    auto response = guarded_answer(route.success, "application/json", said.json + "\n", request_id);
    if (route.path != kVersioned || (route.method != "GET" && route.method != "PUT")) return response;
    const Json json = Json::parse(said.json, nullptr, false);
    if (json.is_object() && json.contains("version"))
      response.headers.push_back({"ETag", "\"" + json["version"].get<std::string>() + "\""});
    return response;
  }
  // A command that has said in its own words why not.
  const Json json = Json::parse(said.json, nullptr, false);
  const Json& why = json.contains("error") ? json["error"] : json;
  const auto text = [&](const char* key) { return why.contains(key) ? why[key].get<std::string>() : ""; };
  return problem_answer({route.refusal, why.contains("result") ? text("result") : text("code"),
                         why.contains("meaning") ? text("meaning") : text("message"), text("fix"), "",
                         json.contains("problems") ? json_text(json["problems"]) : ""},
                        request_id);
}

}  // namespace

std::string live_caller(const store::ApiTokenRow& token) { return fmt::format("token {}", token.number); }

std::string live_session(int64_t number) { return fmt::format("session {}", number); }

std::optional<Caller> Api::token_of(std::string_view authorization, std::string_view peer) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  const Bytes hash = token_hash(Secret(authorization.substr(kScheme.size())));
  for (const store::ApiTokenRow& token : parts_.tokens()) {
    if (!same_hash(token.hash, hash)) continue;
    const bool suspended = token.number <= parts_.suspended();
    if (!suspended && config::comes_from(token.networks, peer)) parts_.used(token);
    Caller caller{"token " + token.name, token.role, live_caller(token), live_caller(token),
                  std::nullopt,          suspended,  token.networks};
    if (!token.jobs.empty()) caller.only_jobs = parts_.job_names(token.jobs);
    return caller;
  }
  return std::nullopt;
}

// What a browser sends in clear text, on behalf of another site, or of one that only pretends to be us. A
// page of ours tells its origin whenever it changes something (`must_tell`); scripts that sign in need not.
std::optional<Problem> Api::foreign(const http::ServerRequest& request, bool must_tell) const {
  if (request.in_clear)
    return Problem{
        403, "clear_text", "nobody is signed in over clear text, which others on the network could read",
        "open it by https (tls, or a proxy under trusted_proxies), or on the machine itself; programs "
        "call with an API token"};
  if (!parts_.site.has_host(request.header("Host")))
    return Problem{421, "wrong_host", "this is not a name that this service answers to",
                   "use its own address, or set public_url"};
  const std::string_view origin = request.header("Origin"), fetched = request.header("Sec-Fetch-Site");
  const bool told = !origin.empty() || !fetched.empty();
  const bool ours = (origin.empty() || parts_.site.has_origin(origin)) &&
                    (fetched.empty() || fetched == "same-origin" || fetched == "none");
  if (ours && (told || !must_tell)) return std::nullopt;
  return Problem{403, "cross_site", "this does not come from a page of this service",
                 "open the service itself, or use an API token"};
}

std::optional<Problem> Api::who_calls(const http::ServerRequest& request, bool live, Caller& caller) {
  if (const auto authorization = request.header("Authorization"); !authorization.empty()) {
    if (auto token = token_of(authorization, request.peer)) {
      caller = std::move(*token);
      if (!config::comes_from(caller.networks, request.peer)) return wrong_network();
      if (!caller.suspended) return std::nullopt;
      Problem why = problem_of(suspended("this token"));
      why.status = 403;
      return why;
    }
  } else if (const Secret cookie(http::cookie_of(request, kSessionCookie)); !cookie.empty()) {
    if (auto wrong = foreign(request, request.method != "GET")) return wrong;
    // What looks by itself, again and again, does not keep a session alive.
    if (auto signed_in = parts_.users->find(cookie, !live)) {
      caller = {"user " + signed_in->user.name, signed_in->user.role,
                fmt::format("user {}", signed_in->user.number), live_session(signed_in->session.number),
                std::move(signed_in)};
      return std::nullopt;
    }
  }
  return nobody_known();
}

http::ServerResponse Api::open_live(const Route& route, const Invocation& call, const std::string& caller,
                                    const http::ServerRequest& request, const std::string& request_id) {
  LiveRequest wanted{caller,        &route, call.positional, "", std::string(request.header("Last-Event-ID")),
                     call.only_jobs};
  if (const auto job = call.values.find("job"); job != call.values.end()) wanted.job = job->second;
  auto stream = parts_.live->open(std::move(wanted));
  if (!stream) return answer_of(route, {stream.error(), 0, ""}, request_id);
  http::ServerResponse response = guarded_answer(route.success, "text/event-stream", "", request_id);
  response.headers.push_back({"X-Accel-Buffering", "no"});  // a proxy in front would hold events back
  response.stream = std::move(*stream);
  return response;
}

// What a known caller may not do.
std::optional<Problem> Api::refuse(const Caller& caller, const ReadRequest& read) const {
  const Route& route = *read.match.route;
  if (caller.role < route.role)
    return Problem{403, "role_too_low",
                   fmt::format("this needs the role {}", store::kRoleNames[static_cast<size_t>(route.role)]),
                   "ask somebody who has it"};
  if (caller.only_jobs)
    if (auto outside = outside_jobs(*caller.only_jobs, route, read)) return outside;
  if (!route.confirms || !caller.signed_in || parts_.users->confirmed(*caller.signed_in)) return std::nullopt;
  return Problem{403, std::string(kConfirmPassword),
                 fmt::format("this needs the password, given in the last {} minutes",
                             std::chrono::duration_cast<std::chrono::minutes>(kConfirmedFor).count()),
                 "give it to POST /api/v1/session/confirm, then ask again"};
}

void Api::handle(const http::ServerRequest& request, ReadRequest read, const http::Responder& answer) {
  const std::string id = random_hex(8);
  const auto respond = [answer, simulated = parts_.simulated,
                        plain_http = parts_.plain_http](http::ServerResponse response) {
    add_marks(response, simulated, plain_http);
    answer(std::move(response));
  };
  Caller caller;
  const auto refuse_with = [&](const Problem& why) {
    http::ServerResponse response = problem_answer(why, id);
    response.refused_who = caller.who;
    respond(std::move(response));
  };
  const Match& match = read.match;
  const bool open = match.route != nullptr && match.route->role == Role::kNobody;
  const bool live = match.route != nullptr && match.route->is_live();
  if (auto wrong = open ? foreign(request, false) : who_calls(request, live, caller))
    return refuse_with(*wrong);
  if (request.path == kDescriptionPath && request.method == "GET")
    return respond(guarded_answer(200, "application/json", openapi(parts_.version), id));
  if (match.route == nullptr && match.path_known)
    return refuse_with({405, "wrong_method", "this path has no such method", "see /api/openapi.json"});
  if (match.route == nullptr)
    return refuse_with({404, "no_route", "there is no such path", "see /api/openapi.json"});
  if (const auto refused = refuse(caller, read)) return refuse_with(*refused);
  if (read.wrong) return refuse_with(*read.wrong);
  if (match.route->by == By::kUpload)
    return parts_.take_file(
        {std::move(read.format), request.incoming, caller.who, request.peer},
        [respond, id, route = match.route](const Said& said) { respond(answer_of(*route, said, id)); });
  Invocation call{std::string(match.route->command),
                  std::move(read.positional),
                  std::move(read.values),
                  std::move(read.secret),
                  caller.who,
                  request.peer,
                  std::move(read.new_secret),
                  caller.only_jobs};
  if (match.route->by == By::kTable) call.values.insert({{"csv", "true"}, {"limit", kTableLines}});
  if (match.route->by == By::kSession)
    return session_route(*match.route, std::move(call), caller, respond, id);
  if (match.route->is_live()) return respond(open_live(*match.route, call, caller.live, request, id));
  const auto run = [this, &call, route = match.route, id](const http::Responder& done) {
    parts_.run(std::move(call), [route, done, id](const Said& said) { done(answer_of(*route, said, id)); });
  };
  if (!may_repeat(*match.route)) return run(respond);
  repeats_.answer(request, caller.id, id, respond, run);
}

}  // namespace pinrelay::admin
