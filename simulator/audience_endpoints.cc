// Audiences made from customer lists, as their callers see them.
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "simulator/world_parts.h"

namespace pinrelay::sim {
namespace {

using Json = nlohmann::ordered_json;

Reply invalid(std::string_view what) { return make_error(400, 1, "Invalid request: " + std::string(what)); }
Reply not_found() { return make_error(404, 1000, "Audience not found."); }

// The text under `key`; false when it is missing or something else.
bool read_text(const Json& object, const char* key, std::string& out) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_string()) return false;
  out = at->get<std::string>();
  return true;
}

struct AudienceBody {
  std::string name, description, list_id;
};

std::optional<Reply> read_create(const std::string& text, AudienceBody& out) {
  const Json body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return invalid("the body is not an object");
  std::string type;
  if (!read_text(body, "audience_type", type)) return invalid("'audience_type' is a required property");
  if (!read_text(body, "name", out.name)) return invalid("'name' is a required property");
  if (!body.contains("rule") || !body["rule"].is_object()) return invalid("'rule' is a required property");
  if (type != "CUSTOMER_LIST") return make_error(400, 400, "Invalid ad account audience parameters.");
  if (!read_text(body["rule"], "customer_list_id", out.list_id)) {
    return make_error(400, 400, "Invalid ad account audience parameters.");
  }
  read_text(body, "description", out.description);
  return std::nullopt;
}

}  // namespace

std::string World::audience_json(const Audience& audience, Time now) const {
  const CustomerList* const list = lists_.find(audience.list_id);
  const std::string list_status = list == nullptr ? "TOO_SMALL" : status(*list, now);
  const bool waits = list_status == "PROCESSING" || list_status == "UPLOADING";
  Json json{{"id", audience.id},
            {"ad_account_id", audience.ad_account},
            {"name", audience.name},
            {"description", audience.description},
            {"audience_type", "CUSTOMER_LIST"},
            {"rule", {{"customer_list_id", audience.list_id}}},
            {"size", nullptr},
            {"status", waits ? "INITIALIZING" : list_status},
            {"type", "audience"},
            {"created_timestamp", to_millis(audience.created) / 1000},
            {"updated_timestamp", to_millis(audience.updated) / 1000},
            {"created_by_company_name", nullptr}};
  if (!waits) json["size"] = list == nullptr ? 0 : list->members.size();
  return json_text(json);
}

Audience* World::audience_of(Context& context) {
  const auto at = audiences_.find(context.ids[1]);
  const bool visible = at != audiences_.end() && at->second.ad_account == context.ids[0] &&
                       at->second.visible_from <= context.now;
  return visible ? &at->second : nullptr;
}

Reply World::audience_list(Context& context) {
  std::string ownership;
  query_value(context.call.query(), "ownership_type", ownership);
  std::vector<std::string> ids;
  for (const auto& [id, audience] : audiences_) {
    const bool visible = audience.visible_from <= context.now && ownership != "RECEIVED";
    if (visible && audience.ad_account == context.ids[0]) ids.push_back(id);
  }
  Page page;
  if (auto refusal = cut_page(context.call.query(), std::move(ids), page)) return *std::move(refusal);
  std::vector<std::string> items;
  for (const std::string& id : page.ids) items.push_back(audience_json(audiences_.at(id), context.now));
  return page_answer(page, items);
}

Reply World::audience_create(Context& context) {
  AudienceBody body;
  if (auto refusal = refuse_body(context.call)) return *std::move(refusal);
  if (auto refusal = read_create(context.call.body, body)) return *std::move(refusal);
  const CustomerList* const list = lists_.find(body.list_id);
  if (list == nullptr || list->ad_account != context.ids[0]) {
    return make_error(404, 1001, "Customer list could not be found");
  }
  Audience audience;
  audience.id = std::to_string(next_audience_++);
  audience.ad_account = context.ids[0];
  audience.name = std::move(body.name);
  audience.description = std::move(body.description);
  audience.list_id = std::move(body.list_id);
  audience.created = audience.updated = context.now;
  audience.visible_from = context.now + (context.unknown ? context.late : Millis{0});
  context.log.changed = true;
  std::string json = audience_json(audience, context.now);
  audiences_.emplace(audience.id, std::move(audience));
  return make_answer(std::move(json));
}

Reply World::audience_get(Context& context) {
  const Audience* const audience = audience_of(context);
  return audience == nullptr ? not_found() : make_answer(audience_json(*audience, context.now));
}

Reply World::audience_change(Context& context) {
  Audience* const audience = audience_of(context);
  if (audience == nullptr) return not_found();
  if (auto refusal = refuse_body(context.call)) return *std::move(refusal);
  const Json body = Json::parse(context.call.body, nullptr, false);
  if (!body.is_object()) return invalid("the body is not an object");
  std::string operation = "UPDATE";
  read_text(body, "operation_type", operation);
  if (operation != "UPDATE" && operation != "REMOVE") return invalid("'operation_type' is unknown");
  read_text(body, "name", audience->name);
  read_text(body, "description", audience->description);
  audience->updated = context.now;
  context.log.changed = true;
  std::string json = audience_json(*audience, context.now);
  if (operation == "REMOVE") audiences_.erase(audience->id);
  return make_answer(std::move(json));
}

}  // namespace pinrelay::sim
