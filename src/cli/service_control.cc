// The service's side of the control socket: a command line in, what it said out.
#include <algorithm>

#include "base/json_text.h"
#include "cli/service.h"

namespace pinrelay::cli {

void Service::handle_control(http::ServerRequest request, http::Responder respond) {
  queue_.post([this, request = std::move(request), respond = std::move(respond)] {
    answer_control(request, respond);
  });
}

Result<Output> Service::run_control(const http::ServerRequest& request) {
  const Json call = Json::parse(request.body, nullptr, false);
  const auto text = [&](const char* key) {
    const auto found = call.find(key);
    return found == call.end() || found->is_string();
  };
  const bool argv = call.is_object() && call.contains("argv") && call["argv"].is_array() &&
                    std::ranges::all_of(call["argv"], [](const Json& each) { return each.is_string(); });
  if (!argv || !text("directory") || !text("secret"))
    return Error{ErrorKind::kInvalid, "bad_call", "this is no call of a command", "", ""};
  Parsed parsed = parse(call.at("argv").get<std::vector<std::string>>());
  parsed.arguments.directory = call.value("directory", "/");
  parsed.arguments.secret = Secret(call.value("secret", ""));
  if (parsed.instead) return *parsed.instead;
  if (parsed.command->needs != Needs::kStore)
    return Output{{{"error", {{"code", "not_here"}}}}, "this command does not run in the service\n", 2};
  return execute(*parsed.command, parsed.arguments);
}

void Service::answer_control(const http::ServerRequest& request, http::Responder respond) {
  finish(run_control(request), [respond](const Result<Output>& said) {
    if (said.ok())
      return respond(json_response(
          200, json_text(Json{{"json", said->json}, {"text", said->text}, {"exit_code", said->exit_code}})));
    const Error& e = said.error();
    respond(json_response(200, json_text(Json{{"error",
                                               {{"kind", static_cast<int>(e.kind)},
                                                {"code", e.code},
                                                {"message", e.message},
                                                {"where", e.where},
                                                {"fix", e.fix}}}})));
  });
}

}  // namespace pinrelay::cli
