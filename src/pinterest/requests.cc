#include "pinterest/requests.h"

#include "base/json_writer.h"
#include "base/result.h"
#include "base/sha256.h"

namespace pinrelay::pinterest {
namespace {

constexpr std::string_view kPageSize = "page_size=250";

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

std::string encoded(std::string_view text) { return percent_encoded(text); }

http::Request request(const Access& access, std::string method, std::string_view path) {
  std::string_view base = access.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  http::Request out;
  out.method = std::move(method);
  out.url.append(base).append(path);
  out.bearer_token = access.token;
  return out;
}

http::Request with_body(http::Request out, std::string body) {
  out.content_type = "application/json";
  out.body = std::move(body);
  return out;
}

std::string account_path(std::string_view ad_account) { return "/ad_accounts/" + encoded(ad_account); }

std::string lists_path(std::string_view ad_account) { return account_path(ad_account) + "/customer_lists"; }

std::string audiences_path(std::string_view ad_account) { return account_path(ad_account) + "/audiences"; }

std::string page(std::string path, std::string_view parameters, std::string_view bookmark) {
  path.append("?").append(parameters);
  if (bookmark.empty()) return path;
  path += "&bookmark=";
  append_percent_encoded(path, bookmark);
  return path;
}

// The biggest text we make: written once, straight into the body, with the memory taken at the start.
void append_records(std::string& body, std::span<const Hash> records) {
  CHECK(!records.empty());
  body.reserve(body.size() + records.size() * 65 + 16);
  body += R"(,"records":")";
  for (const Hash& hash : records) {
    append_hex(body, hash);
    body += ',';
  }
  body.back() = '"';
  body += '}';
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text);
  return out;
}

std::string_view to_text(ListType type) { return type == ListType::kMaid ? "MAID" : "EMAIL"; }

std::string_view to_text(Operation operation) { return operation == Operation::kRemove ? "REMOVE" : "ADD"; }

http::Request create_list(const Access& access, std::string_view ad_account, std::string_view name,
                          ListType type, std::span<const Hash> records) {
  std::string body;
  JsonWriter(body).begin_object().field("name", name).field("list_type", to_text(type));
  append_records(body, records);
  return with_body(request(access, "POST", lists_path(ad_account)), std::move(body));
}

http::Request update_list(const Access& access, std::string_view ad_account, std::string_view list,
                          Operation operation, std::span<const Hash> records) {
  std::string body;
  JsonWriter(body).begin_object().field("operation_type", to_text(operation));
  append_records(body, records);
  return with_body(request(access, "PATCH", lists_path(ad_account) + "/" + encoded(list)), std::move(body));
}

http::Request get_list(const Access& access, std::string_view ad_account, std::string_view list) {
  return request(access, "GET", lists_path(ad_account) + "/" + encoded(list));
}

http::Request list_lists(const Access& access, std::string_view ad_account, std::string_view bookmark) {
  const std::string parameters = std::string(kPageSize) + "&order=DESCENDING";
  return request(access, "GET", page(lists_path(ad_account), parameters, bookmark));
}

http::Request create_audience(const Access& access, std::string_view ad_account, std::string_view name,
                              std::string_view list, std::string_view description) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().field("ad_account_id", ad_account).field("name", name);
  json.field("audience_type", "CUSTOMER_LIST").field("description", description);
  json.key("rule").begin_object().field("customer_list_id", list).end_object().end_object();
  return with_body(request(access, "POST", audiences_path(ad_account)), std::move(body));
}

http::Request get_audience(const Access& access, std::string_view ad_account, std::string_view audience) {
  return request(access, "GET", audiences_path(ad_account) + "/" + encoded(audience));
}

http::Request list_audiences(const Access& access, std::string_view ad_account, std::string_view bookmark) {
  const std::string parameters = std::string(kPageSize) + "&order=DESCENDING";
  return request(access, "GET", page(audiences_path(ad_account), parameters, bookmark));
}

http::Request send_events(const Access& access, std::string_view ad_account,
                          std::span<const std::string_view> events, bool test) {
  CHECK(!events.empty());
  size_t size = 16;
  for (const std::string_view event : events) size += event.size() + 1;
  std::string body;
  body.reserve(size);
  body += R"({"data":[)";
  for (const std::string_view event : events) {
    if (body.back() != '[') body += ',';
    body += event;
  }
  body += "]}";
  return with_body(
      request(access, "POST", account_path(ad_account) + (test ? "/events?test=true" : "/events")),
      std::move(body));
}

http::Request send_test_event(const Access& access, std::string_view ad_account, Time now) {
  const std::string seconds = std::to_string(to_millis(now) / 1'000);
  const std::string event = R"({"event_name":"lead","action_source":"web","event_time":)" + seconds +
                            R"(,"event_id":"pinrelay-verify-)" + seconds + R"(","user_data":{"em":[")" +
                            to_hex(Sha256().hash("verify@pinrelay.example")) + R"("]}})";
  const std::string_view body[] = {event};
  return send_events(access, ad_account, body, true);
}

http::Request get_ad_account(const Access& access, std::string_view ad_account) {
  return request(access, "GET", account_path(ad_account));
}

http::Request list_ad_accounts(const Access& access, std::string_view bookmark) {
  const std::string parameters = "include_shared_accounts=true&" + std::string(kPageSize);
  return request(access, "GET", page("/ad_accounts", parameters, bookmark));
}

http::Request get_user_account(const Access& access) { return request(access, "GET", "/user_account"); }

bool is_pinterest(const std::string& base_url) {
  const size_t scheme = base_url.find("://");
  if (scheme == std::string::npos) return false;
  std::string host = base_url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of(":/"));
  return host == "pinterest.com" || host.ends_with(".pinterest.com");
}

}  // namespace pinrelay::pinterest
