// What GET /_sim/state shows.
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "simulator/control.h"
#include "simulator/conversion_state.h"

namespace pinrelay::sim {
namespace {

using Json = nlohmann::ordered_json;

Json list_state(const World& world, const CustomerList& list, Time now, bool with_digest) {
  Json json{{"id", list.id},
            {"ad_account_id", list.ad_account},
            {"name", list.name},
            {"list_type", list.list_type},
            {"status", world.status(list, now)},
            {"size", list.members.size()},
            {"num_batches", list.num_batches},
            {"num_uploaded_user_records", list.num_uploaded_user_records},
            {"num_removed_user_records", list.num_removed_user_records}};
  if (with_digest) json["digest"] = list.members.digest();
  return json;
}

Json request_state(const Traffic& traffic) {
  Json statuses = Json::object();
  for (const auto& [status, count] : traffic.by_status) {
    statuses[status == 0 ? "none" : std::to_string(status)] = count;
  }
  return {{"total", traffic.requests},
          {"by_route", traffic.by_route},
          {"by_status", statuses},
          {"throttled_by_limit", traffic.throttled},
          {"records_added", traffic.records_added},
          {"records_removed", traffic.records_removed},
          {"plain_records", traffic.plain_records},
          {"hashes_of_nothing", traffic.hashes_of_nothing}};
}

Json fault_state(const World& world) {
  uint64_t total = 0;
  Json injected = Json::object();
  for (const FaultInfo& info : fault_table()) {
    const uint64_t count = world.traffic().faults[static_cast<size_t>(info.kind)];
    if (count > 0) injected[std::string(info.name)] = count;
    total += count;
  }
  return {{"total", total},
          {"injected", injected},
          {"rules_left", world.faults().rules().size()},
          {"shares", world.faults().shares().size()}};
}

Json call_state(const LoggedCall& call) {
  Json json{{"number", call.number}, {"at", format_rfc3339(call.at)}, {"method", call.method},
            {"path", call.path},     {"status", call.status},         {"changed", call.changed}};
  if (!call.operation.empty()) json["operation"] = call.operation, json["records"] = call.records;
  if (!call.fault.empty()) json["fault"] = call.fault;
  return json;
}

}  // namespace

std::string state_json(const World& world, Time now, bool with_digests) {
  Json lists = Json::array(), audiences = Json::array(), recent = Json::array();
  for (const auto& [id, list] : world.lists().all()) {
    lists.push_back(list_state(world, list, now, with_digests));
  }
  for (const auto& [id, audience] : world.audiences()) {
    audiences.push_back({{"id", id}, {"name", audience.name}, {"customer_list_id", audience.list_id}});
  }
  for (const LoggedCall& call : world.traffic().recent) recent.push_back(call_state(call));
  const Json state{{"simulator", "a stand-in for Pinterest; nothing here reaches Pinterest"},
                   {"now", format_rfc3339(now)},
                   {"lists", lists},
                   {"pending_changes", world.lists().pending()},
                   {"audiences", audiences},
                   {"conversions", Json::parse(conversion_state_json(world.conversions()))},
                   {"requests", request_state(world.traffic())},
                   {"faults", fault_state(world)},
                   {"recent", recent}};
  return json_text(state);
}

}  // namespace pinrelay::sim
