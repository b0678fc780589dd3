#include "cli/remote.h"

#include <fmt/format.h>

#include <algorithm>

#include "admin/routes.h"
#include "cli/wait.h"
#include "config/address.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {
namespace {

using admin::In;
using admin::Kind;

Json body_value(const admin::Parameter& parameter, const std::string& text) {
  if (parameter.kind == Kind::kFlag) return text == "true";
  if (parameter.kind == Kind::kObject || parameter.kind == Kind::kList) {
    Json object = Json::parse(text, nullptr, false);
    return object.is_discarded() ? Json(text) : object;
  }
  return text;
}

// The route's request with the command's arguments in their places.
http::Request request_of(const admin::Route& route, const Parsed& parsed, const std::string& server) {
  std::string path(route.path), query;
  Json body = Json::object();
  std::vector<http::Header> headers;
  for (const admin::Parameter& parameter : route.parameters) {
    std::string option(parameter.name);
    std::ranges::replace(option, '_', '-');
    const bool positional = parameter.in == In::kPath || parameter.name == "name";
    const std::string value = parameter.kind == Kind::kSecret ? parsed.arguments.secret.reveal()
                              : positional                    ? parsed.arguments.positional.at(0)
                                                              : parsed.arguments.value(option);
    if (value.empty()) continue;
    if (parameter.in == In::kPath) {
      const std::string place = fmt::format("{{{}}}", parameter.name);
      path.replace(path.find(place), place.size(), pinterest::percent_encoded(value));
    } else if (parameter.in == In::kQuery) {
      query += fmt::format("{}{}={}", query.empty() ? "?" : "&", parameter.name,
                           pinterest::percent_encoded(value));
    } else if (parameter.in == In::kHeader) {
      headers.push_back({admin::header_name(parameter.name), "\"" + value + "\""});
    } else {
      body[std::string(parameter.name)] = body_value(parameter, value);
    }
  }
  http::Request request;
  request.method = route.method;
  request.url = server + path + query;
  if (!body.empty()) request.content_type = "application/json", request.body = body.dump();
  request.headers = std::move(headers);
  request.timeout = Millis{10 * 60'000};
  request.answer_bytes_max = 256 * 1024 * 1024;
  return request;
}

Error error_of(int status, const Json& problem) {
  const auto text = [&](const char* key) {
    return problem.is_object() && problem.contains(key) && problem[key].is_string()
               ? problem[key].get<std::string>()
               : std::string();
  };
  const ErrorKind kind = status == 401 || status == 403   ? ErrorKind::kAuth
                         : status == 404                  ? ErrorKind::kNotFound
                         : status == 409 || status == 412 ? ErrorKind::kConflict
                         : status == 429                  ? ErrorKind::kThrottled
                         : status >= 500                  ? ErrorKind::kUnavailable
                                                          : ErrorKind::kInvalid;
  std::string message = text("detail");
  if (problem.is_object() && problem.contains("errors"))
    for (const Json& each : problem["errors"])
      message += fmt::format("\n  {}: {}. {}", each.value("pointer", ""), each.value("message", ""),
                             each.value("fix", ""));
  return {kind, text("code").empty() ? "no_answer" : text("code"),
          message.empty() ? fmt::format("the server answers {}", status) : message, text("pointer"),
          text("fix")};
}

}  // namespace

Result<Output> run_over_api(const Parsed& parsed) {
  const auto route = std::ranges::find_if(admin::routes(), [&](const admin::Route& each) {
    return each.command == parsed.command->name && !each.is_live();
  });
  if (route == admin::routes().end())
    return Error{ErrorKind::kInvalid, "not_remote",
                 fmt::format("'{}' does not run over the API", parsed.command->name), "--server",
                 "run it on the machine of the service"};
  const std::string server = TRY(config::check_base_url(parsed.server));
  const Secret token(TRY(config::read_secret({parsed.token_file, ""})));
  http::Request request = request_of(*route, parsed, server);
  request.bearer_token = token.reveal();
  http::CurlOptions options;
  options.threads = 1;
  const http::Response response = ask_and_wait(std::move(options), std::move(request));
  if (response.ending != http::Ending::kAnswered)
    return Error{ErrorKind::kUnavailable, "no_answer", "no answer from the server: " + response.error, server,
                 "check the address, and that it runs"};
  Json answer = Json::parse(response.body, nullptr, false);
  if (response.status < 200 || response.status >= 300) return error_of(response.status, answer);
  Output output;
  output.text = answer.dump(2) + "\n";
  output.json = std::move(answer);
  return output;
}

}  // namespace pinrelay::cli
