// audience sample: what members look like, before a job is made for them. Values are masked.
#include <fmt/format.h>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/people.h"
#include "cli/shown_value.h"
#include "cli/unknown_names.h"
#include "insight/audience_sample.h"

namespace pinrelay::cli {
namespace {

struct Sampling {
  Time now{};
  std::string name;
  store::AudienceNumber audience = 0;
  std::unique_ptr<store::Snapshot> people;  // during the look
  insight::AudienceSample found;
  Result<void> read;
};

Json times_json(const insight::TimeReadings& times) {
  if (times.count() == 0) return nullptr;
  return {{"read", times.read},
          {"ambiguous", times.ambiguous},
          {"unreadable", times.unreadable},
          {"forms", times.forms}};
}

Json field_json(const std::string& name, const store::FieldInfo& info, const insight::FieldSample& field,
                int64_t looked_at, const ShownFields& shown) {
  Json types = Json::object(), values = Json::array();
  for (const auto& [type, count] : field.types) types[std::string(store::type_name(type))] = count;
  for (const std::string& value : field.values) values.push_back(shown.show(name, value));
  return {{"name", name},
          {"type", store::type_name(info.type)},
          {"people", field.people},
          {"coverage_percent", 100.0 * static_cast<double>(field.people) / static_cast<double>(looked_at)},
          {"types", types},
          {"values", values},
          {"as_time", times_json(field.times)}};
}

std::string times_text(const Json& times) {
  if (times.is_null()) return "";
  return fmt::format("{} read, {} ambiguous, {} not", times["read"].get<int64_t>(),
                     times["ambiguous"].get<int64_t>(), times["unreadable"].get<int64_t>());
}

Output say(Context& context, const Sampling& sampling) {
  const store::Catalog& catalog = context.store().catalog;
  const insight::AudienceSample& found = sampling.found;
  const ShownFields shown(context);
  Output output;
  output.json = {{"as_of", json_time(sampling.now)},
                 {"audience", sampling.name},
                 {"members", catalog.audiences()[sampling.audience].size},
                 {"looked_at", found.looked_at},
                 {"fields", Json::array()},
                 {"people", Json::array()}};
  TextTable table("  ");
  table.row({"FIELD", "TYPE", "MEMBERS", "AS A TIME", "VALUES"});
  for (const auto& [number, field] : found.fields) {
    const store::FieldInfo& info = catalog.fields()[number];
    if (info.removed() || info.type == store::ValueType::kGroup) continue;
    Json json = field_json(info.name, info, field, found.looked_at, shown);
    std::string values;
    for (const Json& value : json["values"])
      values += (values.empty() ? "" : ", ") + plain(value.get<std::string>());
    table.row({info.name, std::string(store::type_name(info.type)),
               fmt::format("{:.1f} %", json["coverage_percent"].get<double>()), times_text(json["as_time"]),
               values});
    output.json["fields"].push_back(std::move(json));
  }
  const auto hints = person_hints(context.store(), found.people);
  for (const store::ProfileId& id : found.people)
    output.json["people"].push_back({{"profile_id", id_text(id)}, {"person", hints.at(id)}});
  output.text =
      fmt::format("{}: {} members, of whom {} were looked at; what tells who somebody is is masked.\n",
                  plain(sampling.name), thousands(output.json["members"].get<int64_t>()),
                  thousands(found.looked_at)) +
      (output.json["fields"].empty() ? "No fields.\n" : table.text()) + as_of(sampling.now);
  return output;
}

}  // namespace

Result<Output> run_audience_sample(Context& context, const Arguments& arguments) {
  const auto sampling = std::make_shared<Sampling>();
  sampling->now = context.clock.now();
  sampling->name = arguments.positional.at(0);
  TRY(context.read([&]() -> Result<void> {
    sampling->audience = TRY(find_audience(context.store().catalog, sampling->name));
    return {};
  }));
  sampling->people = TRY(store::Snapshot::open(context.store().directory()));
  Output output;
  output.look =
      std::make_shared<Look>(Look{[sampling](const std::stop_token& stop) {
                                    const auto people = std::move(sampling->people);
                                    sampling->found = insight::sample_audience(
                                        people->profiles, sampling->audience, insight::kSampledMax, stop);
                                    sampling->read = people->status();
                                  },
                                  [&context, sampling]() -> Result<Output> {
                                    TRY(std::move(sampling->read));
                                    Output said;
                                    TRY(context.read([&]() -> Result<void> {
                                      said = say(context, *sampling);
                                      return {};
                                    }));
                                    return said;
                                  }});
  return output;
}

}  // namespace pinrelay::cli
