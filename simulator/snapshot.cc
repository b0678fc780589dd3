#include "simulator/snapshot.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "simulator/conversion_state.h"

namespace pinrelay::sim {
namespace {

using Json = nlohmann::ordered_json;

Error broken(const std::string& path, size_t line) {
  return {ErrorKind::kCorrupt, "sim_state", "not a state file of pinrelay-sim",
          path + ":" + std::to_string(line), "remove it to start with an empty world"};
}

std::string head_of(const CustomerList& list) {
  const Json head{{"id", list.id},
                  {"ad_account", list.ad_account},
                  {"name", list.name},
                  {"list_type", list.list_type},
                  {"created", to_millis(list.created)},
                  {"updated", to_millis(list.updated)},
                  {"num_batches", list.num_batches},
                  {"num_uploaded_user_records", list.num_uploaded_user_records},
                  {"num_removed_user_records", list.num_removed_user_records},
                  {"members", list.members.size()}};
  return json_text(head);
}

// Throws Json's exceptions when a key is missing or of another type.
CustomerList list_from(const Json& head) {
  CustomerList list;
  list.id = head.at("id").get<std::string>();
  list.ad_account = head.at("ad_account").get<std::string>();
  list.name = head.at("name").get<std::string>();
  list.list_type = head.at("list_type").get<std::string>();
  list.created = from_millis(head.at("created").get<int64_t>());
  list.updated = from_millis(head.at("updated").get<int64_t>());
  list.num_batches = head.at("num_batches").get<uint64_t>();
  list.num_uploaded_user_records = head.at("num_uploaded_user_records").get<uint64_t>();
  list.num_removed_user_records = head.at("num_removed_user_records").get<uint64_t>();
  return list;
}

Result<CustomerList> read_list(std::istream& in, const std::string& head_line, const std::string& path,
                               size_t& line) {
  CustomerList list;
  uint64_t members = 0;
  try {
    const Json head = Json::parse(head_line);
    list = list_from(head);
    members = head.at("members").get<uint64_t>();
  } catch (const Json::exception&) {
    return broken(path, line);
  }
  std::string text;
  Hash hash;
  for (uint64_t i = 0; i < members; ++i) {
    ++line;
    if (!std::getline(in, text) || !parse_hex(text, hash)) return broken(path, line);
    list.members.insert(hash);
  }
  return list;
}

void write_conversions(std::ostream& out, const Conversions& conversions) {
  std::string line;
  for (const Conversion& conversion : conversions.all()) {
    line.clear();
    append_conversion_line(line, conversions, conversion);
    out << line;
  }
  for (const auto& [id, counts] : conversions.by_ad_account()) {
    Json json{{"counts_of", id}};
    for (const ConversionCount& count : kConversionCounts)
      json[std::string(count.name)] = counts.*count.member;
    out << json_text(json) << '\n';
  }
}

// This and the next throw Json's exceptions, too.
bool put_conversion(Conversions& conversions, const Json& json) {
  const std::string event_id = json.at("event_id").get<std::string>();
  const ActionSource* const source = find_action_source(json.at("action_source").get<std::string>());
  Conversion conversion;
  if (source == nullptr || !parse_hex(json.at("sha256").get<std::string>(), conversion.bytes)) return false;
  conversion.action_source = *source;
  conversion.event_id = event_id;
  conversion.event_time = json.at("event_time").get<int64_t>();
  conversion.effective = json.at("count").get<uint32_t>();
  conversion.offline = json.at("offline").get<bool>();
  conversion.first_effective = from_millis(json.at("first_effective").get<int64_t>());
  conversion.last_effective = from_millis(json.at("last_effective").get<int64_t>());
  conversion.last_online = from_millis(json.at("last_online").get<int64_t>());
  conversion.accepted = json.at("accepted").get<bool>();
  conversion.uncertain = json.at("uncertain").get<bool>();
  const std::string event = json.contains("event") ? json_text(json["event"]) : "";
  conversions.put(json.at("ad_account").get<std::string>(), json.at("event_name").get<std::string>(),
                  conversion, event);
  return true;
}

void put_counts(Conversions& conversions, const Json& json) {
  ConversionCounts& counts = conversions.counts(json.at("counts_of").get<std::string>());
  for (const ConversionCount& count : kConversionCounts)
    counts.*count.member = json.at(std::string(count.name)).get<uint64_t>();
}

// One line, and for a list those of its members.
Result<void> load_part(World& world, std::istream& in, const std::string& head, const std::string& path,
                       size_t& line) {
  try {
    const Json json = Json::parse(head);
    if (json.contains("counts_of")) return put_counts(world.conversions(), json), Result<void>();
    if (json.contains("event_id")) {
      if (!put_conversion(world.conversions(), json)) return broken(path, line);
      return {};
    }
  } catch (const Json::exception&) {
    return broken(path, line);
  }
  world.lists().put(TRY(read_list(in, head, path, line)));
  return {};
}

}  // namespace

Result<void> save_state(World& world, const std::string& path) {
  world.settle_all();
  const std::string beside = path + ".tmp";
  std::ofstream out(beside, std::ios::trunc);
  std::string text;
  for (const auto& [id, list] : world.lists().all()) {
    out << head_of(list) << '\n';
    list.members.for_each_sorted([&](const Hash& hash) {
      text.clear();
      append_hex(text, hash);
      out << text << '\n';
    });
  }
  write_conversions(out, world.conversions());
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(beside, path, error);
  if (out && !error) return {};
  return Error{ErrorKind::kUnavailable, "sim_state", "cannot write the state file", path, ""};
}

Result<void> load_state(World& world, const std::string& path) {
  std::ifstream in(path);
  if (!in) return {};
  std::string head;
  for (size_t line = 1; std::getline(in, head); ++line) {
    TRY(load_part(world, in, head, path, line));
  }
  return {};
}

}  // namespace pinrelay::sim
