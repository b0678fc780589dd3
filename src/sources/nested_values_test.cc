// Objects and arrays of objects in change rows: which fields they become, what they cost, and what they
// replace.
#include <gtest/gtest.h>

#include <map>

#include "sources/change_rows.h"
#include "store/store_testing.h"

namespace pinrelay::sources {
namespace {

using store::ValueType;

const Time kArrival = from_millis(1'800'000'000'000);

std::string shown(ValueType type, ByteView value) {
  std::string out;
  store::for_each_place(type, value, [&](const store::ItemView& item) {
    out += (out.empty() ? "" : ",") + std::string(item.type == ValueType::kNull ? "-" : item.text);
  });
  return type == ValueType::kNull ? "null" : type == ValueType::kArray ? "[" + out + "]" : out;
}

using Fields = std::map<std::string, std::string>;

struct NestedValues : testing::Test {
  // The fields that one row makes.
  Fields read(const std::string& fields) {
    Bytes bytes;
    report_ = parse_change_rows(row(fields), kArrival, 1, bytes);
    EXPECT_EQ(report_.accepted, 1u) << (report_.errors.empty() ? "" : report_.errors[0].message);
    Fields out;
    store::ChangeReader reader(bytes);
    for (store::ChangeView change; reader.next(change);) {
      change.for_each_group([&](std::string_view name) { out[std::string(name) + ".*"] = "replaced"; });
      change.for_each_field([&](const store::FieldView& field) {
        out[std::string(field.name)] = shown(field.type, field.value);
      });
    }
    return out;
  }
  std::string dropped() const { return report_.dropped.counts.json(); }
  static std::string row(const std::string& fields, const std::string& at = "") {
    return R"({"type":"profile","key":"u1","fields":)" + fields + at + "}\n";
  }

