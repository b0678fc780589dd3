// Why there is no event, why a value was left out, and what keeps a mapping from making any.
#include <algorithm>

#include "pinterest/conversion_event.h"

namespace pinrelay::pinterest {

std::string_view to_text(EventProblem problem) {
  static constexpr std::string_view kNames[] = {
      "",
      "missing_identifier",
      "missing_event_id",
      "event_id_too_long",
      "missing_event_name",
      "unknown_event_name",
      "missing_action_source",
      "unknown_action_source",
      "event_time_unparsable",
      "event_in_future",
      "event_too_old",
  };
  return kNames[static_cast<size_t>(problem)];
}

std::string_view to_text(ValueProblem problem) {
  static constexpr std::string_view kNames[] = {
      "",
      "placeholder",
      "invalid_email",
      "wrong_hash",
      "invalid_maid",
      "invalid_phone",
      "invalid_name",
      "invalid_gender",
      "invalid_birth_date",
      "invalid_city",
      "invalid_state",
      "invalid_zip",
      "invalid_country",
      "invalid_ip",
      "private_ip",
      "invalid_user_agent",
      "invalid_url",
      "invalid_language",
      "invalid_currency",
      "invalid_number",
      "out_of_range",
      "invalid_flag",
      "unknown_choice",
      "too_long",
      "uneven_contents",
      "currency_conflict",
      "invalid_time",
      "email_in_clear",
      "url_cleaned",
      "email_in_id",
      "opt_out_assumed",
  };
  static_assert(std::size(kNames) == static_cast<size_t>(kLastValueProblem) + 1);
  return kNames[static_cast<size_t>(problem)];
}

std::vector<MappingProblem> check_mapping(const EventMapping& mapping) {
  const auto has = [&](std::string_view target) {
    const auto is_it = [&](const ConversionField* field) { return field->target == target; };
    return std::ranges::any_of(mapping.targets, is_it) ||
           std::ranges::any_of(mapping.fixed, is_it, &FixedValue::target);
  };
  std::vector<MappingProblem> out;
  if (!has("em") && !has("hashed_maids") && !(has("client_ip_address") && has("client_user_agent")))
    out.push_back(
        {"no_identifier_set",
         "no sufficient identifier is mapped: Pinterest needs an e-mail address, a mobile ad id, or an IP "
         "address together with a user agent",
         "Map em, or hashed_maids, or client_ip_address and client_user_agent, under identifiers"});
  if (!has("event_id"))
    out.push_back({"event_id_not_mapped", "event_id is not mapped",
                   "Map the field that names the conversion, such as an order id, to event_id under event"});
  if (!has("event_time"))
    out.push_back({"event_time_not_mapped", "event_time is not mapped",
                   "Map the field that says when it happened to event_time under event"});
  if (!has("event_name") && mapping.event_name_default.empty())
    out.push_back({"no_event_name", "event_name is not mapped and event_name_default is not set",
                   "Set one of them, for instance event_name_default: checkout"});
  if (!has("action_source") && mapping.action_source_default.empty())
    out.push_back({"no_action_source", "action_source is not mapped and action_source_default is not set",
                   "Set one of them, for instance action_source_default: web"});
  return out;
}

}  // namespace pinrelay::pinterest
