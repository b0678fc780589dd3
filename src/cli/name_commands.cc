// field remove, audience remove: names that nothing uses any more, with what people have under them.
#include <fmt/format.h>

#include <algorithm>

#include "cli/confirm.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/unknown_names.h"

namespace pinrelay::cli {
namespace {

Error in_use(const std::string& what, const std::string& name, const std::string& by) {
  return {ErrorKind::kConflict, "in_use", fmt::format("the {} '{}' is used by {}", what, plain(name), by), "",
          "end that use first"};
}

// What names the field; "" when nothing does.
std::string user_of_field(Context& context, const std::string& name) {
  for (const config::FieldSetting& field : context.config.fields)
    if (field.name == name) return "the configuration, which sets its type";
  for (const auto& [number, job] : context.engine.core().jobs)
    if (std::ranges::count(fields_of(job.settings), name) > 0)
      return fmt::format("the job '{}'", job.row.name);
  return "";
}

// Also jobs that are stopped: what they did is told by the audience.
std::string user_of_audience(Context& context, const std::string& name) {
  for (const auto& [number, job] : context.engine.core().jobs)
    if (job.settings.audience == name) return fmt::format("the job '{}'", job.row.name);
  for (const store::ImportRow& row : context.store().imports.all()) {
    const bool ended = row.state == store::ImportState::kDone || row.state == store::ImportState::kFailed ||
                       row.state == store::ImportState::kDiscarded;
    if (!ended && row.audience == name) return fmt::format("import {}", row.number);
  }
  return "";
}

Output removed(const std::string& what, const std::string& name, int64_t people, std::string_view of_people) {
  Output output;
  output.json = {{what, name}, {"people", people}};
  output.text = fmt::format("the {} '{}' is removed", what, plain(name));
  if (people > 0)
    output.text += fmt::format("; {} of {} people are being erased", of_people, thousands(people));
  output.text += "\n";
  return output;
}

}  // namespace

Result<Output> run_field_remove(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.positional.at(0);
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    store::Catalog& catalog = context.store().catalog;
    store::FieldNumber number = 0;
    if (!catalog.find_field(name, number) || catalog.fields()[number].type == store::ValueType::kGroup)
      return not_there("field", name);
    if (const std::string user = user_of_field(context, name); !user.empty())
      return in_use("field", name, user);
    const int64_t people = catalog.fields()[number].people;
    if (people > 0)
      TRY(confirmed(arguments, fmt::format("erases the values of {} people", thousands(people))));
    catalog.remove_field(number);
    catalog.flush();
    output = removed("field", name, people, "the values");
    return {};
  }));
  context.engine.erase_removed_names();
  return output;
}

Result<Output> run_audience_remove(Context& context, const Arguments& arguments) {
  const std::string& name = arguments.positional.at(0);
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    store::Catalog& catalog = context.store().catalog;
    const store::AudienceNumber number = TRY(find_audience(catalog, name));
    if (const std::string user = user_of_audience(context, name); !user.empty())
      return in_use("audience", name, user);
    const int64_t people = catalog.audiences()[number].size;
    if (people > 0)
      TRY(confirmed(arguments, fmt::format("ends the membership of {} people", thousands(people))));
    catalog.remove_audience(number);
    catalog.flush();
    output = removed("audience", name, people, "the memberships");
    return {};
  }));
  context.engine.erase_removed_names();
  return output;
}

}  // namespace pinrelay::cli
