#include "simulator/control.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "simulator/conversion_state.h"
#include "simulator/fault_orders.h"

namespace pinrelay::sim {
namespace {

using Json = nlohmann::json;

Reply done() { return make_answer("{\"ok\":true}"); }
Reply wrong(std::string_view what) { return make_error(400, 0, what); }
Reply unknown() { return make_error(404, 0, "The simulator has nothing there; see control.h."); }

Reply members(const World& world, std::string_view id, std::string_view query) {
  const HashSet* const set = world.members(id);
  if (set == nullptr) return unknown();
  unsigned first = 0, last = 255;
  std::string prefix;
  if (query_value(query, "prefix", prefix)) {
    Hash hash;
    if (prefix.size() != 2 || !parse_hex(prefix + std::string(62, '0'), hash)) {
      return wrong("'prefix' is two hex digits");
    }
    first = last = hash[0];
  }
  Reply reply;
  reply.content_type = "text/plain";
  if (first != last) reply.body.reserve(set->size() * 65);
  set->for_each_sorted(
      [&](const Hash& hash) {
        append_hex(reply.body, hash);
        reply.body += '\n';
      },
      first, last);
  return reply;
}

// False when it is there and no number.
bool read_number(std::string_view query, std::string_view key, size_t& number) {
  std::string text;
  if (!query_value(query, key, text)) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Reply conversions(const World& world, std::string_view query) {
  const auto& all = world.conversions().all();
  size_t from = 0, limit = all.size();
  if (!read_number(query, "from", from) || !read_number(query, "limit", limit)) {
    return wrong("'from' and 'limit' are numbers");
  }
  std::string with_others;
  query_value(query, "all", with_others);
  Reply reply;
  reply.content_type = "application/x-ndjson";
  from = std::min(from, all.size());
  for (size_t place = from; place < from + std::min(limit, all.size() - from); ++place) {
    const bool wanted = all[place].effective > 0 || with_others == "yes";
    if (wanted) append_conversion_line(reply.body, world.conversions(), all[place]);
  }
  return reply;
}

Reply change_list(World& world, std::string_view id, const Json& body) {
  CustomerList* const list = world.lists().find(id);
  if (list == nullptr) return unknown();
  const auto status = body.find("status");
  if (status == body.end() || !(status->is_null() || status->is_string())) return wrong("give a 'status'");
  list->forced_status.reset();
  if (status->is_string()) list->forced_status = status->get<std::string>();
  return done();
}

Reply change_role(World& world, std::string_view id, const Json& body) {
  if (!body.contains("role") || !body["role"].is_string()) return wrong("give a 'role'");
  return world.accounts().set_role(id, body["role"].get<std::string>()) ? done() : unknown();
}

Reply change_tokens(World& world, const Json& body, Time now) {
  if (body.contains("revoke") && body["revoke"].is_string()) {
    world.accounts().revoke_token(body["revoke"].get<std::string>());
    return done();
  }
  if (!body.contains("add") || !body["add"].is_string()) return wrong("give 'add' or 'revoke'");
  Token token;
  token.conversion = body.contains("conversion") && body["conversion"] == true;
  if (body.contains("expires_in") && body["expires_in"].is_number_integer()) {
    token.expires = now + std::chrono::seconds{body["expires_in"].get<int64_t>()};
  }
  if (body.contains("scopes") && body["scopes"].is_array()) {
    token.scopes.clear();
    for (const Json& scope : body["scopes"]) {
      if (scope.is_string()) token.scopes.insert(scope.get<std::string>());
    }
  }
  world.accounts().add_token(body["add"].get<std::string>(), std::move(token));
  return done();
}

// {"id":…, "secret":…, "redirect_uris":[…], "scopes":[what sign-ins get at most]}
Reply change_app(World& world, const Json& body) {
  App app{body.value("id", ""), body.value("secret", ""), {}};
  if (app.id.empty() || app.secret.empty()) return wrong("give 'id' and 'secret'");
  for (const Json& uri : body.value("redirect_uris", Json::array()))
    if (uri.is_string()) app.redirect_uris.push_back(uri.get<std::string>());
  std::set<std::string, std::less<>> scopes;
  for (const Json& scope : body.value("scopes", Json{"ads:read", "ads:write", "user_accounts:read"}))
    if (scope.is_string()) scopes.insert(scope.get<std::string>());
  world.accounts().limit_scopes(std::move(scopes));
  world.accounts().register_app(std::move(app));
  return done();
}

// False for an unknown key or a value of the wrong type.
bool set_option(World& world, const std::string& key, const Json& value) {
  if (value.is_boolean()) {
    if (key == "limits") return world.limiter().limits().enabled = value.get<bool>(), true;
    if (key == "opaque_takes_good") return world.options().opaque_takes_good = value.get<bool>(), true;
    return false;
  }
  if (value.is_string()) {
    const Refusal* const refusal = find_refusal(value.get<std::string>());
    if (key != "failed_events" || refusal == nullptr) return false;
    world.options().failed_events = *refusal;
    return true;
  }
  if (!value.is_number_unsigned()) return false;
  const auto number = value.get<uint64_t>();
  const Millis millis{static_cast<int64_t>(number)};
  if (key == "ads_write") return world.limiter().limits().ads_write = static_cast<unsigned>(number), true;
  if (key == "ads_conversions")
    return world.limiter().limits().ads_conversions = static_cast<unsigned>(number), true;
  if (key == "dedup_window_ms") {
    world.options().dedup_window = millis;  // for after a reset
    return world.conversions().set_window(millis), true;
  }
  if (key == "records_max") return world.options().records_max = number, true;
  if (key == "processing_ms") return world.options().processing_time = millis, true;
  if (key == "reorder_window_ms") return world.options().reorder_window = millis, true;
  if (key == "unknown_window_ms") return world.options().unknown_window = millis, true;
  return false;
}

Reply change_options(World& world, const Json& body) {
  for (const auto& [key, value] : body.items()) {
    if (!set_option(world, key, value)) return wrong("unknown option or wrong value: " + key);
  }
  return done();
}

Reply change_faults(World& world, std::string_view body) {
  const Result<void> result = apply_fault_orders(world, body);
  return result ? done() : wrong(result.error().text());
}

Reply act(World& world, std::string_view verb) {
  if (verb == "settle") return world.settle_all(), done();
  if (verb == "reset") return world.reset(), done();
  return unknown();
}

// "lists/12/members" → lists, 12, members.
std::array<std::string_view, 3> segments(std::string_view path) {
  std::array<std::string_view, 3> out;
  for (std::string_view& segment : out) {
    const size_t slash = std::min(path.find('/'), path.size());
    segment = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return out;
}

}  // namespace

Reply control(World& world, const Call& call, Time now) {
  world.settle(now);
  const auto [what, id, part] = segments(call.path().substr(kControlPrefix.size()));
  const std::string& method = call.method;
  if (method == "GET" && what == "state") {
    std::string digest;
    query_value(call.query(), "digest", digest);
    return make_answer(state_json(world, now, digest != "no"));
  }
  if (method == "GET" && what == "conversions") return conversions(world, call.query());
  if (method == "GET" && what == "lists" && part == "members") return members(world, id, call.query());
  if (method == "DELETE" && what == "lists") return world.lists().erase(id) ? done() : unknown();
  if (method == "POST" && what == "faults") return change_faults(world, call.body);
  if (method == "POST" && what != "tokens") return act(world, what);
  const Json body = Json::parse(call.body, nullptr, false);
  if (!body.is_object()) return wrong("the body must be a JSON object");
  if (method == "POST") return change_tokens(world, body, now);
  if (method == "PATCH" && what == "lists") return change_list(world, id, body);
  if (method == "PATCH" && what == "ad_accounts") return change_role(world, id, body);
  if (method == "PATCH" && what == "app") return change_app(world, body);
  if (method == "PATCH" && what == "options") return change_options(world, body);
  return unknown();
}

}  // namespace pinrelay::sim
