#include "cli/unknown_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "cli/format.h"
#include "exports/mapping.h"

namespace pinrelay::cli {
namespace {

std::string meant(std::string_view name, const std::vector<std::string_view>& candidates) {
  const std::string_view nearest = nearest_name(name, candidates);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", plain(nearest));
}

}  // namespace

Error not_there(const std::string& what, const std::string& name) {
  return {ErrorKind::kNotFound, "no_" + what, fmt::format("there is no {} '{}'", what, plain(name)), "",
          fmt::format("see 'pinrelay {} list'", what)};
}

Result<store::AudienceNumber> find_audience(const store::Catalog& catalog, const std::string& name) {
  store::AudienceNumber number = 0;
  if (!catalog.find_audience(name, number)) return not_there("audience", name);
  return number;
}

std::vector<std::string> fields_of(const config::JobSettings& settings) {
  std::vector<std::string> fields;
  if (settings.type == config::JobType::kConversionsExport) {
    fields = exports::mapped_fields(settings.conversions);
  } else {
    fields = {settings.email_field, settings.sha256_email_field, settings.mobile_id_field};
  }
  fields.push_back(settings.consent_field);
  return fields;
}

std::vector<std::string> unknown_names(const store::Catalog& catalog, const config::JobSettings& settings) {
  std::vector<std::string> said;
  std::vector<std::string_view> audiences, fields;
  for (const store::AudienceInfo& audience : catalog.audiences())
    if (audience.size > 0 && !audience.removed()) audiences.push_back(audience.name);
  for (const store::FieldInfo& field : catalog.fields())
    if (field.people > 0 && !field.removed()) fields.push_back(field.name);
  if (std::ranges::find(audiences, settings.audience) == audiences.end())
    said.push_back(fmt::format("the audience '{}' has no members{}", plain(settings.audience),
                               meant(settings.audience, audiences)));
  if (fields.empty()) return said;
  for (const std::string& field : fields_of(settings)) {
    if (field.empty() || std::ranges::find(fields, field) != fields.end()) continue;
    std::string sentence = fmt::format("nobody has the field '{}'{}", plain(field), meant(field, fields));
    if (std::ranges::find(said, sentence) == said.end()) said.push_back(std::move(sentence));
  }
  return said;
}

}  // namespace pinrelay::cli
