// audience list, audience show, field list, profile show: what we know, with personal values masked.
#include <fmt/format.h>

#include "base/json_text.h"
#include "cli/deletion_receipt.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "cli/shown_value.h"
#include "cli/unknown_names.h"
#include "identity/mask.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kFieldsShown = 500;  // in one answer

std::string field_text(const store::StoredField& field, const std::string& name, const ShownFields& shown) {
  std::string text;
  store::for_each_place(field.type, field.value, [&](const store::ItemView& item) {
    text += text.empty() ? "" : ", ";
    text += item.type == store::ValueType::kNull ? "null" : shown.show(name, item.text);
  });
  return field.type == store::ValueType::kArray ? "[" + text + "]" : text;
}

Json audience_json(Context& context, store::AudienceNumber number, const Arguments& arguments) {
  const store::AudienceInfo& audience = context.store().catalog.audiences()[number];
  Json jobs = Json::array();
  for (auto& [job_number, job] : context.engine.core().jobs)
    if (job.row.audience == number && arguments.sees(job.row.name))
      jobs.push_back({{"name", job.row.name}, {"state", read_status(context, job).state}});
  return {{"name", audience.name}, {"members", audience.size}, {"jobs", std::move(jobs)}};
}

std::string jobs_text(const Json& audience) {
  std::string text;
  for (const Json& job : audience["jobs"])
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", job["name"].get<std::string>(),
                        job["state"].get<std::string>());
  return text.empty() ? "no job" : text;
}

// In tenths of a percent, so that 99.96 % is not shown as all.
std::string coverage_text(int64_t people, int64_t all) {
  if (all == 0) return "-";
  const int64_t tenths = people * 1000 / all;
  return tenths == 0 && people > 0 ? "< 0.1 %" : fmt::format("{}.{} %", tenths / 10, tenths % 10);
}

void show_fields(Context& context, const store::Person& person, Output& output) {
  const store::Catalog& catalog = context.store().catalog;
  const Time now = context.clock.now();
  const ShownFields shown(context);
  TextTable table("  ");
  output.json["fields"] = Json::array();
  for (const store::StoredField& field : person.fields) {
    if (field.type == store::ValueType::kNull || catalog.fields()[field.number].removed()) continue;
    const std::string& name = catalog.fields()[field.number].name;
    const std::string value = field_text(field, name, shown);
    table.row(
        {name, value, std::string(store::type_name(field.type)), when_text(from_millis(field.at), now)});
    output.json["fields"].push_back({{"name", name},
                                     {"value", value},
                                     {"type", store::type_name(field.type)},
                                     {"at", json_time(from_millis(field.at))}});
  }
  output.text += table.empty() ? "No fields.\n" : "Fields; what tells who it is is masked:\n" + table.text();
}

void show_memberships(const store::Person& person, const store::Catalog& catalog, Time now, Output& output) {
  TextTable table("  ");
  output.json["audiences"] = Json::array();
  for (const store::StoredMembership& membership : person.memberships) {
    const std::string& name = catalog.audiences()[membership.audience].name;
    if (name.empty()) continue;  // removed
    const Time at = from_millis(membership.at);
    table.row({name, membership.member ? "member since" : "left", when_text(at, now)});
    output.json["audiences"].push_back(
        {{"name", name}, {"member", membership.member}, {"since", json_time(at)}});
  }
  output.text += table.empty() ? "In no audience.\n" : "Audiences:\n" + table.text();
}

}  // namespace

Result<Output> run_audience_list(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"audiences", Json::array()}};
    TextTable table;
    table.row({"AUDIENCE", "MEMBERS", "JOBS"});
    for (store::AudienceNumber i = 0; i < context.store().catalog.audiences().size(); ++i) {
      if (context.store().catalog.audiences()[i].removed()) continue;
      Json audience = audience_json(context, i, arguments);
      table.row({audience["name"].get<std::string>(), thousands(audience["members"].get<int64_t>()),
                 jobs_text(audience)});
      output.json["audiences"].push_back(std::move(audience));
    }
    output.text = output.json["audiences"].empty()
                      ? "There is no audience: people enter one by a row or an import.\n"
                      : table.text();
    output.text += as_of(now);
    return {};
  }));
  return output;
}

Result<Output> run_audience_show(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.positional.at(0);
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const store::AudienceNumber number = TRY(find_audience(context.store().catalog, name));
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}};
    output.json.update(audience_json(context, number, arguments));
    TextTable table;
    table.row({"Audience", name});
    table.row({"Members", thousands(output.json["members"].get<int64_t>())});
    table.row({"Jobs", jobs_text(output.json)});
    output.text = table.text() + as_of(now);
    return {};
  }));
  return output;
}

Result<Output> run_field_list(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", kFieldsShown, kFieldsShown));
  const int64_t cursor = TRY(read_cursor(arguments));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    const int64_t people = context.store().profiles.people();
    output.json = {{"as_of", json_time(now)}, {"people", people}, {"fields", Json::array()}};
    TextTable table;
    table.row({"FIELD", "TYPE", "PEOPLE", "COVERAGE"});
    const auto& fields = context.store().catalog.fields();
    bool more = false;
    int64_t last = cursor;  // how many fields of the catalog have been looked at
    for (auto number = static_cast<size_t>(cursor); number < fields.size(); ++number) {
      const store::FieldInfo& field = fields[number];
      if (field.type == store::ValueType::kGroup || field.removed()) continue;
      more = output.json["fields"].size() == limit;
      if (more) break;
      last = static_cast<int64_t>(number) + 1;
      table.row({field.name, std::string(store::type_name(field.type)) + (field.fixed ? " (fixed)" : ""),
                 thousands(field.people), coverage_text(field.people, people)});
      output.json["fields"].push_back(
          {{"name", field.name},
           {"type", store::type_name(field.type)},
           {"fixed", field.fixed},
           {"people", field.people},
           {"coverage_percent",
            people == 0 ? Json()
                        : Json(100.0 * static_cast<double>(field.people) / static_cast<double>(people))}});
    }
    output.json["next_cursor"] = next_cursor(more, last);
    output.text = output.json["fields"].empty()
                      ? "There is no field: they are learned from the rows that come in.\n"
                      : table.text();
    if (more)
      output.text +=
          fmt::format("There are more: --cursor {}\n", output.json["next_cursor"].get<std::string>());
    output.text += fmt::format("{} people. ", thousands(people)) + as_of(now);
    return {};
  }));
  return output;
}

Result<Output> run_profile_show(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    const store::ProfileId id = TRY(find_person(context, arguments.positional.at(0)));
    context.store().profiles.read({id}, [&](size_t, const store::Person& person) {
      output.json = {{"as_of", json_time(now)},
                     {"person", identity::mask(person.key)},
                     {"profile_id", id_text(id)},
                     {"exists", person.exists()},
                     {"deleted_at", json_time(from_millis(person.deleted_at))},
                     {"receipts", receipts_of(context, id)},
                     {"fields", Json::array()},
                     {"audiences", Json::array()}};
      const Json& receipts = output.json["receipts"];
      if (!person.exists()) {
        output.text = fmt::format(
            "{}: deleted {}; nothing else is kept{}.\n", id_text(id),
            when_text(from_millis(person.deleted_at), now),
            receipts.empty() ? "" : " but its receipt: pinrelay profile receipt " + json_text(receipts[0]));
        return;
      }
      output.text = fmt::format("{} ({})\n", plain(identity::mask(person.key)), id_text(id));
      show_fields(context, person, output);
      show_memberships(person, context.store().catalog, now, output);
    });
    output.text += as_of(now);
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
