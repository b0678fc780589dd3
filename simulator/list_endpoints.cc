// Accounts and customer lists, as their callers see them.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "simulator/world_parts.h"

namespace pinrelay::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBookmarkPrefix = "after-";
constexpr size_t kPageDefault = 25, kPageMax = 250;

// Ids are numbers of any length without leading zeros.
bool id_less(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string account_json(const AdAccount& account) {
  constexpr int64_t kCreated = 1'451'431'341;
  return json_text(Json{{"id", account.id},
                        {"name", account.name},
                        {"country", "US"},
                        {"currency", "USD"},
                        {"owner", {{"id", "383791336903426391"}, {"username", "sample"}}},
                        {"permissions", Json::array({account.role})},
                        {"created_time", kCreated},
                        {"updated_time", kCreated}});
}

bool read_page_size(std::string_view query, size_t& size) {
  std::string text;
  size = kPageDefault;
  if (!query_value(query, "page_size", text)) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  return error == std::errc() && end == text.data() + text.size() && size >= 1 && size <= kPageMax;
}

Reply invalid(std::string_view what) { return make_error(400, 1, "Invalid request: " + std::string(what)); }

}  // namespace

std::optional<Reply> cut_page(std::string_view query, std::vector<std::string> ids, Page& page) {
  size_t size = 0;
  if (!read_page_size(query, size)) return invalid("'page_size' must be from 1 to 250");
  std::string order = "ASCENDING", bookmark;
  query_value(query, "order", order);
  if (order != "ASCENDING" && order != "DESCENDING") return invalid("'order' is unknown");
  const bool descending = order == "DESCENDING";
  if (descending) std::reverse(ids.begin(), ids.end());
  auto from = ids.begin();
  if (query_value(query, "bookmark", bookmark) && !bookmark.empty()) {
    if (!bookmark.starts_with(kBookmarkPrefix)) return invalid("'bookmark' is not one of ours");
    const std::string last = bookmark.substr(kBookmarkPrefix.size());
    from = std::find_if(ids.begin(), ids.end(), [&](const std::string& id) {
      return descending ? id_less(id, last) : id_less(last, id);
    });
  }
  const auto to = from + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(size), ids.end() - from);
  page.ids.assign(from, to);
  if (to != ids.end()) page.bookmark = std::string(kBookmarkPrefix) + page.ids.back();
  return std::nullopt;
}

Reply page_answer(const Page& page, const std::vector<std::string>& items) {
  std::string json = "{\"items\":[";
  for (const std::string& item : items) {
    if (json.back() != '[') json += ',';
    json += item;
  }
  return make_answer(
      json + "],\"bookmark\":" + (page.bookmark.empty() ? "null" : json_text(Json(page.bookmark))) + "}");
}

Reply World::oauth_token(Context& context) { return accounts_.grant(context.call, context.now); }

Reply World::user_account(Context&) {
  return make_answer(json_text(Json{{"id", "383791336903426391"},
                                    {"username", "sample"},
                                    {"account_type", "BUSINESS"},
                                    {"business_name", "Sample business (simulator)"},
                                    {"profile_image", ""},
                                    {"website_url", "https://shop.example.org"},
                                    {"board_count", 0},
                                    {"pin_count", 0},
                                    {"follower_count", 0},
                                    {"following_count", 0},
                                    {"monthly_views", nullptr}}));
}

Reply World::ad_account_list(Context& context) {
  std::string shared;
  query_value(context.call.query(), "include_shared_accounts", shared);
  std::vector<std::string> ids;
  for (const AdAccount& account : accounts_.ad_accounts()) {
    if (shared != "false" || account.role == "OWNER") ids.push_back(account.id);
  }
  std::sort(ids.begin(), ids.end(), id_less);
  Page page;
  if (auto refusal = cut_page(context.call.query(), std::move(ids), page)) return *std::move(refusal);
  std::vector<std::string> items;
  for (const std::string& id : page.ids) items.push_back(account_json(*accounts_.find(id)));
  return page_answer(page, items);
}

Reply World::ad_account_get(Context& context) {
  return make_answer(account_json(*accounts_.find(context.ids[0])));
}

