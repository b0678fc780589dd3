#include "admin/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/random.h"

#include "base/sha256.h"
#include "http/query.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kBodyBytesMax = 1024 * 1024;
constexpr int64_t kLimitMax = 500;
constexpr std::string_view kTokenBegins = "prl_";

struct Problem {
  int status = 500;
  std::string code, detail, fix, pointer;
  Json errors = nullptr;  // when there are several
};

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

std::string random_hex(size_t bytes) {
  const auto random = make_system_random();
  Bytes out;
  while (out.size() < bytes) append_fixed(out, random->next());
  return to_hex(out);
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

http::ServerResponse guarded(int status, std::string content_type, std::string body,
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

// RFC 9457.
http::ServerResponse problem(const Problem& what, const std::string& request_id) {
  Json body = {{"type", "about:blank"},   {"title", title_of(what.status)},
               {"status", what.status},   {"detail", what.detail},
               {"code", what.code},       {"fix", what.fix},
               {"request_id", request_id}};
  if (!what.pointer.empty()) body["pointer"] = what.pointer;
  if (!what.errors.is_null()) body["errors"] = what.errors;
  http::ServerResponse response = guarded(what.status, "application/problem+json", dump(body), request_id);
  if (what.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

Problem wrong_value(const Parameter& parameter, std::string detail, std::string fix) {
  const bool body = parameter.in == In::kBody;
  return {
      400,    "bad_value", std::move(detail), std::move(fix), (body ? "/" : "") + std::string(parameter.name),
      nullptr};
}

std::optional<Problem> check_number(const Parameter& parameter, const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    return wrong_value(parameter, "this is no whole number", "give digits alone");
  if (parameter.name == "limit" && (number < 1 || number > kLimitMax))
    return wrong_value(parameter, "a page has 1 to 500 entries",
                       "ask for fewer, and for the next page after");
  return std::nullopt;
}

// One value of the body as text; null and false are as good as absent.
std::optional<Problem> read_value(const Parameter& parameter, const Json& value, std::string& out) {
  if (parameter.kind == Kind::kFlag) {
    if (!value.is_boolean()) return wrong_value(parameter, "this is true or false", "");
    out = value.get<bool>() ? "true" : "";
    return std::nullopt;
  }
  if (parameter.kind == Kind::kObject) {
    if (!value.is_object()) return wrong_value(parameter, "this is an object", "write it as a JSON object");
    out = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return std::nullopt;
  }
  if (parameter.kind == Kind::kNumber && value.is_number_unsigned()) {
    out = std::to_string(value.get<uint64_t>());
    return std::nullopt;
  }
  if (!value.is_string()) return wrong_value(parameter, "this is a text", "write it as a JSON string");
  out = value.get<std::string>();
  return std::nullopt;
}

std::optional<Problem> read_body(const Route& route, const http::ServerRequest& request, Json& body) {
  body = Json::object();
  const bool wanted =
      std::ranges::any_of(route.parameters, [](const Parameter& each) { return each.in == In::kBody; });
  if (request.body.empty()) return std::nullopt;
  if (!wanted) return Problem{400, "no_body", "this route takes no body", "leave it out", "", nullptr};
  if (request.body.size() > kBodyBytesMax) return Problem{413, "too_large", "the body is too large", "", ""};
  // Nothing that a form of another site can send.
  if (!request.header("Content-Type").starts_with("application/json"))
    return Problem{415, "not_json", "the body has to be JSON", "send Content-Type: application/json", ""};
  body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return Problem{400, "not_json", "the body is no JSON object", "", "", nullptr};
  for (const auto& [key, value] : body.items()) {
    const auto known = [&, name = key](const Parameter& each) {
      return each.in == In::kBody && each.name == name;
    };
    if (std::ranges::none_of(route.parameters, known))
      return Problem{400,       "unknown_key", "there is no such key here", "see /api/openapi.json",
                     "/" + key, nullptr};
  }
  return std::nullopt;
}

std::optional<Problem> check_query(const Route& route, std::string_view query) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::string name = http::percent_decoded(pair.substr(0, pair.find('=')), true);
    const auto known = [&](const Parameter& each) { return each.in == In::kQuery && each.name == name; };
    if (!name.empty() && std::ranges::none_of(route.parameters, known))
      return Problem{400, "unknown_parameter", "there is no such parameter here", "see /api/openapi.json",
                     name};
  }
  return std::nullopt;
}

// Everything that the route takes, as the command wants it.
std::optional<Problem> read_parameters(const Match& match, const http::ServerRequest& request,
                                       Invocation& out) {
  Json body;
  if (auto wrong = read_body(*match.route, request, body)) return wrong;
  if (auto wrong = check_query(*match.route, request.query)) return wrong;
  size_t segment = 0;
  for (const Parameter& parameter : match.route->parameters) {
    std::string value;
    if (parameter.in == In::kPath) {
      value = match.values.at(segment++);
    } else if (parameter.in == In::kQuery) {
      value = http::query_value(request.query, parameter.name);
      if (parameter.kind == Kind::kFlag && value == "false") value.clear();
    } else if (const auto found = body.find(parameter.name); found != body.end() && !found->is_null()) {
      if (auto wrong = read_value(parameter, *found, value)) return wrong;
    }
    if (value.empty() && parameter.required && parameter.kind != Kind::kSecret)
      return wrong_value(parameter, "this is missing", std::string(parameter.help));
    if (value.empty()) continue;
    if (parameter.kind == Kind::kNumber)
      if (auto wrong = check_number(parameter, value)) return wrong;
    std::string option(parameter.name);
    std::ranges::replace(option, '_', '-');
    if (parameter.kind == Kind::kSecret) {
      out.secret = Secret(std::move(value));
    } else if (parameter.in == In::kPath || parameter.name == "name") {
      out.positional.push_back(std::move(value));
    } else {
      out.values[option] = std::move(value);
    }
  }
  return std::nullopt;
}

http::ServerResponse answer_of(const Route& route, const Said& said, const std::string& request_id) {
  if (said.error)
    return problem({status_of(*said.error), said.error->code, said.error->message, said.error->fix, ""},
                   request_id);
  if (said.exit_code == 0 || route.refusal == 0)
    return guarded(route.success, "application/json", said.json + "\n", request_id);
  // A command that has said in its own words why not.
  const Json json = Json::parse(said.json, nullptr, false);
  const Json& why = json.contains("error") ? json["error"] : json;
  const auto text = [&](const char* key) { return why.contains(key) ? why[key].get<std::string>() : ""; };
  return problem({route.refusal, why.contains("result") ? text("result") : text("code"),
                  why.contains("meaning") ? text("meaning") : text("message"), text("fix"), "",
                  json.value("problems", Json())},
                 request_id);
}

}  // namespace

Bytes token_hash(const Secret& text) {
  const Hash hash = Sha256().hash(text.reveal());
  return {hash.begin(), hash.end()};
}

NewToken make_token() {
  NewToken made;
  made.text = Secret(std::string(kTokenBegins) + random_hex(32));
  made.hash = token_hash(made.text);
  return made;
}

std::string live_caller(const store::ApiTokenRow& token) { return fmt::format("token {}", token.number); }

std::optional<store::ApiTokenRow> Api::caller(const http::ServerRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (!header.starts_with(kScheme)) return std::nullopt;
  const Secret hash(to_hex(token_hash(Secret(header.substr(kScheme.size())))));
  for (const store::ApiTokenRow& token : parts_.tokens())
    if (Secret(to_hex(token.hash)) == hash) return token;
  return std::nullopt;
}

http::ServerResponse Api::open_live(const Route& route, const Invocation& call, const std::string& caller,
                                    const http::ServerRequest& request, const std::string& request_id) {
  LiveRequest wanted{caller, &route, call.positional, "", std::string(request.header("Last-Event-ID"))};
  if (const auto job = call.values.find("job"); job != call.values.end()) wanted.job = job->second;
  auto stream = parts_.live.open(std::move(wanted));
  if (!stream) return answer_of(route, {stream.error(), 0, ""}, request_id);
  http::ServerResponse response = guarded(route.success, "text/event-stream", "", request_id);
  response.headers.push_back({"X-Accel-Buffering", "no"});  // a proxy in front would hold events back
  response.stream = std::move(*stream);
  return response;
}

void Api::handle(const http::ServerRequest& request, const http::Responder& respond) {
  const std::string id = random_hex(8);
  const auto token = caller(request);
  if (!token)
    return respond(
        problem({401, "no_token", "this needs an API token that is known and has not ended",
                 "make one with 'pinrelay token add', and send it as Authorization: Bearer", "", nullptr},
                id));
  parts_.used(*token);
  if (request.path == "/api/openapi.json" && request.method == "GET")
    return respond(guarded(200, "application/json", openapi(parts_.version), id));
  const Match match = find_route(request.method, request.path);
  if (match.route == nullptr && match.path_known)
    return respond(problem(
        {405, "wrong_method", "this path has no such method", "see /api/openapi.json", "", nullptr}, id));
  if (match.route == nullptr)
    return respond(
        problem({404, "no_route", "there is no such path", "see /api/openapi.json", "", nullptr}, id));
  if (token->role < match.route->role)
    return respond(problem(
        {403, "role_too_low",
         fmt::format("this needs the role {}", store::kRoleNames[static_cast<size_t>(match.route->role)]),
         "use a token of that role", ""},
        id));
  Invocation call;
  call.command = match.route->command;
  call.who = "token " + token->name;
  call.origin = request.peer;
  if (auto wrong = read_parameters(match, request, call)) return respond(problem(*wrong, id));
  if (match.route->feed != Feed::kNone)
    return respond(open_live(*match.route, call, live_caller(*token), request, id));
  parts_.run(std::move(call),
             [route = match.route, respond, id](const Said& said) { respond(answer_of(*route, said, id)); });
}

}  // namespace pinrelay::admin
