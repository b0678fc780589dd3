// Any value in any mapped field: every event that is built has to pass the stand-in's reading of Pinterest's
// description, which shares no code with ours, and nothing about it may be found fault with. So it is with
// the longer forms of a mapping, where each target has two fields to choose from, another beside them where
// it takes several, and a default where it may have one.
#include <cstdio>

#include "base/result.h"
#include "pinterest/conversion_event.h"
#include "simulator/event_body.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

namespace pin = pinrelay::pinterest;

const Time kNow = from_millis(1'767'225'600'000);

void check_event(const pin::BuiltEvent& event, sim::EventBodyReader& reader) {
  CHECK(event.json.empty() == (event.problem != pin::EventProblem::kNone));
  if (event.json.empty()) return;
  sim::EventBody body;
  const auto refusal = reader.read(R"({"data":[)" + event.json + "]}", body);
  if (refusal) std::fprintf(stderr, "%s\n", refusal->body.c_str());
  CHECK(!refusal);
  for (const sim::ReadViolation& violation : body.violations)
    std::fprintf(stderr, "%s %s\n", std::string(sim::violation_name(violation.kind)).c_str(),
                 violation.field.c_str());
  if (!body.events.empty()) std::fprintf(stderr, "%s", body.events[0].error.c_str());
  CHECK(body.events.size() == 1 && body.events[0].error.empty() && body.violations.empty());
}

// Values are separated by line ends, the items of a list by '|'; the first byte says where in the table of
// fields they begin. What every event needs has a value that is always good, unless the input has another.
void run_events(pin::EventBuilder& builder, pin::EventBuilder& longer, sim::EventBodyReader& reader,
                std::string_view input) {
  const auto fields = pin::conversion_fields();
  std::vector<Bytes> bytes(fields.size());
  std::vector<store::ValueType> types(fields.size(), store::ValueType::kNull);
  const auto put = [&](size_t i, std::string_view text) {
    bytes[i].clear();
    types[i] =
        text.find('|') == std::string_view::npos ? store::ValueType::kString : store::ValueType::kArray;
    if (types[i] == store::ValueType::kString) return append(bytes[i], as_bytes(text));
    while (!text.empty()) {
      const size_t end = std::min(text.find('|'), text.size());
      append_fixed(bytes[i], static_cast<uint8_t>(store::ValueType::kString));
      append_sized(bytes[i], as_bytes(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  };
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].target == "event_id") put(i, "e1");
    if (fields[i].target == "em") put(i, "a@example.org");
  }
  size_t at = input.empty() ? 0 : static_cast<unsigned char>(input[0]);
  input.remove_prefix(input.empty() ? 0 : 1);
  for (; !input.empty(); ++at) {
    const size_t end = std::min(input.find('\n'), input.size());
    put(at % fields.size(), input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  std::vector<pin::FieldValue> values;
  for (size_t i = 0; i < fields.size(); ++i) values.push_back({types[i], bytes[i]});
  check_event(builder.build(values, kNow), reader);
  std::vector<pin::FieldValue> chosen;
  for (size_t i = 0; i < fields.size(); ++i) {
    const pin::FieldValue& other = values[(i + 1) % fields.size()];
    chosen.insert(chosen.end(), {other, values[i]});
    if (pin::takes_several(fields[i])) chosen.push_back(other);
  }
  check_event(longer.build(chosen, kNow), reader);
}

// As run_events() fills it.
pin::EventMapping longer_mapping() {
  constexpr std::string_view kTexts[] = {"EUR", "de",  "1",    "web",      "checkout",
                                         "LDP", "yes", "wifi", "cellphone"};
  pin::EventMapping mapping;
  for (const pin::ConversionField& field : pin::conversion_fields()) {
    mapping.alternatives.push_back(mapping.targets.size() + 1);
    mapping.targets.insert(mapping.targets.end(), pin::takes_several(field) ? 3 : 2, &field);
    if (pin::may_be_fixed(field) == pin::Fixed::kNever) continue;
    for (const std::string_view text : kTexts) {
      const pin::FixedValue fixed{&field, std::string(text)};
      if (pin::check_fixed(fixed) != pin::ValueProblem::kNone) continue;
      mapping.fixed.push_back(fixed);
      break;
    }
  }
  return mapping;
}

}  // namespace

Target conversions_target() {
  return {
      .name = "conversions",
      .share = 15,
      .seeds =
          {"\x01web\n2025-12-31T23:50:00Z\norder-1\nhttps://example.org/\nyes\nss-acme",
           "\x11jane@example.org|5f4dcc3b5aa765d61d8327deb882cf99\n6d92078a-8246-4ba4-ae5b-76104861e7dc\n"
           "203.0.113.9:443, 10.0.0.1\nMozilla/5.0 (iPhone; CPU iPhone OS 17_1)\n+1 415 555 "
           "0132\nu1\nJane\nDoe\nf\n1990-02-15\nBerlin\nCA\n94107\nUS",
           "\x21usd\n19.90\nsku-1|sku-2\nsku-1|sku-2\na|b\nc|d\ne|f\n1.5|2\n3|1\n4\n10023\nshoes",
           "\x2fLDP\n1e2\nnp\nid\n7\nacme\n1.0\ncom.acme\nstore\n2\n1767225600\nua\n600\n800",
           "\x3d"
           "100\nbrand\ncarrier\n8\n64\n128\ncellphone\n5.10\nde|en-US\nde-DE\nX\nwifi\nios"},
      .words = {"\n", "|", "null", "\xff", "\xe2\x98\x83", "\"", "\\", "true", "-1", "1e9",
                "99999999999999999999", "a@example.org", "31.12.2025 10:00", "\xc2\xa0", "::1", "10.0.0.1",
                "0000", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                // Placeholders, amounts, addresses in clear, times and numbers of spreadsheets.
                "\\N", "#N/A", "{{ id }}", "%%id%%", "*|ID|*", "\xe2\x82\xac", "$", " EUR", "1.234,56",
                "1'234.50", ",", ".0", "E+11", "%40", "%2540", "%", "https://u:p@example.org/a?b=", "&epik=x",
                "#", "GMT+0100 (CET)", "[Europe/Paris]", "20251231T233000Z", "\xe2\x80\xaf", "PM", "UTC",
                "[2001:db8::7]:443", "for=", "Android", "bot", "/1.0", "NA", "840", "t", "1.0"},
      .start = [] {
        pin::EventMapping mapping;
        for (const pin::ConversionField& field : pin::conversion_fields()) mapping.targets.push_back(&field);
        mapping.event_name_default = "checkout";
        mapping.action_source_default = "web";
        mapping.default_country = "DE";
        mapping.time_zone = "Europe/Berlin";
        mapping.content_ids_separator = ",";
        mapping.event_max_age = Millis{1'000LL * 365 * 24 * 3600'000};
        pin::EventMapping longer = longer_mapping();
        longer.default_country = "US";
        longer.event_max_age = mapping.event_max_age;
        auto builder = std::make_shared<pin::EventBuilder>(std::move(mapping));
        auto other = std::make_shared<pin::EventBuilder>(std::move(longer));
        auto reader = std::make_shared<sim::EventBodyReader>();
        return [builder, other, reader](std::string_view input) {
          run_events(*builder, *other, *reader, input);
        };
      }};
}

}  // namespace pinrelay::fuzz
