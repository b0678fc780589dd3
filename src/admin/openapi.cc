#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/answer_shapes.h"
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

Json shape(std::string_view name) { return {{"$ref", "#/components/schemas/" + std::string(name)}}; }

// The routes that can answer with a refusal.
using Refuses = bool (*)(const Route&);
struct Refusal {
  std::string_view name, status, description;
  Refuses when;
};
constexpr Refuses kAlways = [](const Route&) { return true; };
constexpr Refusal kRefusals[] = {
    {"BadRequest", "400", "the request is wrong; `pointer` says where", kAlways},
    {"NotSignedIn", "401", "no known API token or session", kAlways},
    {"NotAllowed", "403",
     "the role is too low, the token is bound to other jobs or networks, or another site's page asks",
     [](const Route& route) { return !route.confirms; }},
    {"NotAllowedOrConfirmed", "403",
     "the role is too low, another site's page asks, or a session's user has to give the password again "
     "(`confirm_password`: POST /api/v1/session/confirm)",
     [](const Route& route) { return route.confirms; }},
    {"NotFound", "404", "what was named is not there", kAlways},
    {"Conflict", "409", "its present state does not allow it", kAlways},
    {"ChangedMeanwhile", "412", "it has been changed meanwhile (If-Match)", kAlways},
    {"TooLarge", "413", "the body is too large", kAlways},
    {"WrongContentType", "415", "the body is not of the content type that is described", kAlways},
    {"WrongHost", "421", "not a name of this service", kAlways},
    {"Refused", "422", "Pinterest, or a key, refuses it", kAlways},
    {"TooMany", "429", "too many at once", kAlways},
    {"NotNow", "503", "not now: ask again", kAlways},
    {"NoRoom", "507", "the disk of the service has no room for the file",
     [](const Route& route) { return route.by == By::kUpload; }},
};

Json all_refusals() {
  Json responses = Json::object();
  for (const Refusal& refusal : kRefusals)
    responses[std::string(refusal.name)] = {
        {"description", refusal.description},
        {"content", {{"application/problem+json", {{"schema", shape("Problem")}}}}}};
  return responses;
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

std::string name_of(const Route& route) {
  std::string name = route.by == By::kLog ? "live_log" : route.by == By::kState ? "live_" : "";
  for (const char c : route.command) name += c == ' ' || c == '-' ? '_' : c;
  return route.by == By::kTable ? name + "_csv" : name;
}

// Several routes of one command are numbered in the order of the table.
std::string id_of(const Route& route) {
  const std::string name = name_of(route);
  const auto before = routes().first(static_cast<size_t>(&route - routes().data()));
  const auto same = std::ranges::count(before, name, name_of);
  return same == 0 ? name : fmt::format("{}_{}", name, same + 1);
}

// The data of each kind of event.
Json events_of(const Route& route) {
  if (route.by == By::kLog)
    return {{"log", shape(route.answer)}, {"gap", shape("LogGap")}, {"end", shape("StreamEnd")}};
  return {{"state", shape(route.answer)}, {"end", shape("StreamEnd")}};
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
            {"content",
             {{"text/event-stream", {{"schema", {{"type", "string"}}}, {"x-events", events_of(route)}}}}}};
  if (route.by == By::kTable)
    return {
        {"description", "lines as the command '" + std::string(route.command) + "' gives them with --csv"},
        {"headers",
         {{std::string(kNextCursorHeader),
           {{"description", "there are, or may be, more: give it as `cursor`"},
            {"schema", {{"type", "string"}}}}}}},
        {"content", {{"text/csv", {{"schema", {{"type", "string"}}}}}}}};
  return {{"description", route.by == By::kSession
                              ? std::string("done")
                              : "as the command '" + std::string(route.command) + "' gives it with --json"},
          {"content", {{"application/json", {{"schema", shape(route.answer)}}}}}};
}

Json operation_of(const Route& route) {
  Json operation = {{"operationId", id_of(route)},
                    {"summary", route.summary},
                    {"x-role", store::kRoleNames[static_cast<size_t>(route.role)]}};
  if (route.by != By::kSession && !route.command.empty()) operation["x-command"] = route.command;
  if (route.role == Role::kNobody) operation["security"] = Json::array();
  if (const Json parameters = parameters_of(route); !parameters.empty()) operation["parameters"] = parameters;
  if (const Json body = body_of(route); !body.empty()) operation["requestBody"] = body;
  Json& responses = operation["responses"];
  responses[std::to_string(route.success)] = success_of(route);
  for (const Refusal& refusal : kRefusals)
    if (refusal.when(route))
      responses[std::string(refusal.status)] = {
          {"$ref", "#/components/responses/" + std::string(refusal.name)}};
  return operation;
}

Json all_schemas() {
  const auto schemas = schemas_of(answer_shapes(), table_shapes());
  CHECK(schemas.ok());
  return Json::parse(*schemas);
}

}  // namespace

std::string openapi(std::string_view version) {
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
                     {"responses", all_refusals()},
                     {"schemas", all_schemas()}}},
                   {"security", Json::array({{{"token", Json::array()}}, {{"session", Json::array()}}})}};
  for (const Route& route : routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    document["paths"][std::string(route.path)][method] = operation_of(route);
  }
  return json_text(document, 2) + "\n";
}

}  // namespace pinrelay::admin
