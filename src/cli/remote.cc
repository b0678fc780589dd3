#include "cli/remote.h"

#include <fmt/format.h>

#include <algorithm>

#include "admin/routes.h"
#include "base/json_text.h"
#include "cli/format.h"
#include "cli/imports.h"
#include "cli/progress.h"
#include "cli/wait.h"
#include "config/address.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {
namespace {

using admin::In;
using admin::Kind;

constexpr Millis kCallTime{10 * 60'000};
constexpr Millis kFileTime{24 * 3'600'000};  // of 8 GiB over a slow line
constexpr Millis kStallTime{5 * 60'000};     // a loaded disk may hold up sender and answer

Json body_value(const admin::Parameter& parameter, const std::string& text) {
  if (parameter.kind == Kind::kFlag) return text == "true";
  if (parameter.kind == Kind::kObject || parameter.kind == Kind::kList) {
    Json object = Json::parse(text, nullptr, false);
    return object.is_discarded() ? Json(text) : object;
  }
  if (parameter.kind != Kind::kTexts) return text;
  Json list = Json::array();
  for (const std::string& line : lines_of(text)) list.push_back(line);
  return list;
}

// The route's request with the command's arguments in their places.
Result<http::Request> request_of(const admin::Route& route, const Arguments& arguments,
                                 const std::string& server) {
  std::string path(route.path), query;
  Json body = Json::object();
  http::Request request;
  request.method = route.method;
  request.timeout = kCallTime;
  for (const admin::Parameter& parameter : route.parameters) {
    const std::string option = admin::option_name(parameter);
    const std::string value = parameter.kind == Kind::kSecret ? arguments.secret.reveal()
                              : parameter.is_argument()       ? arguments.positional.at(0)
                              : parameter.is_confirmation()   ? arguments.value(option, "false")
                                                              : arguments.value(option);
    if (value.empty()) continue;
    if (parameter.in == In::kPath) {
      const std::string place = fmt::format("{{{}}}", parameter.name);
      path.replace(path.find(place), place.size(), pinterest::percent_encoded(value));
    } else if (parameter.in == In::kQuery) {
      query += fmt::format("{}{}={}", query.empty() ? "?" : "&", parameter.name,
                           pinterest::percent_encoded(value));
    } else if (parameter.in == In::kHeader) {
      request.headers.push_back({admin::header_name(parameter.name), "\"" + value + "\""});
    } else if (parameter.in == In::kFile) {
      request.body_file = arguments.path(value);
      const auto file = TRY(sources::InputFile::open(request.body_file));
      if (file.size() > sources::kUploadBytesMax)
        return Error{ErrorKind::kInvalid, "too_large", "a file that is sent has at most 8 GiB", value,
                     "split it, or import it on the machine of the service"};
      const auto shape = TRY(sources::decide_shape(TRY(read_wishes(arguments, request.body_file))));
      const bool csv = shape.format == sources::RowFormat::kCsv;
      request.content_type = csv ? "text/csv" : "application/x-ndjson";
      request.timeout = kFileTime;
    } else {
      body[std::string(parameter.name)] = body_value(parameter, value);
    }
  }
  request.url = server + path + query;
  if (!body.empty()) request.content_type = "application/json", request.body = json_text(body);
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

// A service elsewhere, by its API.
class Remote {
 public:
  static Result<Remote> of(const Parsed& parsed) {
    return Remote(TRY(config::check_base_url(parsed.server)),
                  Secret(TRY(config::read_secret({parsed.token_file, ""}))));
  }

  Result<Output> run(std::string_view command, const Arguments& arguments) const {
    const auto route = std::ranges::find_if(admin::routes(), [&](const admin::Route& each) {
      return each.command == command && each.by != admin::By::kTable && !each.is_live();
    });
    if (route == admin::routes().end())
      return Error{ErrorKind::kInvalid, "not_remote", fmt::format("'{}' does not run over the API", command),
                   "--server", "run it on the machine of the service"};
    http::Request request = TRY(request_of(*route, arguments, server_));
    request.bearer_token = token_.reveal();
    http::CurlOptions options;
    options.threads = 1;
    options.stall_timeout = kStallTime;
    const http::Response response = ask_and_wait(std::move(options), std::move(request));
    if (response.ending != http::Ending::kAnswered)
      return Error{ErrorKind::kUnavailable, "no_answer", "no answer from the server: " + response.error,
                   server_, "check the address, and that it runs"};
    Json answer = Json::parse(response.body, nullptr, false);
    if (response.status < 200 || response.status >= 300) return error_of(response.status, answer);
    Output output;
    output.text = json_text(answer, 2) + "\n";
    output.json = std::move(answer);
    return output;
  }

  // Sends the file, has it imported, and follows that to its end.
  Result<Output> import_file(const Arguments& arguments) const {
    Arguments upload = arguments;
    upload.positional = {TRY(run("upload add", arguments)).json.value("upload", "")};
    auto begun = run("upload import", upload);
    if (!begun.ok()) (void)run("upload remove", upload);  // nobody else knows of it
    if (!begun.ok() || arguments.has("no-wait")) return begun;
    return follow_import(
        [&](const std::string& number) {
          Arguments show;
          show.positional = {number};
          return run("import show", show);
        },
        std::move(*begun));
  }

 private:
  Remote(std::string server, Secret token) : server_(std::move(server)), token_(std::move(token)) {}

  const std::string server_;
  const Secret token_;
};

}  // namespace

Result<Output> run_over_api(const Parsed& parsed) {
  // It looks at a file of this machine, whoever will import it.
  if (parsed.command->name == "import preview") return parsed.command->run_here(parsed.arguments);
  const Remote remote = TRY(Remote::of(parsed));
  if (parsed.command->name == "import file") return remote.import_file(parsed.arguments);
  return remote.run(parsed.command->name, parsed.arguments);
}

}  // namespace pinrelay::cli
