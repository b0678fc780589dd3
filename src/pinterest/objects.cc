#include "pinterest/objects.h"

#include <simdjson.h>

#include <charconv>
#include <limits>

namespace pinrelay::pinterest {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr size_t kIdDigitsMax = 32;

// A string, or a whole number as its text; "" for anything else.
std::string read_text(const object& from, std::string_view name) {
  if (std::string_view text; from[name].get(text) == simdjson::SUCCESS) return std::string(text);
  if (int64_t number = 0; from[name].get(number) == simdjson::SUCCESS) return std::to_string(number);
  if (uint64_t number = 0; from[name].get(number) == simdjson::SUCCESS) return std::to_string(number);
  return {};
}

// "" when it is not an id: it will stand in paths and in the store, so nothing but digits gets in.
std::string read_id(const object& from, std::string_view name) {
  std::string id = read_text(from, name);
  if (id.size() > kIdDigitsMax || id.find_first_not_of("0123456789") != std::string::npos) return {};
  return id;
}

std::optional<int64_t> whole(double number) {
  constexpr double kBound = 9e18;
  if (!(number > -kBound && number < kBound)) return std::nullopt;
  return static_cast<int64_t>(number);
}

// A number cut to a whole one, or a string that is a number.
std::optional<int64_t> read_number(const object& from, std::string_view name) {
  if (int64_t number = 0; from[name].get(number) == simdjson::SUCCESS) return number;
  if (double number = 0; from[name].get(number) == simdjson::SUCCESS) return whole(number);
  std::string_view text;
  if (from[name].get(text) != simdjson::SUCCESS) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return whole(number);
}

int64_t number_or_zero(const object& from, std::string_view name) {
  return read_number(from, name).value_or(0);
}

CustomerList make_list(const object& from) {
  CustomerList out;
  out.id = read_id(from, "id");
  out.ad_account_id = read_id(from, "ad_account_id");
  out.name = read_text(from, "name");
  out.status = read_text(from, "status");
  out.created_time = number_or_zero(from, "created_time");
  out.updated_time = number_or_zero(from, "updated_time");
  out.uploaded = number_or_zero(from, "num_uploaded_user_records");
  out.removed = number_or_zero(from, "num_removed_user_records");
  out.batches = number_or_zero(from, "num_batches");
  return out;
}

Audience make_audience(const object& from) {
  Audience out;
  out.id = read_id(from, "id");
  out.ad_account_id = read_id(from, "ad_account_id");
  out.name = read_text(from, "name");
  out.type = read_text(from, "audience_type");
  out.status = read_text(from, "status");
  if (object rule; from["rule"].get(rule) == simdjson::SUCCESS) out.list = read_id(rule, "customer_list_id");
  out.size = read_number(from, "size");
  out.created_time = number_or_zero(from, "created_timestamp");
  return out;
}

AdAccount make_ad_account(const object& from) {
  AdAccount out;
  out.id = read_id(from, "id");
  out.name = read_text(from, "name");
  if (object owner; from["owner"].get(owner) == simdjson::SUCCESS) out.owner = read_text(owner, "username");
  array permissions;
  if (from["permissions"].get(permissions) != simdjson::SUCCESS) return out;
  for (const element item : permissions)
    if (std::string_view text; item.get(text) == simdjson::SUCCESS) out.permissions.emplace_back(text);
  return out;
}

UserAccount make_user_account(const object& from) {
  UserAccount out;
  out.id = read_id(from, "id");
  out.username = read_text(from, "username");
  out.type = read_text(from, "account_type");
  out.business_name = read_text(from, "business_name");
  return out;
}

Error unreadable(std::string_view what) {
  Error error;
  error.kind = ErrorKind::kUnavailable;
  error.code = "pinterest_unreadable";
  error.message = "Pinterest's answer is not " + std::string(what);
  return error;
}

// The document tree validates the whole text first, so that a truncated answer cannot pass for a whole one.
bool parse(simdjson::dom::parser& parser, std::string_view body, object& out) {
  return parser.parse(body.data(), body.size()).get(out) == simdjson::SUCCESS;
}

template <typename Make>
auto read_object(std::string_view body, std::string_view what, Make make)
    -> Result<decltype(make(object()))> {
  simdjson::dom::parser parser;
  object root;
  if (!parse(parser, body, root)) return unreadable(what);
  auto out = make(root);
  if (out.id.empty()) return unreadable(what);
  return out;
}

template <typename Make>
auto read_page(std::string_view body, std::string_view what, Make make)
    -> Result<Page<decltype(make(object()))>> {
  simdjson::dom::parser parser;
  object root;
  array items;
  if (!parse(parser, body, root) || root["items"].get(items) != simdjson::SUCCESS) return unreadable(what);
  Page<decltype(make(object()))> out;
  for (const element item : items) {
    object from;
    if (item.get(from) != simdjson::SUCCESS) continue;
    if (auto made = make(from); !made.id.empty()) out.items.push_back(std::move(made));
  }
  out.bookmark = read_text(root, "bookmark");
  return out;
}

}  // namespace

Result<CustomerList> read_list(std::string_view body) {
  return read_object(body, "a customer list", make_list);
}

Result<Audience> read_audience(std::string_view body) {
  return read_object(body, "an audience", make_audience);
}

Result<AdAccount> read_ad_account(std::string_view body) {
  return read_object(body, "an ad account", make_ad_account);
}

Result<UserAccount> read_user_account(std::string_view body) {
  return read_object(body, "a user account", make_user_account);
}

Result<Page<CustomerList>> read_lists(std::string_view body) {
  return read_page(body, "a page of customer lists", make_list);
}

Result<Page<Audience>> read_audiences(std::string_view body) {
  return read_page(body, "a page of audiences", make_audience);
}

Result<Page<AdAccount>> read_ad_accounts(std::string_view body) {
  return read_page(body, "a page of ad accounts", make_ad_account);
}

std::vector<EventResult> read_event_results(std::string_view body, size_t events) {
  simdjson::dom::parser parser;
  object root, details;
  array items;
  if (!parse(parser, body, root)) return {};
  if (root["events"].get(items) != simdjson::SUCCESS && (root["details"].get(details) != simdjson::SUCCESS ||
                                                         details["events"].get(items) != simdjson::SUCCESS))
    return {};
  std::vector<EventResult> out;
  out.reserve(events);
  for (const element item : items) {
    object from;
    if (item.get(from) != simdjson::SUCCESS) return {};
    std::string_view status;
    if (from["status"].get(status) != simdjson::SUCCESS || status.empty()) return {};
    // An open set; only this word says that the event was not taken.
    const bool processed = status != "failed";
    std::string_view warning;
    const bool warned = from["warning_message"].get(warning) == simdjson::SUCCESS && !warning.empty();
    out.push_back({processed, warned, processed ? std::string(warning) : read_text(from, "error_message")});
  }
  if (out.size() != events) out.clear();
  return out;
}

std::optional<ErrorBody> read_error_body(std::string_view body) {
  simdjson::dom::parser parser;
  object root;
  if (!parse(parser, body, root)) return std::nullopt;
  ErrorBody out;
  const int64_t code = number_or_zero(root, "code");
  if (code > 0 && code <= std::numeric_limits<int>::max()) out.code = static_cast<int>(code);
  out.message = read_text(root, "message");
  return out;
}

}  // namespace pinrelay::pinterest
