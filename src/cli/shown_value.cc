#include "cli/shown_value.h"

#include "exports/mapping.h"
#include "identity/clear_text.h"
#include "identity/mask.h"

namespace pinrelay::cli {
namespace {

using pinterest::ConversionField;

bool is_about_nobody(const ConversionField& target) {
  return target.place != pinterest::Place::kUserData && !target.hashed() &&
         target.reading != pinterest::Reading::kUrl;
}

}  // namespace

std::string shown_value(const ConversionField& target, std::string_view text) {
  return is_about_nobody(target) && !identity::holds_email(text) ? std::string(text) : identity::mask(text);
}

Json shown_json(const ConversionField& target, Json value) {
  if (value.is_string()) return shown_value(target, value.get<std::string>());
  if (value.is_array())
    for (Json& item : value) item = shown_json(target, std::move(item));
  return value;
}

ShownFields::ShownFields(Context& context) {
  const auto add = [&](const std::string& field, const ConversionField* target) {
    const bool shown = target != nullptr && is_about_nobody(*target);
    const auto [known, added] = targets_.try_emplace(field, shown ? target : nullptr);
    if (!added && !shown) known->second = nullptr;
  };
  for (const auto& [number, job] : context.engine.core().jobs) {
    const config::JobSettings& settings = job.settings;
    for (const std::string& field :
         {settings.email_field, settings.sha256_email_field, settings.mobile_id_field})
      add(field, nullptr);
    if (!job.converts()) continue;
    const std::vector<std::string> fields = exports::mapped_fields(settings.conversions);
    const auto mapping = exports::event_mapping(settings.conversions);
    for (size_t i = 0; i < fields.size(); ++i) add(fields[i], mapping.targets[i]);
  }
}

std::string ShownFields::show(const std::string& field, std::string_view text) const {
  const auto found = targets_.find(field);
  return found == targets_.end() || found->second == nullptr ? identity::mask(text)
                                                             : shown_value(*found->second, text);
}

}  // namespace pinrelay::cli