  ParsedRows report_;
};

TEST_F(NestedValues, objects_become_fields_with_dotted_names) {
  EXPECT_EQ(read(R"({"email":"a@example.org","address":{"city":"Bonn","geo":{"lat":1.5,"lon":2}}})"),
            (Fields{{"email", "a@example.org"},
                    {"address.city", "Bonn"},
                    {"address.geo.lat", "1.5"},
                    {"address.geo.lon", "2"}}));
  EXPECT_EQ(dropped(), "");
  EXPECT_EQ(read(R"({"a":{}})"), Fields{});
}

TEST_F(NestedValues, arrays_of_objects_stand_side_by_side_with_absent_elements_in_their_places) {
  EXPECT_EQ(read(R"({"items":[{"sku":"a","price":1},{"price":2},{"sku":"c"},null,{"sku":null,"price":5}]})"),
            (Fields{{"items.*", "replaced"}, {"items.sku", "[a,-,c,-,-]"}, {"items.price", "[1,2,-,-,5]"}}));
  EXPECT_EQ(read(R"({"items":[{"dim":{"w":1}},{"dim":{"w":2,"h":3}}]})"),
            (Fields{{"items.*", "replaced"}, {"items.dim.w", "[1,2]"}, {"items.dim.h", "[-,3]"}}));
  EXPECT_EQ(read(R"({"cart":{"items":[{"sku":"a"}],"total":9}})"),
            (Fields{{"cart.items.*", "replaced"}, {"cart.items.sku", "[a]"}, {"cart.total", "9"}}));
  EXPECT_EQ(dropped(), "");
}

TEST_F(NestedValues, no_value_moves_to_another_item_when_one_cannot_be_taken) {
  EXPECT_EQ(read(R"({"items":[{"sku":["x"],"n":1},{"sku":"b","n":2}]})"),
            (Fields{{"items.*", "replaced"}, {"items.sku", "[-,b]"}, {"items.n", "[1,2]"}}));
  EXPECT_EQ(dropped(), R"({"nested_value":1})");
  EXPECT_EQ(read("{\"items\":[{\"sku\":\"\xff\",\"n\":1},{\"sku\":\"b\",\"n\":2}]}"),
            (Fields{{"items.*", "replaced"}, {"items.sku", "[-,b]"}, {"items.n", "[1,2]"}}));
  EXPECT_EQ(dropped(), R"({"bad_utf8":1})");
}

TEST_F(NestedValues, texts_and_objects_in_one_array_keep_their_places) {
  EXPECT_EQ(read(R"({"items":["a",{"sku":"b"}]})"),
            (Fields{{"items.*", "replaced"}, {"items", "[a,-]"}, {"items.sku", "[-,b]"}}));
}

TEST_F(NestedValues, a_literal_field_wins_over_the_nested_one_wherever_it_stands) {
  for (const char* fields : {R"({"address.city":"Rome","address":{"city":"Bonn"}})",
                             R"({"address":{"city":"Bonn"},"address.city":"Rome"})"}) {
    EXPECT_EQ(read(fields), (Fields{{"address.city", "Rome"}}));
    EXPECT_EQ(dropped(), R"({"shadowed_value":1})");
  }
}

TEST_F(NestedValues, what_is_nested_too_deep_costs_that_value) {
  EXPECT_EQ(read(R"({"a":{"b":{"c":{"d":{"e":1,"f":{"g":2}}}}},"x":3})"),
            (Fields{{"a.b.c.d.e", "1"}, {"x", "3"}}));
  EXPECT_EQ(dropped(), R"({"nested_value":1})");
}

TEST_F(NestedValues, names_over_the_limit_cost_their_values) {
  const std::string half(70, 'n');
  EXPECT_EQ(read("{\"" + half + "\":{\"" + half + "\":1,\"b\":2}}"), (Fields{{half + ".b", "2"}}));
  EXPECT_EQ(dropped(), R"({"too_long":1})");
  EXPECT_EQ(read(R"({"a":{"":1,"b":2}})"), (Fields{{"a.b", "2"}}));
  EXPECT_EQ(dropped(), R"({"empty_value":1})");
}

TEST_F(NestedValues, a_hundred_new_names_a_row_and_not_one_more) {
  std::string map = "{\"visits\":{\"p0\":0";
  for (int i = 1; i < 130; ++i) map += ",\"p" + std::to_string(i) + "\":1";
  EXPECT_EQ(read(map + "},\"x\":1}").size(), 101u);
  EXPECT_EQ(dropped(), R"({"too_many_names":30})");
}

TEST_F(NestedValues, what_is_dropped_is_read_all_the_same_so_that_a_row_that_is_no_json_is_bad) {
  for (const char* fields :
       {R"({"a":{"b":{"c":{"d":{"e":{"f":NaN}}}}}})", R"({"a":[[1,Infinity]]})", R"({"a":{"b":01}})",
        R"({"a":[{"b":[tru]}]})", R"({"a":{"b":"\x"}})", R"({"a":[["\x"]]})"}) {
    Bytes bytes;
    const auto report = parse_change_rows(row(fields), kArrival, 1, bytes);
    EXPECT_EQ(report.accepted, 0u) << fields;
    ASSERT_EQ(report.errors.size(), 1u);
    EXPECT_EQ(report.errors[0].code, "bad_json") << fields;
  }
}

TEST_F(NestedValues, very_deep_values_are_refused_without_harm) {
  for (const size_t depth : {100u, 500u, 2000u, 100'000u}) {
    const std::string deep = row("{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"b\":1}");
    Bytes bytes;
    const auto report = parse_change_rows(deep, kArrival, 1, bytes);
    EXPECT_EQ(report.accepted, depth == 100u ? 1u : 0u) << depth;
  }
}

TEST_F(NestedValues, the_key_of_a_bad_row_is_read_if_the_row_is_one_whole_object) {
  const auto key = [](const std::string& line) {
    ChangeRowParser parser;
    Bytes bytes;
    store::ChangeWriter writer(bytes);
    EXPECT_TRUE(parser.parse(line, line.data() + line.size(), kArrival, writer)) << line;
    return std::string(parser.key_of_bad());
  };
  EXPECT_EQ(key(R"({"type":"profile","key":"u1","fields":{"a":NaN}})"), "u1");
  EXPECT_EQ(key(R"({"fields":{"a":NaN},"type":"profile","key":"u1"})"), "u1");
  EXPECT_EQ(key(R"({"type":"profile","key":17,"email":"x"})"), "17");
  EXPECT_EQ(key(R"({"type":"profile","key":"u1","at":"yesterday"})"), "u1");
  EXPECT_EQ(key(R"({"type":"join","key":"u1"})"), "u1");
  EXPECT_EQ(key(R"({"type":"profile","key":"u1","key":"u2"})"), "");
  EXPECT_EQ(key(R"({"type":"profile","key":1.5})"), "");
  EXPECT_EQ(key("{\"type\":\"profile\",\"key\":\"\xff\"}"), "");
  EXPECT_EQ(key(R"({"type":"profile","key":"u1","fields":{"a")"), "");
  EXPECT_EQ(key(R"({"type":"profile","key":"u1"}{"type":"profile","key":"u2"})"), "");
  EXPECT_EQ(key(R"(["u1"])"), "");
  EXPECT_EQ(key(R"({"type":"profile"})"), "");
}

// What the store makes of rows that follow each other.
struct ReplacedValues : store::StoreTest {
  void SetUp() override { open(); }
  void take(const std::string& fields, int second) {
    Bytes bytes;
    const std::string at = ",\"at\":\"2026-01-01T00:00:" + std::to_string(10 + second) + "Z\"";
    EXPECT_EQ(parse_change_rows(NestedValues::row(fields, at), kArrival, 1, bytes).accepted, 1u);
    store_->begin();
    store_->profiles.apply(bytes, kArrival, nullptr);
    EXPECT_TRUE(store_->commit().ok());
  }
  Fields now() {
    Fields out;
    store_->profiles.read({store_->profiles.id_of("u1")}, [&](size_t, const store::Person& person) {
      for (const store::StoredField& field : person.fields)
        if (field.type != ValueType::kNull)
          out[store_->catalog.fields()[field.number].name] = shown(field.type, field.value);
    });
    return out;
  }
};

constexpr const char* kTwoItems = R"({"items":[{"sku":"a","color":"red"},{"sku":"b"}]})";

TEST_F(ReplacedValues, an_object_changes_only_what_it_names) {
  take(R"({"address":{"city":"Bonn","zip":"53111"}})", 1);
  take(R"({"address":{"city":"Rome"}})", 2);
  EXPECT_EQ(now(), (Fields{{"address.city", "Rome"}, {"address.zip", "53111"}}));
  take(R"({"address":{"zip":null}})", 3);
  EXPECT_EQ(now(), (Fields{{"address.city", "Rome"}}));
}

TEST_F(ReplacedValues, a_null_removes_everything_under_its_name) {
  take(R"({"address":{"city":"Bonn","geo":{"lat":1}},"addressee":"x","address_2":{"city":"Oslo"}})", 1);
  take(R"({"address":null})", 2);
  EXPECT_EQ(now(), (Fields{{"addressee", "x"}, {"address_2.city", "Oslo"}}));
}

TEST_F(ReplacedValues, an_array_of_objects_replaces_every_field_of_the_one_before) {
  take(kTwoItems, 1);
  EXPECT_EQ(now(), (Fields{{"items.sku", "[a,b]"}, {"items.color", "[red,-]"}}));
  take(R"({"items":[{"sku":"c","size":"L"}]})", 2);
  EXPECT_EQ(now(), (Fields{{"items.sku", "[c]"}, {"items.size", "[L]"}}));
  take(R"({"items":[]})", 3);
  EXPECT_EQ(now(), (Fields{{"items", "[]"}}));
  take(kTwoItems, 4);
  EXPECT_EQ(now(), (Fields{{"items.sku", "[a,b]"}, {"items.color", "[red,-]"}}));
  take(R"({"items":["x"],"items.sku":"literal"})", 5);
  EXPECT_EQ(now(), (Fields{{"items", "[x]"}, {"items.sku", "literal"}}));
}

TEST_F(ReplacedValues, an_older_row_that_comes_late_brings_nothing_back) {
  take(R"({"items":[{"sku":"c"}]})", 5);
  take(kTwoItems, 2);
  EXPECT_EQ(now(), (Fields{{"items.sku", "[c]"}}));
  take(R"({"items.color":"old"})", 3);
  EXPECT_EQ(now(), (Fields{{"items.sku", "[c]"}}));
  take(R"({"items.color":"new"})", 6);
  EXPECT_EQ(now(), (Fields{{"items.sku", "[c]"}, {"items.color", "new"}}));
}

TEST_F(ReplacedValues, it_is_so_after_the_store_was_opened_again) {
  take(kTwoItems, 1);
  open();
  take(R"({"items":[{"size":"L"}]})", 5);
  open();
  take(R"({"items":{"color":"old"}})", 3);
  EXPECT_EQ(now(), (Fields{{"items.size", "[L]"}}));
}

TEST_F(ReplacedValues, what_is_replaced_is_a_change_and_what_stays_is_none) {
  take(kTwoItems, 1);
  const auto head = store_->profiles.log_head();
  take(kTwoItems, 2);
  EXPECT_EQ(store_->profiles.log_head(), head);
  take(R"({"items":[{"sku":"a"},{"sku":"b"}]})", 3);
  EXPECT_EQ(store_->profiles.log_head(), head + 1);
}

}  // namespace
}  // namespace pinrelay::sources
