#include "admin/answer_shapes.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "alerts/kinds.h"
#include "base/json_text.h"
#include "base/log.h"
#include "config/keys.h"
#include "config/values.h"
#include "credentials/sign_in.h"
#include "exports/reasons.h"
#include "exports/verbs.h"
#include "insight/history.h"
#include "pinterest/answer.h"
#include "pinterest/conversion_fields.h"
#include "pinterest/provider.h"
#include "sources/row_scope.h"
#include "store/catalog.h"
#include "store/events.h"
#include "store/security_events.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

// In an order in which a spread shape comes before those that take it.
constexpr ShapeFile kFiles[] = {
    {
        "general.shapes",
#include "admin/answers/general.shapes"
    },
    {
        "catalogues.shapes",
#include "admin/answers/catalogues.shapes"
    },
    {
        "authorizations.shapes",
#include "admin/answers/authorizations.shapes"
    },
    {
        "people.shapes",
#include "admin/answers/people.shapes"
    },
    {
        "jobs.shapes",
#include "admin/answers/jobs.shapes"
    },
    {
        "input.shapes",
#include "admin/answers/input.shapes"
    },
    {
        "alerts.shapes",
#include "admin/answers/alerts.shapes"
    },
    {
        "access.shapes",
#include "admin/answers/access.shapes"
    },
};

Json one_of(Json words) { return {{"type", "string"}, {"enum", std::move(words)}}; }

// A table of names by number; numbers that are not used have an empty name.
template <typename Names>
Json one_of_names(const Names& names) {
  Json words = Json::array();
  for (const std::string_view name : names)
    if (!name.empty()) words.push_back(name);
  return one_of(std::move(words));
}

template <typename Rows, typename Name>
Json one_of_rows(const Rows& rows, Name name) {
  Json words = Json::array();
  for (const auto& row : rows) words.push_back(std::invoke(name, row));
  return one_of(std::move(words));
}

// All values of an enumeration that has a text for each.
template <typename Value, typename Text>
Json one_of_values(Value first, Value last, Text text) {
  Json words = Json::array();
  for (auto value = static_cast<int>(first); value <= static_cast<int>(last); ++value)
    words.push_back(text(static_cast<Value>(value)));
  return one_of(std::move(words));
}

Json reason_codes() {
  Json words = Json::array();
  for (const exports::ReasonInfo& info : exports::kReasons)
    if (info.reason != exports::Reason::kNone) words.push_back(info.name);
  return one_of(std::move(words));
}

constexpr std::string_view kJobKeys = "jobs[].";

// {our_field: target}, or one of the longer forms.
Json mapping_entry() {
  const Json text = {{"type", "string"}};
  const Json longer = {{"type", "object"},
                       {"properties",
                        {{"to", text},
                         {"field", text},
                         {"first_of", {{"type", "array"}, {"items", text}}},
                         {"constant", text},
                         {"default", text}}},
                       {"required", {"to"}},
                       {"minProperties", 2},
                       {"additionalProperties", false}};
  const Json shorter = {
      {"type", "object"}, {"additionalProperties", text}, {"minProperties", 1}, {"maxProperties", 1}};
  return {{"anyOf", {longer, shorter}}};
}

Json type_of(const config::Key& key) {
  switch (key.kind) {
    case config::Kind::kCount:
      return {{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}};
    case config::Kind::kFlag:
      return {{"type", "boolean"}};
    case config::Kind::kChoice:
      return one_of(config::split_choices(key.choices));
    case config::Kind::kMapping:
      return {{"type", "array"}, {"items", mapping_entry()}};
    case config::Kind::kGroup:
    case config::Kind::kOption:
      return {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
    default:
      return {{"type", "string"}};
  }
}

// A job's settings, from the table of configuration keys, where a group stands before its keys. A key that
// both types of jobs have, each with its own row, looks the same in JSON.
Json job_settings() {
  Json settings = {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  for (const config::Key& key : config::keys()) {
    if (!key.path.starts_with(kJobKeys)) continue;
    const std::string_view group = key.group();
    Json& into = group.size() < kJobKeys.size()
                     ? settings
                     : settings["properties"][std::string(group.substr(kJobKeys.size()))];
    Json& schema = into["properties"][std::string(key.leaf())];
    if (!schema.is_null()) continue;
    schema = type_of(key);
    schema["description"] = key.help;
    if (key.required && key.only_type.empty()) into["required"].push_back(key.leaf());
  }
  return settings;
}

Json history_amounts() {
  Json properties = Json::object(), required = Json::array();
  for (const insight::Amount& amount : insight::kAmounts) {
    properties[std::string(amount.name)] = {{"$ref", "#/components/schemas/HistoryAmount"}};
    required.push_back(amount.name);
  }
  return {{"type", "object"},
          {"required", required},
          {"properties", properties},
          {"additionalProperties", false}};
}

Json job_types() {
  const auto key = std::ranges::find(config::keys(), "jobs[].type", &config::Key::path);
  return one_of(config::split_choices(key->choices));
}

}  // namespace

std::span<const ShapeFile> answer_shapes() { return kFiles; }

std::string table_shapes() {
  using pinterest::Verdict;
  const Json shapes = {
      {"AlertKindName", one_of_rows(alerts::kinds(), &alerts::Kind::name)},
      {"EventResult", one_of_names(store::kEventResultNames)},
      {"FieldGroup", one_of_values(pinterest::Group::kIdentifier, pinterest::Group::kDetails,
                                   [](pinterest::Group group) { return pinterest::to_text(group); })},
      {"FieldType", one_of_values(store::ValueType::kNull, store::ValueType::kArray, store::type_name)},
      {"HistoryAmounts", history_amounts()},
      {"HistoryStep", one_of_rows(insight::kSteps, &insight::StepInfo::name)},
      {"ImportState", one_of_names(store::kImportStateNames)},
      {"JobSettings", job_settings()},
      {"JobType", job_types()},
      {"LogLevel",
       one_of_values(LogLevel::kDebug, LogLevel::kError, [](LogLevel level) { return name_of(level); })},
      {"MethodName", one_of_rows(pinterest::kAuthorizationMethods, &pinterest::AuthorizationMethod::name)},
      {"ReasonCode", reason_codes()},
      {"Role", one_of_names(store::kRoleNames)},
      {"RowType", one_of(sources::row_type_names(sources::RowScope::kEveryType))},
      {"RunKind", one_of_names(store::kRunKindNames)},
      {"SecurityKind", one_of_rows(store::kSecurityKinds, &store::SecurityKindInfo::name)},
      {"SignInPhase", one_of_names(credentials::kSignInPhaseNames)},
      {"StoredJobState", one_of_names(store::kJobStateNames)},
      {"Verb", one_of_rows(exports::verbs(), &exports::VerbInfo::name)},
      {"Verdict", one_of_values(Verdict::kDone, Verdict::kRefused,
                                [](Verdict verdict) { return pinterest::to_text(verdict); })},
  };
  return json_text(shapes);
}

}  // namespace pinrelay::admin
