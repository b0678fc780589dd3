#include "cli/search_command.h"

#include <fmt/format.h>

#include "admin/security_watch.h"
#include "cli/format.h"
#include "cli/people.h"
#include "cli/unknown_names.h"
#include "insight/people_search.h"

namespace pinrelay::cli {
namespace {

// The value is personal data: it is kept nowhere.
struct Searching {
  Time now{};
  std::string by, origin;  // who searches
  insight::SoughtValue sought;
  std::optional<store::FieldNumber> field;
  std::unique_ptr<store::Snapshot> people;  // during the look
  insight::PeopleFound found;
  Result<void> read;
};

// Of everybody who was found; a search that found nobody was a look at a person, too.
void note_looks(Context& context, const Searching& searching) {
  if (context.security == nullptr) return;
  const auto note = [&](Bytes whom) {
    admin::SecurityEvent event{store::SecurityKind::kPersonViewed, searching.origin, searching.by,
                               "profile search"};
    event.whom = std::move(whom);
    context.security->note(std::move(event));
  };
  for (const insight::FoundPerson& person : searching.found.people)
    note(Bytes(person.id.bytes.begin(), person.id.bytes.end()));
  if (searching.found.people.empty()) note({});
}

Output say(Context& context, const Searching& searching) {
  const auto& fields = context.store().catalog.fields();
  std::vector<store::ProfileId> ids;
  for (const insight::FoundPerson& person : searching.found.people) ids.push_back(person.id);
  const auto hints = person_hints(context.store(), ids);
  Output output;
  output.json = {{"as_of", json_time(searching.now)},
                 {"looked_at", searching.found.looked_at},
                 {"more", searching.found.more},
                 {"people", Json::array()}};
  TextTable table;
  table.row({"PERSON", "PROFILE", "FIELDS"});
  for (const insight::FoundPerson& person : searching.found.people) {
    Json names = Json::array();
    for (const store::FieldNumber number : person.fields) names.push_back(fields[number].name);
    table.row({hints.at(person.id), id_text(person.id), joined(names.get<std::vector<std::string>>())});
    output.json["people"].push_back(
        {{"profile_id", id_text(person.id)}, {"person", hints.at(person.id)}, {"fields", std::move(names)}});
  }
  const std::string looked = thousands(searching.found.looked_at);
  if (searching.found.people.empty()) {
    output.text = fmt::format("None of {} people has this value.\n", looked);
  } else {
    output.text = table.text();
    if (searching.found.more)
      output.text += fmt::format("There are more; the search ended after {} people.\n", looked);
  }
  output.text += as_of(searching.now);
  return output;
}

}  // namespace

Result<Output> run_profile_search(Context& context, const Arguments& arguments) {
  if (!arguments.has("value"))
    return Error{ErrorKind::kInvalid, "value_missing", "no value to search for", "--value",
                 "write --value '+49 170 1234567'"};
  const auto searching = std::make_shared<Searching>(Searching{context.clock.now(),
                                                               arguments.value("by"),
                                                               arguments.value("origin"),
                                                               insight::SoughtValue(arguments.value("value")),
                                                               {},
                                                               {},
                                                               {},
                                                               {}});
  TRY(context.read([&]() -> Result<void> {
    if (!arguments.has("field")) return {};
    store::FieldNumber number = 0;
    if (!context.store().catalog.find_field(arguments.value("field"), number))
      return not_there("field", arguments.value("field"));
    searching->field = number;
    return {};
  }));
  searching->people = TRY(store::Snapshot::open(context.store().directory()));
  Output output;
  output.look = std::make_shared<Look>(Look{[searching](const std::stop_token& stop) {
                                              const auto people = std::move(searching->people);
                                              searching->found =
                                                  insight::search_people(people->profiles, searching->sought,
                                                                         searching->field, stop);
                                              searching->read = people->status();
                                            },
                                            [&context, searching]() -> Result<Output> {
                                              TRY(std::move(searching->read));
                                              note_looks(context, *searching);
                                              Output said;
                                              TRY(context.read([&]() -> Result<void> {
                                                said = say(context, *searching);
                                                return {};
                                              }));
                                              return said;
                                            }});
  return output;
}

}  // namespace pinrelay::cli
