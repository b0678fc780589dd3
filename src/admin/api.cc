#include "admin/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/random.h"
#include "http/query.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVersioned = "/api/v1/jobs/{name}";  // its answers have an ETag
// What a body may have, told before anything is built from it: a document's keys are looked up one by one.
struct BodyLimits {
  size_t bytes, keys, depth;
};
constexpr BodyLimits kSessionLimits{4 * 1024, 16, 4};  // anybody may call these
constexpr BodyLimits kBodyLimits{1024 * 1024, 2'000, 64};
constexpr int64_t kLimitMax = 500;
constexpr std::string_view kDescriptionPath = "/api/openapi.json";

Problem wrong_value(const Parameter& parameter, std::string detail, std::string fix) {
  const bool body = parameter.in == In::kBody;
  return {400, "bad_value", std::move(detail), std::move(fix),
          (body ? "/" : "") + std::string(parameter.name)};
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
    out = json_text(value);
    return std::nullopt;
  }
  if (parameter.kind == Kind::kList) {
    if (!value.is_array()) return wrong_value(parameter, "this is a list", "write it as a JSON array");
    out = json_text(value);
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

struct Shape {
  size_t keys = 0, depth = 0;
};

// Read from the bytes alone. Of text that is no JSON it says anything, and the parser refuses that.
Shape shape_of(std::string_view text) {
  Shape shape;
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (quoted) continue;
    if (c == ':') ++shape.keys;
    if (c == '[' || c == '{') shape.depth = std::max(shape.depth, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return shape;
}

std::optional<Problem> read_body(const Route& route, const http::ServerRequest& request, Json& body) {
  body = Json::object();
  const bool wanted =
      std::ranges::any_of(route.parameters, [](const Parameter& each) { return each.in == In::kBody; });
  if (request.body.empty()) return std::nullopt;
  if (!wanted) return Problem{400, "no_body", "this route takes no body", "leave it out"};
  const BodyLimits& limits = route.by == By::kSession ? kSessionLimits : kBodyLimits;
  if (request.body.size() > limits.bytes)
    return Problem{
        413, "too_large",
        fmt::format("the body has {} bytes, this route takes {}", request.body.size(), limits.bytes),
        "send less at a time"};
  // Nothing that a form of another site can send.
  if (!request.header("Content-Type").starts_with("application/json"))
    return Problem{415, "not_json", "the body has to be JSON", "send Content-Type: application/json", ""};
  const Shape shape = shape_of(request.body);
  if (shape.depth > limits.depth) return Problem{400, "too_deep", "the body is nested too deeply", ""};
  if (shape.keys > limits.keys)
    return Problem{400, "too_many_keys",
                   fmt::format("the body has {} keys, this route takes {}", shape.keys, limits.keys),
                   "see /api/openapi.json for those it knows"};
  body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return Problem{400, "not_json", "the body is no JSON object", ""};
  for (const auto& [key, value] : body.items()) {
    const auto known = [&, name = key](const Parameter& each) {
      return each.in == In::kBody && each.name == name;
    };
    if (std::ranges::none_of(route.parameters, known))
      return Problem{400, "unknown_key", "there is no such key here", "see /api/openapi.json", "/" + key};
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

// "\"abc\"" → "abc"; only what we gave out can match.
std::string entity_tag(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string(text);
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
    bool given = false;
    if (parameter.in == In::kPath) {
      value = match.values.at(segment++);
    } else if (parameter.in == In::kQuery) {
      value = http::query_value(request.query, parameter.name);
      given = !value.empty();
      if (parameter.kind == Kind::kFlag && value == "false") value.clear();
    } else if (parameter.in == In::kHeader) {
      value = entity_tag(request.header(header_name(parameter.name)));
    } else if (const auto found = body.find(parameter.name); found != body.end() && !found->is_null()) {
      if (auto wrong = read_value(parameter, *found, value)) return wrong;
      given = true;
    }
    if (parameter.is_confirmation() && !given) value = "true";
    if (value.empty() && parameter.required && parameter.kind != Kind::kSecret)
      return wrong_value(parameter, "this is missing", std::string(parameter.help));
    if (value.empty()) continue;
    if (parameter.kind == Kind::kNumber)
      if (auto wrong = check_number(parameter, value)) return wrong;
    std::string option(parameter.name);
    std::ranges::replace(option, '_', '-');
    if (parameter.kind == Kind::kSecret) {
      out.secret = Secret(std::move(value));
    } else if (parameter.is_argument()) {
      out.positional.push_back(std::move(value));
    } else {
      out.values[option] = std::move(value);
    }
  }
  return std::nullopt;
}

// Nothing that a form of another site can send, and nothing to unpack.
std::optional<Problem> read_format(const http::ServerRequest& request, std::string& format) {
  std::string type(request.header("Content-Type"));
  type.erase(std::min(type.find_first_of("; \t"), type.size()));
  std::ranges::transform(type, type.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  format = type == "text/csv" ? "csv" : type == "application/x-ndjson" ? "ndjson" : "";
  if (format.empty())
    return Problem{415, "not_rows", "the body has to be CSV or NDJSON",
                   "send Content-Type: text/csv or application/x-ndjson"};
  if (!request.header("Content-Encoding").empty())
    return Problem{415, "packed", "the body is compressed", "send it as it is"};
  return std::nullopt;
}

http::ServerResponse answer_of(const Route& route, const Said& said, const std::string& request_id) {
  if (said.error) return problem_answer(problem_of(*said.error), request_id);
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

std::optional<Caller> Api::token_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  const Bytes hash = token_hash(Secret(authorization.substr(kScheme.size())));
  for (const store::ApiTokenRow& token : parts_.tokens()) {
    if (!same_hash(token.hash, hash)) continue;
    const bool suspended = token.number <= parts_.suspended();
    if (!suspended) parts_.used(token);
    return Caller{"token " + token.name, token.role,   live_caller(token),
                  live_caller(token),    std::nullopt, suspended};
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
    if (auto token = token_of(authorization)) {
      caller = std::move(*token);
      if (!caller.suspended) return std::nullopt;
      Problem why = problem_of(suspended("this token"));
      why.status = 403;
      return why;
    }
  } else if (const Secret cookie(http::cookie_of(request, kSessionCookie)); !cookie.empty()) {
    if (auto wrong = foreign(request, request.method != "GET")) return wrong;
    // What looks by itself, again and again, does not keep a session alive.
    if (auto signed_in = parts_.users->find(cookie, !live)) {
      caller = {"user " + signed_in->user.name,
                signed_in->user.role,
                fmt::format("user {}", signed_in->user.number),
                live_session(signed_in->session.number),
                std::move(signed_in),
                false};
      return std::nullopt;
    }
  }
  return Problem{401, "no_token", "this needs an API token or a session, known and not ended",
                 "sign in, or make a token with 'pinrelay token add' and send it as Authorization: Bearer"};
}

http::ServerResponse Api::open_live(const Route& route, const Invocation& call, const std::string& caller,
                                    const http::ServerRequest& request, const std::string& request_id) {
  LiveRequest wanted{caller, &route, call.positional, "", std::string(request.header("Last-Event-ID"))};
  if (const auto job = call.values.find("job"); job != call.values.end()) wanted.job = job->second;
  auto stream = parts_.live->open(std::move(wanted));
  if (!stream) return answer_of(route, {stream.error(), 0, ""}, request_id);
  http::ServerResponse response = guarded_answer(route.success, "text/event-stream", "", request_id);
  response.headers.push_back({"X-Accel-Buffering", "no"});  // a proxy in front would hold events back
  response.stream = std::move(*stream);
  return response;
}

void Api::handle(const http::ServerRequest& request, const http::Responder& answer) {
  const std::string id = random_hex(8);
  const auto respond = [answer, simulated = parts_.simulated,
                        plain_http = parts_.plain_http](http::ServerResponse response) {
    if (simulated) response.headers.push_back({"Pinrelay-Simulator", "requests do not go to Pinterest"});
    if (plain_http) response.headers.push_back({"Pinrelay-Plain-HTTP", "tokens may come in clear text"});
    answer(std::move(response));
  };
  const auto refuse = [&](const Problem& why) { respond(problem_answer(why, id)); };
  const Match match = find_route(request.method, request.path);
  const bool open = match.route != nullptr && match.route->role == Role::kNobody;
  const bool live = match.route != nullptr && match.route->is_live();
  Caller caller;
  if (auto wrong = open ? foreign(request, false) : who_calls(request, live, caller)) return refuse(*wrong);
  if (request.path == kDescriptionPath && request.method == "GET")
    return respond(guarded_answer(200, "application/json", openapi(parts_.version), id));
  if (match.route == nullptr && match.path_known)
    return refuse({405, "wrong_method", "this path has no such method", "see /api/openapi.json"});
  if (match.route == nullptr)
    return refuse({404, "no_route", "there is no such path", "see /api/openapi.json"});
  if (caller.role < match.route->role)
    return refuse(
        {403, "role_too_low",
         fmt::format("this needs the role {}", store::kRoleNames[static_cast<size_t>(match.route->role)]),
         "ask somebody who has it"});
  if (match.route->confirms && caller.signed_in && !parts_.users->confirmed(*caller.signed_in))
    return refuse({403, "confirm_password",
                   fmt::format("this needs the password, given in the last {} minutes",
                               std::chrono::duration_cast<std::chrono::minutes>(kConfirmedFor).count()),
                   "give it to POST /api/v1/session/confirm, then ask again"});
  Invocation call;
  call.command = match.route->command;
  call.who = caller.who;
  call.origin = request.peer;
  if (match.route->by == By::kUpload) {
    Incoming file{"", request.incoming, caller.who, request.peer};
    if (auto wrong = check_query(*match.route, request.query)) return refuse(*wrong);
    if (auto wrong = read_format(request, file.format)) return refuse(*wrong);
    return parts_.take_file(std::move(file), [respond, id, route = match.route](const Said& said) {
      respond(answer_of(*route, said, id));
    });
  }
  if (auto wrong = read_parameters(match, request, call)) return refuse(*wrong);
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
