#include <nlohmann/json.hpp>

#include "admin/repeats.h"
#include "admin/routes.h"
#include "base/json_text.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

Json schema_of(Kind kind) {
  switch (kind) {
    case Kind::kNumber:
      return {{"type", "integer"}, {"minimum", 0}};
    case Kind::kFlag:
      return {{"type", "boolean"}};
    case Kind::kSecret:
      return {{"type", "string"}, {"writeOnly", true}};
    case Kind::kObject:
      return {{"type", "object"}};
    case Kind::kList:
      return {{"type", "array"}, {"items", {{"type", "object"}}}};
    case Kind::kTexts:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case Kind::kText:
      return {{"type", "string"}};
  }
  return Json::object();
}

Json problem_answer(std::string_view description) {
  return {
      {"description", description},
      {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
}

Json body_of(const Route& route) {
  if (route.by == By::kUpload) {
    const Json file = {{"schema", {{"type", "string"}, {"description", route.parameters[0].help}}}};
    return {{"required", true}, {"content", {{"text/csv", file}, {"application/x-ndjson", file}}}};
  }
  Json properties = Json::object(), required = Json::array();
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in != In::kBody) continue;
    Json schema = schema_of(parameter.kind);
    schema["description"] = parameter.help;
    properties[std::string(parameter.name)] = std::move(schema);
    if (parameter.required) required.push_back(parameter.name);
  }
  if (properties.empty()) return {};
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return {{"required", !required.empty()}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

Json parameters_of(const Route& route) {
  Json out = Json::array();
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in == In::kBody || parameter.in == In::kFile) continue;
    const bool header = parameter.in == In::kHeader;
    out.push_back({{"name", header ? header_name(parameter.name) : std::string(parameter.name)},
                   {"in", header                      ? "header"
                          : parameter.in == In::kPath ? "path"
                                                      : "query"},
                   {"required", parameter.required && parameter.kind != Kind::kFlag},
                   {"description", parameter.help},
                   {"schema", schema_of(parameter.kind)}});
  }
  if (may_repeat(route))
    out.push_back(
        {{"name", kRepeatHeader},
         {"in", "header"},
         {"required", false},
         {"description",
          "the same key with the same request gets the first answer again, for 24 hours; with another "
          "request it is refused (422)"},
         {"schema", {{"type", "string"}, {"maxLength", 255}}}});
  return out;
}

std::string id_of(const Route& route) {
  std::string id = route.by == By::kLog ? "live_log" : route.by == By::kState ? "live_" : "";
  for (const char c : route.command) id += c == ' ' || c == '-' ? '_' : c;
  if (route.by == By::kTable) id += "_csv";
  return id;
}

Json success_of(const Route& route) {
  if (route.is_live())
    return {{"description",
             route.by == By::kLog
                 ? "Server-Sent Events without end: `log` for each line, with an id to resume from by "
                   "Last-Event-ID; "
                   "`gap` before the next one where lines are lost; `end` when it ends"
                 : "Server-Sent Events without end: `state` as the command '" + std::string(route.command) +
                       "' gives it with --json, now and whenever it has changed; `end` when it ends"},
            {"content", {{"text/event-stream", {{"schema", {{"type", "string"}}}}}}}};
  if (route.by == By::kTable)
    return {
        {"description", "lines as the command '" + std::string(route.command) + "' gives them with --csv"},
        {"headers",
         {{std::string(kNextCursorHeader),
           {{"description", "there are, or may be, more: give it as `cursor`"},
            {"schema", {{"type", "string"}}}}}}},
        {"content", {{"text/csv", {{"schema", {{"type", "string"}}}}}}}};
  const Json answer = {{"type", "object"}, {"required", {route.gives}}};
  return {{"description", route.by == By::kSession
                              ? std::string("done")
                              : "as the command '" + std::string(route.command) + "' gives it with --json"},
          {"content", {{"application/json", {{"schema", answer}}}}}};
}

Json operation_of(const Route& route) {
  Json operation = {{"operationId", id_of(route)},
                    {"summary", route.summary},
                    {"x-role", store::kRoleNames[static_cast<size_t>(route.role)]}};
  if (route.role == Role::kNobody) operation["security"] = Json::array();
  if (const Json parameters = parameters_of(route); !parameters.empty()) operation["parameters"] = parameters;
  if (const Json body = body_of(route); !body.empty()) operation["requestBody"] = body;
  Json& responses = operation["responses"];
  responses[std::to_string(route.success)] = success_of(route);
  const std::pair<const char*, const char*> problems[] = {
      {"400", "the request is wrong; `pointer` says where"},
      {"401", "no known API token or session"},
      {"403",
       "the role is too low, the token is bound to other jobs or networks, or another site's page asks"},
      {"404", "what was named is not there"},
      {"409", "its present state does not allow it"},
      {"421", "not a name of this service"},
      {"412", "it has been changed meanwhile (If-Match)"},
      {"413", "the body is too large"},
      {"415", "the body is not of the content type that is described"},
      {"422", "Pinterest, or a key, refuses it"},
      {"429", "too many at once"},
      {"503", "not now: ask again"},
  };
  for (const auto& [status, description] : problems) responses[status] = problem_answer(description);
  if (route.confirms)
    responses["403"] = problem_answer(
        "the role is too low, another site's page asks, or a session's user has to give the password again "
        "(`confirm_password`: POST /api/v1/session/confirm)");
  if (route.by == By::kUpload)
    responses["507"] = problem_answer("the disk of the service has no room for the file");
  return operation;
}

}  // namespace

std::string openapi(std::string_view version) {
  const Json text = {{"type", "string"}};
  Json document = {{"openapi", "3.1.0"},
                   {"info",
                    {{"title", "Pinrelay"},
                     {"version", version},
                     {"description",
                      "Everything the command line can do with a running service. Answers are what the "
                      "commands give with --json. A token has a role: viewer, operator or admin; each "
                      "operation names the least it needs in x-role."}}},
                   {"paths", Json::object()},
                   {"components",
                    {{"securitySchemes",
                      {{"token", {{"type", "http"}, {"scheme", "bearer"}}},
                       {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", kSessionCookie}}}}},
                     {"schemas",
                      {{"Problem",
                        {{"type", "object"},
                         {"required", {"type", "title", "status", "detail", "code", "fix", "request_id"}},
                         {"properties",
                          {{"type", text},
                           {"title", text},
                           {"status", {{"type", "integer"}}},
                           {"detail", text},
                           {"code", text},
                           {"fix", text},
                           {"pointer", text},
                           {"errors", {{"type", "array"}, {"items", {{"type", "object"}}}}},
                           {"request_id", text}}}}}}}}},
                   {"security", Json::array({{{"token", Json::array()}}, {{"session", Json::array()}}})}};
  for (const Route& route : routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    document["paths"][std::string(route.path)][method] = operation_of(route);
  }
  return json_text(document, 2) + "\n";
}

}  // namespace pinrelay::admin
