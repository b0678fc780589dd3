// job preview: what members, or rows as if they were members, become by a job's mapping, saved or not;
// provider fields: what can be mapped to. Values are masked, and nothing is kept.
#include <fmt/format.h>

#include "base/json_text.h"
#include "cli/event_scan.h"
#include "cli/format.h"
#include "cli/given_settings.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "cli/plan.h"
#include "exports/mapping.h"
#include "exports/ownership.h"
#include "identity/mask.h"
#include "pinterest/conversion_reference.h"
#include "sources/change_rows.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kRowsMax = 100, kPeopleMax = 20;

Json refused_row(std::string_view message, std::string_view fix) {
  return {{"error", message}, {"fix", fix}};
}

// Everything that one preview needs: a job, saved or not, and numbers for the fields that it maps.
class Preview {
 public:
  Preview(Context& context, exports::Job job, FieldNumbers fields)
      : context_(context), job_(std::move(job)), fields_(std::move(fields)) {
    for (const std::string& field : exports::mapped_fields(job_.settings.conversions)) fields_.number(field);
    if (!job_.settings.consent_field.empty()) fields_.number(job_.settings.consent_field);
    scan_.emplace(fields_, job_.settings, context.clock.now());
  }

  // What the person whom a row makes would become, as a member.
  Json row(const Json& given) {
    Json row = given;
    if (!row.is_object()) return refused_row("a row is an object", "write {\"key\": …, \"fields\": {…}}");
    if (!row.contains("type")) row["type"] = "profile";
    const std::string text = json_text(row);
    Bytes bytes;
    store::ChangeWriter writer(bytes);
    if (const auto error = parser_.parse(text, text.data() + text.size(), context_.clock.now(), writer))
      return refused_row(error->message, error->fix);
    store::ChangeReader reader(bytes);
    store::ChangeView change;
    if (!reader.next(change) || change.type != store::ChangeType::kProfile)
      return refused_row("only rows of the type profile have values", "leave it out");
    return shown(person_of(change));
  }

  // What somebody who is a member becomes.
  Json member(const std::string& name) {
    const auto id = find_person(context_, name);
    if (!id.ok()) return refused_row(id.error().message, id.error().fix);
    Json out = refused_row("this person is not in the audience", "take a member of it");
    context_.store().profiles.read({id.value()}, [&](size_t, const store::Person& person) {
      if (!person.member_of(job_.row.audience)) return;
      out = shown(person);
      out["profile_id"] = id_text(id.value());
    });
    return out;
  }

  bool converts() const { return job_.converts(); }

 private:
  // Views into the change's bytes. Fields that are neither mapped nor known do not matter here.
  store::Person person_of(const store::ChangeView& change) const {
    store::Person person;
    person.key = change.key;
    person.memberships.push_back({job_.row.audience, change.at, true});
    change.for_each_field([&](const store::FieldView& field) {
      if (const auto number = fields_.find(std::string(field.name)))
        person.fields.push_back({*number, change.at, field.type, field.value});
    });
    return person;
  }

  Json shown(const store::Person& person) {
    Json out = {{"key", identity::mask(person.key)}};
    out.update(converts() ? scan_->look(person) : on_list(person));
    return out;
  }

  Json on_list(const store::Person& person) const {
    exports::Desire desire;
    int64_t warnings = 0;
    const auto owned = desire.of(job_, person, warnings);
    Json identifiers = Json::array();
    if (owned)
      for (const Hash& hash : owned->hashes) identifiers.push_back(hash_hint(hash));
    const bool sent = !identifiers.empty();
    return {
        {"values", identifier_values(fields_, job_, person)},
        {"identifiers", identifiers},
        {"reason",
         sent || !owned ? Json() : Json(exports::info(static_cast<exports::Reason>(owned->reason)).name)}};
  }

  Context& context_;
  const exports::Job job_;
  FieldNumbers fields_;
  sources::ChangeRowParser parser_;
  std::optional<EventScan> scan_;  // after the fields have their numbers
};

// The rows, or people, of the arguments, each of which becomes a line of the answer.
struct Asked {
  Json rows = Json::array();
  std::vector<std::string> people;
};

Result<Asked> read_asked(const Arguments& arguments) {
  Asked asked;
  if (arguments.has("people")) asked.people = lines_of(arguments.value("people"));
  if (arguments.has("rows")) asked.rows = Json::parse(arguments.value("rows"), nullptr, false);
  if (!asked.rows.is_array() || (asked.rows.empty() && asked.people.empty()))
    return Error{ErrorKind::kInvalid, "no_rows", "the rows are no JSON list with something in it", "rows",
                 "write [{\"key\": …, \"fields\": {…}}, …], or name people"};
  if (asked.rows.size() > kRowsMax || asked.people.size() > kPeopleMax)
    return Error{ErrorKind::kInvalid, "too_many_rows",
                 fmt::format("more than {} rows or {} people", kRowsMax, kPeopleMax), "rows",
                 "preview a sample"};
  return asked;
}

// A copy of the job as it is saved, or as it would be with the settings.
Result<exports::Job> job_of(Context& context, const std::string& name,
                            const std::optional<GivenSettings>& given, FieldNumbers& fields) {
  if (given) return plan_job(context, given->job(), fields);
  return *TRY(find_job(context, name));
}

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
  const std::string& name = arguments.positional.at(0);
  const Asked asked = TRY(read_asked(arguments));
  std::optional<GivenSettings> given;
  if (arguments.has("settings")) given = TRY(read_settings(context, name, arguments.value("settings")));
  if (given && given->refused) return std::move(*given->refused);
  Output output;
  TRY(context.read([&]() -> Result<void> {
    FieldNumbers fields(context.store().catalog);
    exports::Job job = TRY(job_of(context, name, given, fields));
    Preview preview(context, std::move(job), std::move(fields));
    int64_t sent = 0, not_sent = 0, bad = 0;
    output.json = {{"job", name}, {"rows", Json::array()}};
    const auto add = [&](Json row) {
      const bool wrong = row.contains("error");
      bad += wrong;
      sent += !wrong && row["reason"].is_null();
      not_sent += !wrong && !row["reason"].is_null();
      output.text += row_text(row, preview.converts());
      output.json["rows"].push_back(std::move(row));
    };
    for (const std::string& person : asked.people) add(preview.member(person));
    for (const Json& row : asked.rows) add(preview.row(row));
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
    output.json["fields"].push_back(
        {{"target", field.target},
         {"mapping", pinterest::to_text(field.group)},
         {"takes", pinterest::kind_of(field)},
         {"hashed", field.hashed()},
         {"several", field.array || field.hashed()},
         {"repeatable", pinterest::takes_several(field)},
         {"constant", pinterest::may_be_fixed(field) != pinterest::Fixed::kNever},
         {"default", pinterest::may_be_fixed(field) == pinterest::Fixed::kConstantOrDefault},
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
