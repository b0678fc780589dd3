#include "pinterest/conversion_event.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace pinrelay::pinterest {
namespace {

using Json = nlohmann::json;

const Time kNow = from_millis(1'767'225'600'000);  // 2026-01-01T00:00:00Z

// A person's values, by target.
using Values = std::vector<std::pair<std::string, Json>>;

// The values as the store keeps them; all texts, as a CSV file would give them.
struct Stored {
  std::vector<Bytes> bytes;
  std::vector<FieldValue> values;

  explicit Stored(const Values& given) {
    bytes.reserve(given.size());
    for (const auto& [target, value] : given) add(value);
  }
  void add(const Json& value) {
    Bytes& out = bytes.emplace_back();
    if (value.is_null()) return values.push_back({});
    if (!value.is_array()) {
      append(out, as_bytes(value.get_ref<const std::string&>()));
      return values.push_back({store::ValueType::kString, out});
    }
    for (const Json& item : value) {
      append_fixed(out, static_cast<uint8_t>(store::ValueType::kString));
      append_sized(out, as_bytes(item.get_ref<const std::string&>()));
    }
    values.push_back({store::ValueType::kArray, out});
  }
};

EventMapping mapping_of(const Values& values) {
  EventMapping mapping;
  for (const auto& [target, value] : values) {
    mapping.targets.push_back(find_conversion_field(target));
    EXPECT_NE(mapping.targets.back(), nullptr) << target;
  }
  mapping.event_name_default = "checkout";
  mapping.action_source_default = "web";
  return mapping;
}

BuiltEvent build(const Values& values, EventMapping mapping, Time now = kNow) {
  EventBuilder builder(std::move(mapping));
  const Stored stored(values);
  return builder.build(stored.values, now);
}
BuiltEvent build(const Values& values) { return build(values, mapping_of(values)); }

const Values kLeast = {{"event_id", "e1"}, {"event_time", ""}, {"em", "jane@example.org"}};
Values with(Values more) {
  Values out = kLeast;
  std::erase_if(out, [&](const auto& value) {
    return std::ranges::any_of(more, [&](const auto& other) { return other.first == value.first; });
  });
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Json json_of(const BuiltEvent& event) { return Json::parse(event.json); }

std::vector<std::string> dropped_of(const BuiltEvent& event) {
  std::vector<std::string> out;
  for (const DroppedValue& dropped : event.dropped) out.emplace_back(to_text(dropped.problem));
  return out;
}

// Where the event has that field; null when it has it not.
Json value_at(const Json& event, const ConversionField& field) {
  static const std::map<Place, std::string> kObjects = {{Place::kUserData, "user_data"},
                                                        {Place::kCustomData, "custom_data"},
                                                        {Place::kAppInfo, "app_info"},
                                                        {Place::kDeviceInfo, "device_info"}};
  const std::string key(field.key());
  if (field.place == Place::kRoot) return event.value(key, Json());
  const Json object = event.value(kObjects.at(field.place), Json::object());
  return object.value(key, Json());
}

// One row of tests/golden/conversion_values.ndjson; tests/golden/check.py reads the same rows its own way.
void expect_row(const Json& row) {
  const auto target = row.at("field").get<std::string>();
  const ConversionField& field = *find_conversion_field(target);
  Values values = {{"event_id", "e1"}, {"event_time", ""}};
  // Somebody to send, beside what is looked at.
  values.emplace_back(target == "em" ? "hashed_maids" : "em",
                      target == "em" ? "6d92078a-8246-4ba4-ae5b-76104861e7dc" : "base@example.org");
  std::erase_if(values, [&](const auto& value) { return value.first == target; });
  values.emplace_back(target, row.at("raw"));
  const Json with = row.value("with", Json::object()), also = row.value("also", Json::object());
  for (const auto& [other, value] : with.items()) values.emplace_back(other, value);
  EventMapping mapping = mapping_of(values);
  mapping.time_zone = row.value("zone", "UTC");
  mapping.default_country = row.value("country", "");
  mapping.content_ids_separator = row.value("separator", "");
  mapping.now_when_unparsable = row.contains("unparsable");
  if (row.contains("order")) mapping.date_order = identity::DateOrder::kMonthFirst;
  if (target == "event_name") mapping.event_name_default = row.value("default", "");
  if (target == "action_source") mapping.action_source_default = row.value("default", "");
  const Time now = row.contains("now") ? from_millis(row.at("now").get<int64_t>() * 1'000) : kNow;
  const BuiltEvent event = build(values, std::move(mapping), now);
  EXPECT_EQ(event.ambiguous_time, row.value("ambiguous", false));
  if (row.contains("late")) {
    EXPECT_EQ(event.late, row.at("late"));
  }

  auto dropped = row.value("dropped", std::vector<std::string>());
  if (field.group == Group::kEvent) {
    EXPECT_EQ(to_text(event.problem), row.value("problem", ""));
    EXPECT_EQ(event.json.empty(), row.contains("problem"));
    EXPECT_EQ(dropped_of(event), dropped);
    if (row.contains("sent")) {
      EXPECT_EQ(value_at(json_of(event), field), row.at("sent"));
    }
    return;
  }
  if (row.contains("problem")) dropped.push_back(row.at("problem").get<std::string>());
  EXPECT_EQ(dropped_of(event), dropped);
  ASSERT_EQ(to_text(event.problem), "");
  Json expected = row.value("sent", Json());
  if (row.contains("normalised")) {
    Sha256 sha256;
    expected = {to_hex(sha256.hash(row.at("normalised").get<std::string>()))};
  }
  EXPECT_EQ(value_at(json_of(event), field), expected);
  for (const auto& [other, value] : also.items())
    EXPECT_EQ(value_at(json_of(event), *find_conversion_field(other)), value) << other;
}

TEST(ConversionGolden, every_value_becomes_what_the_file_says) {
  std::ifstream file(PINRELAY_GOLDEN "/conversion_values.ndjson");
  ASSERT_TRUE(file.good());
  size_t rows = 0;
  for (std::string line; std::getline(file, line); ++rows) {
    SCOPED_TRACE(line);
    expect_row(Json::parse(line));
  }
  EXPECT_GE(rows, 750U);
}

TEST(ConversionEvent, stands_in_pinterests_form) {
  const Values values = {{"event_id", "order-10023"},
                         {"event_time", "2025-12-31T23:50:00Z"},
                         {"em", "jane.doe@example.com"},
                         {"client_ip_address", "203.0.113.9"},
                         {"client_user_agent", "Mozilla/5.0 (X11; Linux x86_64)"},
                         {"value", "72.39"},
                         {"currency", "usd"},
                         {"event_source_url", "https://shop.example.org/thanks"},
                         {"app_info.app_name", "ACME"},
                         {"device_info.os_family", "ios"}};
  const BuiltEvent event = build(values);
  EXPECT_EQ(
      event.json,
      R"({"event_name":"checkout","action_source":"web","event_time":1767225000,"event_id":"order-10023",)"
      R"("event_source_url":"https://shop.example.org/thanks","user_data":{)"
      R"("em":["86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"],)"
      R"_("client_ip_address":"203.0.113.9","client_user_agent":"Mozilla/5.0 (X11; Linux x86_64)"},)_"
      R"("custom_data":{"currency":"USD","value":"72.39"},"app_info":{"app_name":"ACME"},)"
      R"("device_info":{"os_family":"ios"}})");
}

TEST(ConversionEvent, needs_a_set_of_identifiers_that_pinterest_accepts) {
  const auto problem = [](const Values& identifiers) {
    Values values = {{"event_id", "e1"}, {"event_time", ""}};
    values.insert(values.end(), identifiers.begin(), identifiers.end());
    return std::string(to_text(build(values).problem));
  };
  const Json ip = "203.0.113.9", agent = "Mozilla/5.0 (X11; Linux x86_64)",
             maid = "6d92078a-8246-4ba4-ae5b-76104861e7dc";
  EXPECT_EQ(problem({{"em", "jane@example.org"}}), "");
  EXPECT_EQ(problem({{"hashed_maids", maid}}), "");
  EXPECT_EQ(problem({{"client_ip_address", ip}, {"client_user_agent", agent}}), "");
  EXPECT_EQ(problem({{"client_ip_address", ip}}), "missing_identifier");
  EXPECT_EQ(problem({{"client_user_agent", agent}}), "missing_identifier");
  EXPECT_EQ(problem({{"ph", "+14155550132"}}), "missing_identifier");
  EXPECT_EQ(problem({{"external_id", "u1"}}), "missing_identifier");
  EXPECT_EQ(problem({{"click_id", "epik"}}), "missing_identifier");
  EXPECT_EQ(problem({{"em", Json::array()}}), "missing_identifier");
  EXPECT_EQ(problem({{"em", "nonsense"}, {"hashed_maids", maid}}), "");
  EXPECT_EQ(problem({{"em", "nonsense"}, {"ph", "+14155550132"}}), "missing_identifier");
}

TEST(ConversionEvent, sends_all_identifiers_together) {
  const Json event = json_of(build(with({{"hashed_maids", "6d92078a-8246-4ba4-ae5b-76104861e7dc"},
                                         {"client_ip_address", "203.0.113.9"},
                                         {"client_user_agent", "Mozilla/5.0 (X11; Linux x86_64)"},
                                         {"ph", "+14155550132"}})));
  EXPECT_EQ(event.at("user_data").size(), 5U);
}

TEST(ConversionEvent, partner_name_falls_back_and_is_absent_without_either) {
  Values values = with({{"partner_name", ""}});
  EventMapping mapping = mapping_of(values);
  EXPECT_FALSE(json_of(build(values, mapping)).contains("partner_name"));
  mapping.partner_name_default = "ss-acme";
  EXPECT_EQ(json_of(build(values, mapping)).at("partner_name"), "ss-acme");
  values.back().second = "ss-other";
  EXPECT_EQ(json_of(build(values, mapping)).at("partner_name"), "ss-other");
  EventMapping unmapped = mapping_of(kLeast);
  unmapped.partner_name_default = "ss-acme";
  EXPECT_EQ(json_of(build(kLeast, unmapped)).at("partner_name"), "ss-acme");
}

TEST(ConversionEvent, an_empty_time_is_now_in_whole_seconds_and_told) {
  const BuiltEvent event = build(kLeast, mapping_of(kLeast), kNow + Millis{999});
  EXPECT_EQ(event.event_time, 1'767'225'600);
  EXPECT_TRUE(event.time_was_empty);
  EXPECT_FALSE(event.late);
}

TEST(ConversionEvent, contents_are_read_side_by_side) {
  const Json event = json_of(build(with({{"contents.id", Json{"sku-1", "sku-2"}},
                                         {"contents.item_price", Json{"14.99", ""}},
                                         {"contents.quantity", Json{"3", "1"}}})));
  EXPECT_EQ(event.at("custom_data").at("contents"),
            Json::parse(R"([{"id":"sku-1","item_price":"14.99","quantity":3},{"id":"sku-2","quantity":1}])"));
}

TEST(ConversionEvent, contents_of_another_length_are_left_out) {
  const BuiltEvent event =
      build(with({{"contents.id", Json{"sku-1", "sku-2"}}, {"contents.quantity", Json{"3"}}}));
  EXPECT_EQ(dropped_of(event), std::vector<std::string>{"uneven_contents"});
  EXPECT_EQ(json_of(event).at("custom_data").at("contents"),
            Json::parse(R"([{"id":"sku-1"},{"id":"sku-2"}])"));
}

TEST(ConversionEvent, limited_data_processing_sends_the_place_in_both_cases) {
  const BuiltEvent event = build(with({{"opt_out_type", "LDP"}, {"st", "California"}, {"country", "us"}}));
  const Json user = json_of(event).at("user_data");
  Sha256 sha256;
  EXPECT_EQ(user.at("st"), Json({to_hex(sha256.hash("ca")), to_hex(sha256.hash("CA"))}));
  EXPECT_EQ(user.at("country"), Json({to_hex(sha256.hash("us")), to_hex(sha256.hash("US"))}));
  EXPECT_FALSE(event.limited_without_place);
  EXPECT_TRUE(build(with({{"opt_out_type", "LDP"}, {"country", "us"}})).limited_without_place);
}

TEST(ConversionEvent, a_builder_keeps_nothing_of_the_event_before) {
  const Values first =
      with({{"opt_out_type", "LDP"}, {"st", "CA"}, {"partner_name", "ss-a"}, {"value", "x"}});
  const Values second = with({{"opt_out_type", ""}, {"st", "CA"}, {"partner_name", ""}, {"value", ""}});
  EventMapping mapping = mapping_of(first);
  mapping.partner_name_default = "ss-b";
  EventBuilder builder(mapping);
  const Stored a(first), b(second);
  builder.build(a.values, kNow);
  const std::string again = builder.build(b.values, kNow).json;
  EXPECT_EQ(again, build(second, mapping).json);
  EXPECT_TRUE(builder.build(b.values, kNow).dropped.empty());
}

TEST(ConversionEvent, order_and_repeats_in_a_list_do_not_change_the_set) {
  const auto set_of = [](Json list) {
    const Json sent = json_of(build(with({{"em", std::move(list)}}))).at("user_data").at("em");
    return std::multiset<std::string>(sent.begin(), sent.end());
  };
  const auto expected = set_of({"a@example.org", "b@example.org", "c@example.org"});
  EXPECT_EQ(set_of({"c@example.org", "A@example.org", "b@example.org", " a@example.org"}), expected);
}

TEST(ConversionMapping, says_all_that_keeps_it_from_starting) {
  const auto codes = [](EventMapping mapping, std::initializer_list<std::string_view> targets) {
    for (const std::string_view target : targets) mapping.targets.push_back(find_conversion_field(target));
    std::vector<std::string> out;
    for (const MappingProblem& problem : check_mapping(mapping)) out.emplace_back(problem.code);
    return out;
  };
  using Codes = std::vector<std::string>;
  EventMapping defaults;
  defaults.event_name_default = "lead";
  defaults.action_source_default = "web";
  EXPECT_EQ(codes({}, {}), (Codes{"no_identifier_set", "event_id_not_mapped", "event_time_not_mapped",
                                  "no_event_name", "no_action_source"}));
  for (const std::string_view alone :
       {"external_id", "ph", "fn", "ct", "zp", "client_ip_address", "client_user_agent", "click_id"})
    EXPECT_EQ(codes(defaults, {"event_id", "event_time", alone}), Codes{"no_identifier_set"}) << alone;
  EXPECT_EQ(codes(defaults, {"event_id", "event_time", "em"}), Codes{});
  EXPECT_EQ(codes(defaults, {"event_id", "event_time", "hashed_maids"}), Codes{});
  EXPECT_EQ(codes(defaults, {"event_id", "event_time", "client_ip_address", "client_user_agent"}), Codes{});
  EXPECT_EQ(codes({}, {"event_id", "event_time", "em", "event_name", "action_source"}), Codes{});
  EXPECT_EQ(codes(defaults, {"em", "event_id"}), Codes{"event_time_not_mapped"});
}

TEST(ConversionFields, are_suggested_by_the_names_that_companies_use) {
  const auto suggested = [](std::string_view field) {
    const ConversionField* found = suggest_conversion_field(field);
    return found == nullptr ? std::string() : std::string(found->target);
  };
  EXPECT_EQ(suggested("E-Mail"), "em");
  EXPECT_EQ(suggested("email_address"), "em");
  EXPECT_EQ(suggested("firstName"), "fn");
  EXPECT_EQ(suggested("order_id"), "order_id");
  EXPECT_EQ(suggested("revenue"), "value");
  EXPECT_EQ(suggested("favourite_colour"), "");
}

}  // namespace
}  // namespace pinrelay::pinterest
