#include "cli/known_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/unknown_names.h"

namespace pinrelay::cli {
namespace {

using sources::SenderUse;

// Each is a named number of the store.
template <typename Use, typename Visit>
void for_each_number(Use& use, Visit visit) {
  visit("day", use.day);
  visit("today", use.today);
  visit("fields", use.fields);
  visit("audiences", use.audiences);
  visit("refused", use.refused);
}

std::string number_name(const std::string& sender, std::string_view number) {
  return fmt::format("sender/{}/{}", sender, number);
}

std::vector<std::string> senders(Context& context) {
  std::vector<std::string> names;
  for (const config::WriteKey& key : context.config.write_keys) names.push_back(key.name);
  for (const store::ApiTokenRow& row : context.store().write_keys.all()) names.push_back(row.name);
  return names;
}

}  // namespace

sources::InputLimitValues limit_values(const config::Limits& limits) {
  const auto size = [](int64_t number) { return static_cast<size_t>(number); };
  return {.fields = size(limits.fields),
          .audiences = size(limits.audiences),
          .values = size(limits.values),
          .names_a_day = size(limits.names_a_day),
          .person_bytes = size(limits.person_bytes)};
}

void tell_known_names(Context& context) {
  sources::InputLimits* limits = context.importer.limits();
  if (limits == nullptr) return;
  sources::InputLimits::Known known;
  for (const store::FieldInfo& field : context.store().catalog.fields())
    if (!field.removed()) known.fields.push_back(field.name);
  for (const store::AudienceInfo& audience : context.store().catalog.audiences())
    if (!audience.removed()) known.audiences.push_back(audience.name);
  for (const config::FieldSetting& field : context.config.fields) known.reserved_fields.push_back(field.name);
  for (const auto& [number, job] : context.engine.core().jobs) {
    for (std::string& field : fields_of(job.settings)) known.reserved_fields.push_back(std::move(field));
    known.reserved_audiences.push_back(job.settings.audience);
  }
  limits->set_known(known);
}

Result<void> load_sender_uses(Context& context) {
  std::map<std::string, SenderUse> uses;
  TRY(context.read([&]() -> Result<void> {
    for (const std::string& sender : senders(context))
      for_each_number(uses[sender], [&](std::string_view name, auto& number) {
        number = static_cast<std::remove_reference_t<decltype(number)>>(
            context.store().number(number_name(sender, name)));
      });
    return {};
  }));
  context.importer.limits()->set_uses(std::move(uses));
  return {};
}

Result<void> save_sender_uses(Context& context) {
  if (!context.importer.limits()->take_changed()) return {};
  const auto uses = context.importer.limits()->uses();
  return context.engine.transact([&]() -> Result<void> {
    for (const auto& [sender, use] : uses)
      for_each_number(use, [&](std::string_view name, auto number) {
        context.store().set_number(number_name(sender, name), static_cast<int64_t>(number));
      });
    return {};
  });
}

LimitsReached limits_reached(Context& context) {
  const sources::InputLimitValues values = limit_values(context.config.limits);
  const store::Catalog& catalog = context.store().catalog;
  const auto there = [](const auto& names) {
    return static_cast<size_t>(
        std::ranges::count_if(names, [](const auto& name) { return !name.removed(); }));
  };
  LimitsReached reached{there(catalog.fields()), values.fields, there(catalog.audiences()), values.audiences};
  reached.values_too_large = context.store().number("values_too_large");
  if (context.importer.limits() == nullptr) return reached;
  for (const auto& [sender, use] : context.importer.limits()->uses())
    if (use.refused > 0) reached.refused.push_back(fmt::format("{} ({})", sender, use.refused));
  return reached;
}

}  // namespace pinrelay::cli
