#include "admin/read_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "http/query.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

// What a body may have, told before anything is built from it: a document's keys are looked up one by one.
struct BodyLimits {
  size_t bytes, keys, depth;
};
constexpr BodyLimits kSessionLimits{4 * 1024, 16, 4};  // anybody may call these
constexpr BodyLimits kBodyLimits{1024 * 1024, 2'000, 64};
constexpr int64_t kLimitMax = 500;

const BodyLimits& limits_of(const Route& route) {
  return route.by == By::kSession ? kSessionLimits : kBodyLimits;
}

bool takes_body(const Route& route) {
  return std::ranges::any_of(route.parameters, [](const Parameter& each) { return each.in == In::kBody; });
}

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

// A line each.
std::optional<Problem> read_texts(const Parameter& parameter, const Json& value, std::string& out) {
  const auto is_line = [](const Json& item) {
    return item.is_string() && !item.get_ref<const std::string&>().empty() &&
           item.get_ref<const std::string&>().find('\n') == std::string::npos;
  };
  if (!value.is_array() || !std::ranges::all_of(value, is_line))
    return wrong_value(parameter, "this is a list of texts, none of them empty or with a line break",
                       "write it as a JSON array of strings");
  for (const Json& item : value) out += (out.empty() ? "" : "\n") + item.get<std::string>();
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
  if (parameter.kind == Kind::kTexts) return read_texts(parameter, value, out);
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
  if (request.body.empty()) return std::nullopt;
  if (!takes_body(route)) return Problem{400, "no_body", "this route takes no body", "leave it out"};
  const BodyLimits& limits = limits_of(route);
  if (request.body.size() > limits.bytes) return body_too_large(request.body.size(), limits.bytes);
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
                                       ReadRequest& out) {
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
    if (parameter.kind == Kind::kSecret) {
      (parameter.name == kNewPassword ? out.new_secret : out.secret) = Secret(std::move(value));
    } else if (parameter.is_argument()) {
      out.positional.push_back(std::move(value));
    } else {
      out.values[option_name(parameter)] = std::move(value);
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

}  // namespace

Problem nobody_known() {
  return {401, "no_token", "this needs an API token or a session, known and not ended",
          "sign in, or make a token with 'pinrelay token add' and send it as Authorization: Bearer"};
}

Problem wrong_network() {
  return {403, "wrong_network", "this token may not be used from this address",
          "call from a network of the token, or make one for this network: pinrelay token add NAME --network "
          "NETWORK"};
}

Problem body_too_large(uint64_t bytes, uint64_t bytes_max) {
  return {413, "too_large", fmt::format("the body has {} bytes, this route takes {}", bytes, bytes_max),
          "send less at a time"};
}

uint64_t body_bytes_max(const Route& route) {
  return takes_body(route) ? limits_of(route).bytes : kSessionLimits.bytes;
}

Secret presented(const http::ServerRequest& head) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view authorization = head.header("Authorization");
  if (authorization.empty()) return Secret(http::cookie_of(head, kSessionCookie));
  return authorization.starts_with(kScheme) ? Secret(authorization.substr(kScheme.size())) : Secret();
}

ReadRequest read_request(const http::ServerRequest& request) {
  ReadRequest read;
  read.match = find_route(request.method, request.path);
  if (read.match.route == nullptr) return read;
  if (read.match.route->by != By::kUpload) {
    read.wrong = read_parameters(read.match, request, read);
    return read;
  }
  read.wrong = check_query(*read.match.route, request.query);
  if (!read.wrong) read.wrong = read_format(request, read.format);
  return read;
}

}  // namespace pinrelay::admin
