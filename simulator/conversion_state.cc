#include "simulator/conversion_state.h"

#include "base/json_writer.h"

namespace pinrelay::sim {
namespace {

void write_counts(JsonWriter& json, const ConversionCounts& counts) {
  for (const ConversionCount& count : kConversionCounts) json.field(count.name, counts.*count.member);
}

void write_violations(JsonWriter& json, const Violations& violations) {
  json.begin_object().field("total", violations.total()).key("by_kind").begin_object();
  for (size_t i = 0; i < kViolationKinds; ++i) {
    const auto kind = static_cast<ViolationKind>(i);
    if (violations.of(kind) > 0) json.field(violation_name(kind), violations.of(kind));
  }
  json.end_object().key("samples").begin_array();
  for (const ViolationSample& sample : violations.samples()) {
    json.begin_object().field("kind", violation_name(sample.kind)).field("ad_account_id", sample.ad_account);
    json.field("event_id_sha256", sample.event_id_sha256).field("field", sample.field).end_object();
  }
  json.end_array().end_object();
}

void write_ad_accounts(JsonWriter& json, const Conversions& conversions) {
  json.begin_object();
  for (const auto& [id, counts] : conversions.by_ad_account()) {
    json.key(id).begin_object();
    write_counts(json, counts);
    const auto violations = conversions.violations().by_ad_account().find(id);
    json.field("other_bytes", violations == conversions.violations().by_ad_account().end()
                                  ? 0
                                  : violations->second[static_cast<size_t>(ViolationKind::kOtherBytes)]);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string conversion_state_json(const Conversions& conversions) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_counts(json, conversions.total());
  json.field("known", conversions.all().size());
  json.field("other_bytes", conversions.violations().of(ViolationKind::kOtherBytes));
  write_violations(json.key("violations"), conversions.violations());
  write_ad_accounts(json.key("by_ad_account"), conversions);
  json.end_object();
  return text;
}

void append_conversion_line(std::string& out, const Conversions& conversions, const Conversion& conversion) {
  JsonWriter json(out);
  json.begin_object().field("ad_account", *conversion.ad_account).field("event_name", *conversion.event_name);
  json.field("event_id", conversion.event_id).field("event_time", conversion.event_time);
  json.field("action_source", to_text(conversion.action_source)).field("count", conversion.effective);
  json.field("sha256", to_hex(conversion.bytes)).field("offline", conversion.offline);
  json.field("first_effective", to_millis(conversion.first_effective));
  json.field("last_effective", to_millis(conversion.last_effective));
  json.field("last_online", to_millis(conversion.last_online));
  json.field("accepted", conversion.accepted).field("uncertain", conversion.uncertain);
  const std::string_view event = conversions.event_json(conversion);
  if (!event.empty()) json.key("event").raw(event);
  json.end_object();
  out += '\n';
}

}  // namespace pinrelay::sim