std::string World::list_json(const CustomerList& list, Time now) const {
  return json_text(Json{{"id", list.id},
                        {"ad_account_id", list.ad_account},
                        {"name", list.name},
                        {"type", "customerlist"},
                        {"status", status(list, now)},
                        {"num_batches", list.num_batches},
                        {"num_uploaded_user_records", list.num_uploaded_user_records},
                        {"num_removed_user_records", list.num_removed_user_records},
                        {"created_time", to_millis(list.created) / 1000},
                        {"updated_time", to_millis(list.updated) / 1000},
                        {"exceptions", Json::object()}});
}

CustomerList* World::list_of(Context& context) {
  CustomerList* const list = lists_.find(context.ids[1]);
  return list != nullptr && list->ad_account == context.ids[0] ? list : nullptr;
}

Reply World::list_list(Context& context) {
  std::vector<std::string> ids;
  for (const auto& [id, list] : lists_.all()) {
    if (list.ad_account == context.ids[0]) ids.push_back(id);
  }
  Page page;
  if (auto refusal = cut_page(context.call.query(), std::move(ids), page)) return *std::move(refusal);
  std::vector<std::string> items;
  for (const std::string& id : page.ids) items.push_back(list_json(*lists_.find(id), context.now));
  return page_answer(page, items);
}

Reply World::list_get(Context& context) {
  const CustomerList* const list = list_of(context);
  if (list == nullptr) return make_error(404, 1001, "Customer list could not be found");
  return make_answer(list_json(*list, context.now));
}

std::optional<Reply> World::refuse_body(const Call& call) const {
  if (call.body.size() > options_.body_bytes_max) {
    return make_error(options_.too_large_status, options_.too_large_status == 413 ? 413 : 1,
                      "Invalid request: the body is too large");
  }
  if (!call.content_type.starts_with("application/json")) {
    return invalid("the content type must be application/json");
  }
  return std::nullopt;
}

std::optional<Reply> World::read_list_body(Context& context, ListBodyKind kind, ListBody& body) {
  if (auto refusal = refuse_body(context.call)) return refusal;
  if (auto refusal = body_reader_->read(context.call.body, kind, body)) return refusal;
  context.log.operation = kind == ListBodyKind::kCreate ? "ADD" : body.operation;
  context.log.records = body.records.hashes.size();
  traffic_.plain_records += body.records.plain;
  traffic_.hashes_of_nothing += body.records.nothing;
  if (body.records.hashes.size() > options_.records_max) {
    return make_error(options_.too_large_status, options_.too_large_status == 413 ? 413 : 1,
                      "Invalid request: 'records' is too large");
  }
  const bool bad =
      bad_records_.size() > 0 && std::any_of(body.records.hashes.begin(), body.records.hashes.end(),
                                             [&](const Hash& hash) { return bad_records_.contains(hash); });
  if (bad) return make_error(400, 2740, "MALFORMATTED_USER_LIST");
  return std::nullopt;
}

Reply World::list_create(Context& context) {
  ListBody body;
  if (auto refusal = read_list_body(context, ListBodyKind::kCreate, body)) return *std::move(refusal);
  CustomerList list;
  list.ad_account = context.ids[0];
  list.name = std::move(body.name);
  list.list_type = std::move(body.list_type);
  context.log.changed = true;
  const std::string id = lists_.create(std::move(list), std::move(body.records.hashes), context.late,
                                       context.unknown, context.now);
  const CustomerList* const made = lists_.find(id);
  // A list that appears later has nobody who reads this answer.
  return make_answer(made == nullptr ? "{}" : list_json(*made, context.now));
}

Reply World::list_change(Context& context) {
  CustomerList* const list = list_of(context);
  if (list == nullptr) return make_error(404, 1001, "Customer list could not be found");
  ListBody body;
  if (auto refusal = read_list_body(context, ListBodyKind::kChange, body)) return *std::move(refusal);
  context.log.changed = true;
  const Operation operation = body.operation == "ADD" ? Operation::kAdd : Operation::kRemove;
  lists_.change(*list, operation, std::move(body.records.hashes), context.late, context.now);
  return make_answer(list_json(*list, context.now));
}

}  // namespace pinrelay::sim
