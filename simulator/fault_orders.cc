#include "simulator/fault_orders.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

namespace pinrelay::sim {
namespace {

using Json = nlohmann::json;
using Order = std::function<void(World&)>;

Error wrong(std::string message, std::string fix = "") {
  return {ErrorKind::kInvalid, "fault_order", std::move(message), "", std::move(fix)};
}

Result<void> only_keys(const Json& json, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string fix = "known here:";
    for (const std::string_view name : known) fix.append(" ").append(name);
    return wrong("unknown key '" + key + "'", fix);
  }
  return {};
}

Result<uint64_t> number(const Json& json, const char* key, uint64_t otherwise) {
  const auto at = json.find(key);
  if (at == json.end()) return otherwise;
  if (at->is_number_unsigned()) return at->get<uint64_t>();
  return wrong(std::string("'") + key + "' must be a number from 0");
}

Result<std::string> text(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end()) return std::string();
  if (at->is_string()) return at->get<std::string>();
  return wrong(std::string("'") + key + "' must be a text");
}

Result<bool> flag(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end()) return false;
  if (at->is_boolean()) return at->get<bool>();
  return wrong(std::string("'") + key + "' must be true or false");
}

Result<Fault> read_fault(const Json& json) {
  const std::string name = TRY(text(json, "fault"));
  const FaultInfo* const info = find_fault(name);
  if (info == nullptr) {
    std::string fix = "known:";
    for (const FaultInfo& known : fault_table()) fix.append(" ").append(known.name);
    return wrong("unknown fault '" + name + "'", fix);
  }
  Fault fault;
  fault.kind = info->kind;
  fault.applied = TRY(flag(json, "applied"));
  if (fault.applied && info->applies == Applies::kNever) return wrong("'" + name + "' is never applied");
  if (json.contains("retry_after")) {
    fault.retry_after = static_cast<int>(TRY(number(json, "retry_after", 0)));
  }
  if (json.contains("reset")) fault.reset = static_cast<int>(TRY(number(json, "reset", 0)));
  if (json.contains("events_per_mille")) {
    if (!is_about_events(fault.kind)) return wrong("'" + name + "' is not about events");
    fault.events_per_mille = static_cast<unsigned>(TRY(number(json, "events_per_mille", 0)));
  }
  fault.delay = Millis{static_cast<int64_t>(TRY(number(json, "delay_ms", 0)))};
  return fault;
}

Result<Order> read_fault_order(const Json& json) {
  Fault fault = TRY(read_fault(json));
  if (json.contains("per_mille")) {
    TRY(only_keys(json,
                  {"fault", "applied", "retry_after", "reset", "delay_ms", "events_per_mille", "per_mille"}));
    const auto share = static_cast<unsigned>(TRY(number(json, "per_mille", 0)));
    return Order([=](World& world) { world.faults().add_share({fault, share}); });
  }
  TRY(only_keys(json, {"fault", "applied", "retry_after", "reset", "delay_ms", "events_per_mille", "method",
                       "path", "skip", "count"}));
  FaultRule rule;
  rule.method = TRY(text(json, "method"));
  rule.path_part = TRY(text(json, "path"));
  rule.skip = TRY(number(json, "skip", 0));
  rule.count = TRY(number(json, "count", 1));
  if (rule.count == 0) rule.count = kForever;
  rule.fault = fault;
  return Order([=](World& world) { world.faults().add_rule(rule); });
}

Result<Order> read_profile_order(const Json& json) {
  const std::string name = TRY(text(json, "profile"));
  const FaultProfile* const profile = find_profile(name);
  if (profile == nullptr) return wrong("unknown profile '" + name + "'", "known: none light heavy");
  return Order([=](World& world) { world.faults().set_profile(*profile); });
}

Result<Order> read_bad_event(const Json& json) {
  TRY(only_keys(json, {"bad_event", "as"}));
  const std::string id = TRY(text(json, "bad_event")), as = TRY(text(json, "as"));
  const Refusal* const refusal = find_refusal(as.empty() ? to_text(Refusal::kPartialFailure) : as);
  if (id.empty()) return wrong("'bad_event' must be an event id");
  if (refusal == nullptr) {
    return wrong("unknown refusal '" + as + "'",
                 "known: partial_failure unprocessable unprocessable_opaque whole_body_400");
  }
  return Order([=](World& world) { world.bad_events().add(id, *refusal); });
}

Result<Order> read_order(const Json& json) {
  if (!json.is_object()) return wrong("an order is a JSON object on one line");
  if (json.contains("fault")) return read_fault_order(json);
  if (json.contains("bad_event")) return read_bad_event(json);
  TRY(only_keys(json, {"fault", "profile", "seed", "clear", "bad_record", "bad_event"}));
  if (json.size() != 1) return wrong("one order a line");
  if (json.contains("profile")) return read_profile_order(json);
  if (json.contains("seed")) {
    const uint64_t seed = TRY(number(json, "seed", 0));
    return Order([=](World& world) { world.faults().reseed(seed); });
  }
  if (json.contains("clear")) return Order([](World& world) { world.faults().clear(); });
  Hash hash;
  if (!parse_hex(TRY(text(json, "bad_record")), hash)) return wrong("'bad_record' must be 64 hex digits");
  return Order([=](World& world) { world.bad_records().insert(hash); });
}

std::string_view next_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<void> apply_fault_orders(World& world, std::string_view json_lines) {
  std::vector<Order> orders;
  for (int number = 1; !json_lines.empty(); ++number) {
    const std::string_view line = next_line(json_lines);
    if (line.empty() || line.front() == '#') continue;
    Result<Order> order = read_order(Json::parse(line, nullptr, false));
    if (!order) {
      Error error = std::move(order).error();
      error.where = "line " + std::to_string(number);
      return error;
    }
    orders.push_back(std::move(order).value());
  }
  for (const Order& order : orders) order(world);
  return {};
}

}  // namespace pinrelay::sim
