// job preview: what rows would become by a job's mapping, as if they were members; provider fields: what can
// be mapped to. Values are masked, and nothing is kept.
#include <fmt/format.h>

#include "base/json_text.h"
#include "cli/event_scan.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "exports/ownership.h"
#include "identity/mask.h"
#include "pinterest/conversion_reference.h"
#include "sources/change_rows.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kRowsMax = 100;

// The person that a row makes, who would be a member. Views into the change's bytes. Fields that nobody maps
// and the store does not know do not matter here.
store::Person person_of(Context& context, const exports::Job& job, const store::ChangeView& change) {
  store::Person person;
  person.key = change.key;
  person.memberships.push_back({job.row.audience, change.at, true});
  change.for_each_field([&](const store::FieldView& field) {
    store::FieldNumber number = 0;
    if (context.store().catalog.find_field(std::string(field.name), number))
      person.fields.push_back({number, change.at, field.type, field.value});
  });
  return person;
}

Json list_preview(Context& context, const exports::Job& job, const store::Person& person) {
  exports::Desire desire;
  int64_t warnings = 0;
  const auto owned = desire.of(job, person, warnings);
  Json identifiers = Json::array();
  if (owned)
    for (const Hash& hash : owned->hashes) identifiers.push_back(hash_hint(hash));
  const bool sent = !identifiers.empty();
  return {{"values", identifier_values(context, job, person)},
          {"identifiers", identifiers},
          {"reason",
           sent || !owned ? Json() : Json(exports::info(static_cast<exports::Reason>(owned->reason)).name)}};
}

struct Preview {
  Context& context;
  const exports::Job& job;
  sources::ChangeRowParser parser{};
  EventScan scan{context.store().catalog, job.settings, context.clock.now()};

  Json row(const Json& given) {
    const auto bad = [](std::string_view message, std::string_view fix) {
      return Json{{"error", message}, {"fix", fix}};
    };
    Json row = given;
    if (!row.is_object()) return bad("a row is an object", "write {\"key\": …, \"fields\": {…}}");
    if (!row.contains("type")) row["type"] = "profile";
    const std::string text = json_text(row);
    Bytes bytes;
    store::ChangeWriter writer(bytes);
    if (const auto error = parser.parse(text, text.data() + text.size(), context.clock.now(), writer))
      return bad(error->message, error->fix);
    store::ChangeReader reader(bytes);
    store::ChangeView change;
    if (!reader.next(change) || change.type != store::ChangeType::kProfile)
      return bad("only rows of the type profile have values", "leave it out");
    const store::Person person = person_of(context, job, change);
    Json out = {{"key", identity::mask(change.key)}};
    out.update(job.converts() ? scan.look(person) : list_preview(context, job, person));
    return out;
  }
};

std::string row_text(const Json& row, bool converts) {
  if (row.contains("error"))
    return fmt::format("  {}. {}\n", plain(row["error"].get<std::string>()),
                       plain(row["fix"].get<std::string>()));
  std::string text = fmt::format("  {}: {}\n", plain(row["key"].get<std::string>()),
                                 row["reason"].is_null() ? std::string("would be sent")
                                                         : "not sent: " + row["reason"].get<std::string>());
  if (converts) return text + values_text(row["values"]);
  for (const Json& field : row["values"])
    for (const Json& value : field["values"])
      text += fmt::format("    {}: {} → {}\n", plain(field["field"].get<std::string>()),
                          plain(value["value"].get<std::string>()),
                          value["identifier"].is_null() ? value["reason"].get<std::string>()
                                                        : value["identifier"].get<std::string>());
  return text;
}

}  // namespace

Result<Output> run_job_preview(Context& context, const Arguments& arguments) {
  const Json rows = Json::parse(arguments.value("rows", "[]"), nullptr, false);
  if (!rows.is_array() || rows.empty())
    return Error{ErrorKind::kInvalid, "no_rows", "the rows are no JSON list with something in it", "rows",
                 "write [{\"key\": …, \"fields\": {…}}, …]"};
  if (rows.size() > kRowsMax)
    return Error{ErrorKind::kInvalid, "too_many_rows", fmt::format("more than {} rows", kRowsMax), "rows",
                 "preview a sample"};
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const exports::Job& job = *TRY(find_job(context, arguments.positional.at(0)));
    Preview preview{context, job};
    int64_t sent = 0, not_sent = 0, bad = 0;
    output.json = {{"job", job.row.name}, {"rows", Json::array()}};
    for (const Json& given : rows) {
      const Json row = preview.row(given);
      const bool wrong = row.contains("error");
      bad += wrong;
      sent += !wrong && row["reason"].is_null();
      not_sent += !wrong && !row["reason"].is_null();
      output.text += row_text(row, job.converts());
      output.json["rows"].push_back(row);
    }
    output.json["would_be_sent"] = sent;
    output.json["not_sent"] = not_sent;
    output.json["bad_rows"] = bad;
    return {};
  }));
  output.text += "Nothing has been kept or sent.\n";
  return output;
}

Result<Output> run_provider_fields(const Arguments&) {
  Output output;
  output.json = {
      {"fields", Json::array()}, {"event_names", Json::array()}, {"action_sources", Json::array()}};
  TextTable table;
  table.row({"TARGET", "MAPPING", "TAKES", "LIMITS", "SEVERAL"});
  for (const pinterest::ConversionField& field : pinterest::conversion_fields()) {
    const std::string limits = pinterest::limits_of(field);
    output.json["fields"].push_back({{"target", field.target},
                                     {"mapping", pinterest::to_text(field.group)},
                                     {"takes", pinterest::kind_of(field)},
                                     {"hashed", field.hashed()},
                                     {"several", field.array || field.hashed()},
                                     {"limits", limits},
                                     {"help", field.help}});
    table.row({std::string(field.target), std::string(pinterest::to_text(field.group)),
               std::string(pinterest::kind_of(field)), limits, field.array || field.hashed() ? "yes" : ""});
  }
  for (const pinterest::EventName& name : pinterest::event_names())
    output.json["event_names"].push_back(
        {{"name", name.name}, {"described", name.described}, {"help", name.help}});
  for (const std::string_view source : pinterest::kActionSources)
    output.json["action_sources"].push_back(source);
  output.text = table.text();
  return output;
}

}  // namespace pinrelay::cli
