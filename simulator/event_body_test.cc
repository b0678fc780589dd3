#include "simulator/event_body.h"

#include <gtest/gtest.h>

#include "simulator/sample_events.h"
#include "simulator/user_data.h"

namespace pinrelay::sim {
namespace {

// The text of the refusal, or "" when the body is taken.
std::string refusal_of(const std::string& body) {
  EventBodyReader reader;
  EventBody out;
  const auto refusal = reader.read(body, out);
  return refusal ? refusal->body : "";
}
std::string refusal_of_event(const SampleEvent& event) { return refusal_of(events_body({event})); }

std::string user_data(const std::string& more) {
  return R"({"em":[")" + sha256_of("jane") + R"("])" + more + "}";
}

// The violations of one event, by name and field.
std::string violations_of(const SampleEvent& event) {
  EventBodyReader reader;
  EventBody out;
  reader.read(events_body({event}), out);
  std::string text;
  for (const ReadViolation& violation : out.violations)
    text.append(violation_name(violation.kind)).append(" ").append(violation.field).append(";");
  return text;
}

TEST(EventBody, takes_everything_that_the_description_knows) {
  const std::string more =
      R"(,"event_source_url":null,"opt_out":false,"partner_name":null,"app_id":"1","language":"de","wifi":true,
      "custom_data":{"currency":"EUR","value":"19.90","content_ids":["a","b"],"content_name":null,"num_items":2,
        "contents":[{"id":"a","item_price":"9.95","quantity":2},{}],"order_id":"1","opt_out_type":"LDP",
        "external_measurement_vendor_id":null},
      "app_info":{"app_id":"1","install_time":0,"window_width":30720},
      "device_info":{"os_family":"ios","battery_level":100,"languages":["de"],"timezone_abbr":"MESZ"})";
  EXPECT_EQ(refusal_of_event({.more = more}), "");
  EXPECT_EQ(violations_of({.more = more}), "");
}

TEST(EventBody, is_refused_whole_for_one_wrong_key_or_value_and_names_the_field) {
  const std::pair<SampleEvent, const char*> wrong[] = {
      {{.more = R"(,"colour":"red")"}, "'colour' was unexpected"},
      {{.more = R"(,"custom_data":{"colour":"red"})"}, "'colour' was unexpected"},
      {{.more = R"(,"custom_data":{"contents":[{"price":"1"}]})"}, "'price' was unexpected"},
      {{.more = R"(,"app_info":{"device":"x"})"}, "'device' was unexpected"},
      {{.more = R"(,"custom_data":{"value":72.39})"}, "'value'"},
      {{.more = R"(,"custom_data":{"content_ids":null})"}, "'content_ids'"},
      {{.more = R"(,"custom_data":{"content_ids":[1]})"}, "'content_ids'"},
      {{.more = R"(,"custom_data":{"num_items":"2"})"}, "'num_items'"},
      {{.more = R"(,"custom_data":null)"}, "'custom_data'"},
      {{.more = R"(,"opt_out":"false")"}, "'opt_out'"},
      {{.more = R"(,"device_info":{"battery_level":101})"}, "'battery_level' is out of range"},
      {{.more = R"(,"device_info":{"timezone_abbr":"123456"})"}, "'timezone_abbr' is too long"},
      {{.more = R"(,"device_info":{"os_family":"amiga"})"}, "'os_family' is not one of"},
      {{.user_data = R"({"em":"x"})"}, "'em'"},
      {{.user_data = R"({"ph":[]})"}, "'user_data' is not valid"},
      {{.user_data = R"({"client_ip_address":"203.0.113.9"})"}, "'user_data' is not valid"},
      {{.user_data = "null"}, "'user_data'"},
  };
  for (const auto& [event, part] : wrong)
    EXPECT_NE(refusal_of_event(event).find(part), std::string::npos) << part;
}

TEST(EventBody, wants_every_required_field) {
  const std::string whole = SampleEvent{}.json();
  for (const std::string name : {"event_name", "action_source", "event_time", "event_id", "user_data"}) {
    std::string less = whole;
    less.replace(less.find('"' + name + '"') + 1, name.size(), "app_id");
    EXPECT_NE(refusal_of(R"({"data":[)" + less + "]}"), "") << name;
  }
}

TEST(EventBody, is_an_object_with_one_to_a_thousand_events_and_nothing_else) {
  const std::string event = SampleEvent{}.json();
  std::string many = event;
  for (int i = 1; i < 1000; ++i) many += "," + event;
  EXPECT_EQ(refusal_of(R"({"data":[)" + many + "]}"), "");
  for (const std::string& wrong :
       {std::string("no json"), std::string("[]"), std::string("{}"), std::string(R"({"data":[]})"),
        std::string(R"({"data":{}})"), R"({"data":[)" + many + "," + event + "]}",
        R"({"data":[)" + event + R"(],"test":true})", R"({"data":[)" + event + "]} x", R"({"data":[)" + event,
        std::string(R"({"data":["x"]})")})
    EXPECT_NE(refusal_of(wrong), "") << wrong.substr(0, 60);
}

TEST(EventBody, fails_one_event_for_what_the_description_lets_pass) {
  EventBodyReader reader;
  EventBody out;
  const std::string md5 = R"({"em":["5d41402abc4b2a76b9719d911017c592"]})";
  const auto refusal = reader.read(events_body({{.id = ""},
                                                {.name = ""},
                                                {.source = "phone"},
                                                {.user_data = R"({"em":[]})"},
                                                {.user_data = md5},
                                                {}}),
                                   out);
  ASSERT_FALSE(refusal);
  for (size_t i = 0; i < 5; ++i) EXPECT_NE(out.events[i].error, "") << i;
  EXPECT_EQ(out.events[5].error, "");
}

TEST(EventBody, gives_the_bytes_of_each_event_as_they_stood) {
  EventBodyReader reader;
  EventBody out;
  const std::string a = SampleEvent{.id = "a"}.json(), b = SampleEvent{.id = "b", .more = " "}.json();
  ASSERT_FALSE(reader.read(R"({ "data" : [ )" + a + "  ,\n" + b + "\n ] }", out));
  ASSERT_EQ(out.events.size(), 2u);
  EXPECT_EQ(out.events[0].bytes, a);
  EXPECT_EQ(out.events[1].bytes, b);
}

TEST(EventBody, notes_what_pinterest_would_take_silently) {
  const std::string nothing = sha256_of("");
  EXPECT_EQ(violations_of({}), "");
  EXPECT_EQ(violations_of({.user_data = R"({"em":["jane@example.com"]})"}), "clear_text em;");
  EXPECT_EQ(violations_of({.user_data = user_data(R"(,"ph":[")" + nothing + R"("])")}),
            "hash_of_nothing ph;");
  for (const char* word : {"null", "none", "n/a", "unknown"})
    EXPECT_EQ(violations_of({.user_data = R"({"em":[")" + sha256_of(word) + R"("]})"}),
              "hash_of_nothing em;");
  EXPECT_EQ(violations_of({.user_data = user_data(R"(,"colour":{"a":[1]})")}),
            "unknown_user_data_key colour;");
  EXPECT_EQ(violations_of({.user_data = user_data(R"(,"client_ip_address":"192.168.1.1")")}),
            "private_address client_ip_address;");
  EXPECT_EQ(violations_of({.user_data = user_data(R"(,"client_ip_address":"300.1.1.1")")}),
            "bad_address client_ip_address;");
  EXPECT_EQ(violations_of({.time = to_millis(kStart)}), "time_in_millis event_time;");
  EXPECT_EQ(violations_of({.more = R"(,"custom_data":{"value":"12,5"})"}), "not_a_decimal value;");
  EXPECT_EQ(violations_of({.more = R"(,"wifi":true,"wifi":true)"}), "key_twice wifi;");
}

TEST(UserData, tells_addresses_that_reach_somebody) {
  for (const char* text : {"203.0.113.9", "8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:203.0.113.9"})
    EXPECT_EQ(address_kind(text), AddressKind::kPublic) << text;
  for (const char* text : {"10.1.2.3", "172.16.0.1", "127.0.0.1", "0.0.0.0", "169.254.1.1", "100.64.0.1",
                           "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1"})
    EXPECT_EQ(address_kind(text), AddressKind::kPrivate) << text;
  for (const char* text : {"", "1.2.3", "localhost", "203.0.113.9:80"})
    EXPECT_EQ(address_kind(text), AddressKind::kNone) << text;
}

TEST(UserData, knows_a_decimal) {
  for (const char* text : {"0", "72.39", "-1.5", "1000000"}) EXPECT_TRUE(is_decimal(text)) << text;
  for (const char* text : {"", ".", "1.", ".5", "1,5", "1e3", "12 ", "EUR"})
    EXPECT_FALSE(is_decimal(text)) << text;
}

}  // namespace
}  // namespace pinrelay::sim
