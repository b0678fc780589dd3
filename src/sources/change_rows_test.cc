#include "sources/change_rows.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace pinrelay::sources {
namespace {

using store::ChangeType;
using store::ValueType;

const Time kArrival = from_millis(1'800'000'000'000);  // 2027-01-15T08:00:00Z

struct Parsed {
  ParsedRows report;
  Bytes bytes;

  std::vector<store::ChangeView> changes() const {
    std::vector<store::ChangeView> all;
    store::ChangeReader reader(bytes);
    for (store::ChangeView view; reader.next(view);) all.push_back(view);
    EXPECT_TRUE(reader.ok());
    return all;
  }
};

Parsed parse(std::string_view text, uint64_t first_line = 1) {
  Parsed parsed;
  parsed.report = parse_change_rows(text, kArrival, first_line, parsed.bytes);
  return parsed;
}

// The fields of the one row that `fields` makes, as "type:text", arrays as "[type:text,…]".
std::map<std::string, std::string> fields_of(std::string_view fields) {
  const Parsed parsed = parse(R"({"type":"profile","key":"u1","fields":)" + std::string(fields) + "}");
  EXPECT_EQ(parsed.report.accepted, 1u)
      << (parsed.report.errors.empty() ? "" : parsed.report.errors[0].message);
  constexpr const char* kTypes[] = {"null", "string", "int", "number", "bool", "date", "array"};
  std::map<std::string, std::string> out;
  for (const auto& change : parsed.changes())
    change.for_each_field([&](const store::FieldView& field) {
      std::string shown;
      store::for_each_item(field.type, field.value, [&](const store::ItemView& item) {
        shown += shown.empty() ? "" : ",";
        shown += std::string(kTypes[static_cast<size_t>(item.type)]) + ":" + std::string(item.text);
      });
      if (field.type == ValueType::kArray) shown = "[" + shown + "]";
      out[std::string(field.name)] = field.type == ValueType::kNull ? "null" : shown;
    });
  return out;
}

// The only error of a single row; its code stays "" when the row was accepted.
RowError error_of(std::string_view row) {
  const Parsed parsed = parse(row);
  EXPECT_EQ(parsed.report.rows, 1u);
  EXPECT_TRUE(parsed.report.accepted == 1 || parsed.bytes.empty());
  return parsed.report.errors.empty() ? RowError{} : parsed.report.errors[0];
}

std::string code_of(std::string_view row) { return error_of(row).code; }

// What was left out of the row, which was taken: "code name" each.
std::vector<std::string> dropped_of(std::string_view row) {
  const Parsed parsed = parse(row);
  EXPECT_EQ(parsed.report.accepted, 1u)
      << (parsed.report.errors.empty() ? "" : parsed.report.errors[0].message);
  std::vector<std::string> out;
  for (const RowError& value : parsed.report.dropped.listed) {
    EXPECT_EQ(value.line, 1u);
    EXPECT_FALSE(value.fix.empty());
    const size_t name = value.message.find('\'');
    out.push_back(value.code +
                  (name == std::string::npos
                       ? ""
                       : " " + value.message.substr(name + 1, value.message.rfind('\'') - name - 1)));
  }
  EXPECT_EQ(parsed.report.dropped.counts.total(), out.size());
  return out;
}
using Dropped = std::vector<std::string>;

std::string profile(std::string_view fields) {
  return R"({"type":"profile","key":"u1","fields":)" + std::string(fields) + "}";
}

TEST(ChangeRows, reads_the_four_types_of_row) {
  const Parsed parsed = parse(
      R"({"type":"profile","key":"u1","fields":{"email":"a@example.org"},"at":"2026-01-01T00:00:00Z","id":"r1"})"
      "\n"
      R"({"type":"enter","key":"u1","audience":"Readers"})"
      "\n"
      R"({"type":"exit","key":"u2","audience":"Readers"})"
      "\n"
      R"({"type":"delete","key":"u3"})");
  ASSERT_EQ(parsed.report.accepted, 4u);
  const auto changes = parsed.changes();
  EXPECT_EQ(changes[0].type, ChangeType::kProfile);
  EXPECT_EQ(changes[0].key, "u1");
  EXPECT_EQ(changes[0].row_id, "r1");
  EXPECT_EQ(changes[0].at, to_millis(parse_rfc3339("2026-01-01T00:00:00Z").value()));
  EXPECT_EQ(changes[1].type, ChangeType::kEnter);
  EXPECT_EQ(changes[1].audience, "Readers");
  EXPECT_EQ(changes[1].at, to_millis(kArrival));
  EXPECT_EQ(changes[2].type, ChangeType::kExit);
  EXPECT_EQ(changes[3].type, ChangeType::kDelete);
  EXPECT_EQ(changes[3].key, "u3");
}

TEST(ChangeRows, takes_members_in_any_order) {
  const Parsed parsed =
      parse(R"({"fields":{"a":1},"id":"r","at":"2026-01-01T00:00:00Z","key":"k","type":"profile"})");
  ASSERT_EQ(parsed.report.accepted, 1u);
  EXPECT_EQ(parsed.changes()[0].key, "k");
  EXPECT_FALSE(parsed.changes()[0].fields.empty());
}

TEST(ChangeRows, gives_each_value_its_type_and_keeps_its_text) {
  const auto fields = fields_of(
      R"({"s":"x","zip":"02134","i":42,"n":4.50,"e":1e5,"neg":-0,"big":123456789012345678901234567890,)"
      R"("yes":true,"no":false,"day":"2026-02-28","time":"2026-02-28T10:00:00.5+02:00","noday":"2026-02-30",)"
      R"("gone":null,"many":["+491","2026-01-01",7,1.0,true],"none":[]})");
  EXPECT_EQ(fields.at("s"), "string:x");
  EXPECT_EQ(fields.at("zip"), "string:02134");
  EXPECT_EQ(fields.at("i"), "int:42");
  EXPECT_EQ(fields.at("n"), "number:4.50");
  EXPECT_EQ(fields.at("e"), "number:1e5");
  EXPECT_EQ(fields.at("neg"), "number:-0");
  EXPECT_EQ(fields.at("big"), "number:123456789012345678901234567890");
  EXPECT_EQ(fields.at("yes"), "bool:true");
  EXPECT_EQ(fields.at("no"), "bool:false");
  EXPECT_EQ(fields.at("day"), "date:2026-02-28");
  EXPECT_EQ(fields.at("time"), "date:2026-02-28T10:00:00.5+02:00");
  EXPECT_EQ(fields.at("noday"), "string:2026-02-30");
  EXPECT_EQ(fields.at("gone"), "null");
  EXPECT_EQ(fields.at("many"), "[string:+491,date:2026-01-01,int:7,number:1.0,bool:true]");
  EXPECT_EQ(fields.at("none"), "[]");
}

TEST(ChangeRows, reads_escapes_in_names_and_values) {
  const auto fields =
      fields_of(R"({ "st\u00e4dt" : "K\u00f6ln \"am\" Rhein\n\ud83d\ude00" , "back\\" : "\\" })");
  EXPECT_EQ(fields.at("städt"), "string:Köln \"am\" Rhein\n😀");
  EXPECT_EQ(fields.at("back\\"), "string:\\");
  EXPECT_EQ(parse(R"({"\u0074ype":"delete","key":"u"})").report.accepted, 1u);
}

TEST(ChangeRows, a_bad_row_never_stops_the_next_one) {
  const char* bad[] = {
      "{",    "}",  "nonsense",         "[1,2]",      "\"text\"",        "{\"type\":\"delete\",\"key\":\"u",
      "null", "\\", "{\"a\":[[[[{}]]]", "\xff\xfe{}", "{\"type\": tru}", "{}{}"};
  const std::string good = R"({"type":"delete","key":"u1"})";
  for (const std::string row : bad) {
    const Parsed parsed = parse(good + "\n" + row + "\n" + good + "\n");
    EXPECT_EQ(parsed.report.rows, 3u) << row;
    EXPECT_EQ(parsed.report.accepted, 2u) << row;
    ASSERT_EQ(parsed.report.errors.size(), 1u) << row;
    EXPECT_EQ(parsed.report.errors[0].line, 2u) << row;
    EXPECT_EQ(parsed.changes().size(), 2u) << row;
  }
}

TEST(ChangeRows, skips_blank_lines_and_counts_them) {
  const std::string row = R"({"type":"delete","key":"u1"})";
  const Parsed parsed = parse("\xef\xbb\xbf" + row + "\r\n\r\n  \n" + row + " \r\n\nx");
  EXPECT_EQ(parsed.report.rows, 3u);
  EXPECT_EQ(parsed.report.accepted, 2u);
  ASSERT_EQ(parsed.report.errors.size(), 1u);
  EXPECT_EQ(parsed.report.errors[0].line, 6u);
  EXPECT_EQ(parse("").report.rows, 0u);
  EXPECT_EQ(parse("\n\n").report.rows, 0u);
}

TEST(ChangeRows, numbers_lines_from_the_given_one) {
  EXPECT_EQ(parse("\nx\n", 1000).report.errors[0].line, 1001u);
}

TEST(ChangeRows, suggests_the_member_that_was_meant) {
  const RowError slip = error_of(R"({"type":"enter","key":"u1","audiance":"Readers"})");
  EXPECT_EQ(slip.code, "unknown_member");
  EXPECT_EQ(slip.column, 28u);
  EXPECT_EQ(slip.fix, "did you mean 'audience'?");
  EXPECT_EQ(error_of(R"({"type":"delete","key":"u1","email":"a@example.org"})").fix,
            "put attributes of the person into 'fields'");
}

TEST(ChangeRows, asks_for_exactly_the_members_of_the_type) {
  EXPECT_EQ(code_of(R"({"key":"u1"})"), "missing_member");
  EXPECT_EQ(code_of(R"({"type":"delete"})"), "missing_member");
  EXPECT_EQ(code_of(R"({"type":"enter","key":"u1"})"), "missing_member");
  EXPECT_EQ(code_of(R"({"type":"profile","key":"u1"})"), "");
  EXPECT_EQ(code_of(R"({"type":"delete","key":"u1","audience":"A"})"), "unexpected_member");
  EXPECT_EQ(code_of(R"({"type":"enter","key":"u1","audience":"A","fields":{}})"), "unexpected_member");
  EXPECT_EQ(code_of(R"({"type":"profile","key":"u1","audience":"A","fields":{}})"), "unexpected_member");
  EXPECT_EQ(code_of(R"({"type":"join","key":"u1"})"), "unknown_type");
  EXPECT_EQ(code_of(profile("{}")), "");
}

TEST(ChangeRows, takes_a_whole_number_as_a_key_as_it_is_written) {
  for (const std::string key : {"12345", "9007199254740993", "-7", "123456789012345678901234567890"}) {
    const Parsed parsed = parse("{\"type\":\"delete\",\"key\":" + key + "}");
    ASSERT_EQ(parsed.report.accepted, 1u) << key;
    EXPECT_EQ(parsed.changes()[0].key, key);
  }
  for (const std::string key : {"1.0", "1e5", "12345678.5", "1E2"}) {
    const RowError error = error_of("{\"type\":\"delete\",\"key\":" + key + "}");
    EXPECT_EQ(error.code, "wrong_type") << key;
    EXPECT_EQ(error.column, 18u);
    EXPECT_EQ(error.fix, "put the number in quotes");
  }
}

TEST(ChangeRows, refuses_members_of_types_that_cannot_stand_there) {
  EXPECT_EQ(code_of(R"({"type":"delete","key":null})"), "wrong_type");
  EXPECT_EQ(code_of(R"({"type":"delete","key":["u"]})"), "wrong_type");
  EXPECT_EQ(code_of(R"({"type":"delete","key":{"a":1}})"), "wrong_type");
  EXPECT_EQ(code_of(R"({"type":"delete","key":"u","at":1767225600})"), "wrong_type");
}

TEST(ChangeRows, fields_that_are_no_object_cost_themselves_only) {
  for (const char* fields : {"[]", "\"x\"", "null", "17"})
    EXPECT_EQ(dropped_of(profile(fields)), (Dropped{"wrong_type fields"})) << fields;
}

TEST(ChangeRows, a_null_in_an_array_keeps_its_place) {
  const auto places = [](const store::FieldView& field) {
    std::string out;
    store::for_each_place(field.type, field.value, [&](const store::ItemView& item) {
      out += item.type == ValueType::kNull ? "-," : std::string(item.text) + ",";
    });
    return out;
  };
  const Parsed parsed = parse(profile(R"({"skus":["a",null,"c"]})"));
  ASSERT_EQ(parsed.report.accepted, 1u);
  parsed.changes()[0].for_each_field(
      [&](const store::FieldView& field) { EXPECT_EQ(places(field), "a,-,c,"); });
  EXPECT_EQ(fields_of(R"({"skus":["a",null,"c"]})").at("skus"), "[string:a,string:c]");
}

TEST(ChangeRows, an_array_within_an_array_costs_its_place) {
  EXPECT_EQ(dropped_of(profile(R"({"tags":["a","b",["c"]]})")), (Dropped{"nested_value tags"}));
  EXPECT_EQ(fields_of(R"({"tags":["a",["c"],"b"]})").at("tags"), "[string:a,string:b]");
}

TEST(ChangeRows, refuses_duplicate_members) {
  EXPECT_EQ(code_of(R"({"type":"delete","key":"a","key":"b"})"), "duplicate_member");
  EXPECT_EQ(code_of(R"({"type":"profile","key":"a","fields":{},"fields":{}})"), "duplicate_member");
}

TEST(ChangeRows, of_a_field_that_stands_twice_the_last_is_taken) {
  EXPECT_EQ(dropped_of(profile(R"({"a":1,"b":2,"\u0061":3})")), (Dropped{"duplicate_member a"}));
  EXPECT_EQ(fields_of(R"({"a":1,"b":2,"\u0061":3})").at("a"), "int:3");
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"f" + std::to_string(i) + "\":1,";
  EXPECT_EQ(dropped_of(profile(many + "\"g\":1}")), Dropped{});
  EXPECT_EQ(fields_of(many + "\"f7\":2}").at("f7"), "int:2");
}

TEST(ChangeRows, keeps_to_the_limits_of_a_change) {
  const auto text = [](size_t size) { return "\"" + std::string(size, 'x') + "\""; };
  EXPECT_EQ(code_of("{\"type\":\"delete\",\"key\":" + text(store::kKeyBytesMax) + "}"), "");
  EXPECT_EQ(code_of("{\"type\":\"delete\",\"key\":" + text(store::kKeyBytesMax + 1) + "}"), "too_long");
  EXPECT_EQ(dropped_of("{\"type\":\"delete\",\"key\":\"u\",\"id\":" + text(store::kNameBytesMax + 1) + "}"),
            (Dropped{"too_long id"}));
  EXPECT_EQ(code_of("{\"type\":\"enter\",\"key\":\"u\",\"audience\":" + text(store::kNameBytesMax + 1) + "}"),
            "too_long");
  EXPECT_EQ(dropped_of(profile("{" + text(store::kNameBytesMax) + ":1}")), Dropped{});
  EXPECT_EQ(dropped_of(profile("{" + text(store::kNameBytesMax + 1) + ":1}")).size(), 1u);
  EXPECT_EQ(dropped_of(profile("{\"a\":" + text(store::kValueBytesMax) + "}")), Dropped{});
  EXPECT_EQ(dropped_of(profile("{\"a\":" + text(store::kValueBytesMax + 1) + "}")), (Dropped{"too_long a"}));
  const std::string half = text(store::kValueBytesMax / 2);
  EXPECT_EQ(dropped_of(profile("{\"a\":[" + half + "]}")), Dropped{});
  EXPECT_EQ(dropped_of(profile("{\"a\":[" + half + "," + half + "],\"b\":1}")), (Dropped{"too_long a"}));
}

TEST(ChangeRows, takes_a_thousand_fields_and_not_one_more) {
  std::string fields = "{\"f0\":0";
  for (size_t i = 1; i < store::kFieldsMax; ++i) fields += ",\"f" + std::to_string(i) + "\":0";
  EXPECT_EQ(dropped_of(profile(fields + "}")), Dropped{});
  EXPECT_EQ(dropped_of(profile(fields + ",\"more\":0}")), (Dropped{"too_many_fields more"}));
}

TEST(ChangeRows, refuses_a_row_larger_than_a_mebibyte) {
  const std::string row = R"({"type":"delete","key":"u1"})";
  const std::string spaces(kRowBytesMax - row.size(), ' ');
  EXPECT_EQ(code_of("{" + spaces + row.substr(1)), "");
  EXPECT_EQ(code_of("{ " + spaces + row.substr(1)), "row_too_large");
}

TEST(ChangeRows, refuses_empty_names_and_keys) {
  EXPECT_EQ(code_of(R"({"type":"delete","key":""})"), "empty_value");
  EXPECT_EQ(code_of(R"({"type":"enter","key":"u","audience":""})"), "empty_value");
  EXPECT_EQ(dropped_of(R"({"type":"delete","key":"u","id":""})"), (Dropped{"empty_value id"}));
  EXPECT_EQ(dropped_of(profile(R"({"":1})")), (Dropped{"empty_value"}));
}

TEST(ChangeRows, takes_at_up_to_five_minutes_ahead) {
  const auto row = [](Time at) {
    return R"({"type":"delete","key":"u","at":")" + format_rfc3339(at) + "\"}";
  };
  EXPECT_EQ(code_of(row(kArrival + kFutureMax)), "");
  EXPECT_EQ(code_of(row(kArrival + kFutureMax + Millis{1})), "at_in_future");
  EXPECT_EQ(code_of(R"({"type":"delete","key":"u","at":"yesterday"})"), "bad_time");
  EXPECT_EQ(code_of(R"({"type":"delete","key":"u","at":"2026-01-01"})"), "bad_time");
  EXPECT_EQ(code_of(R"({"type":"delete","key":"u","at":""})"), "bad_time");
}

TEST(ChangeRows, refuses_what_is_not_a_character) {
  const RowError raw = error_of("{\"type\":\"delete\",\"key\":\"\xc3\x28\"}");
  EXPECT_EQ(raw.code, "bad_utf8");
  EXPECT_EQ(raw.column, 25u);
  EXPECT_EQ(code_of(R"({"type":"delete","key":"\ud800"})"), "bad_utf8");
  EXPECT_EQ(code_of(R"({"type":"delete","key":"\udc00x\""})"), "bad_utf8");
  EXPECT_EQ(dropped_of(profile(R"({"\udfff":1})")).size(), 1u);
  EXPECT_EQ(dropped_of(profile(R"({"a":"\ud800","b":1})")), (Dropped{"bad_utf8 a"}));
  EXPECT_EQ(dropped_of(profile("{\"a\":\"Ren\xe9\",\"b\":\"ok\"}")), (Dropped{"bad_utf8 a"}));
  EXPECT_EQ(fields_of("{\"a\":\"Ren\xe9\",\"b\":\"Ren\xc3\xa9\",\"c\":[\"x\",\"\xff\",\"y\"]}"),
            (std::map<std::string, std::string>{{"b", "string:Ren\xc3\xa9"}, {"c", "[string:x,string:y]"}}));
}

TEST(ChangeRows, refuses_json_that_is_only_nearly_right) {
  for (const char* fields :
       {R"({"a":01})",     R"({"a":1.})",  R"({"a":.5})",    R"({"a":+1})",      R"({"a":1 2})",
        R"({"a":1x})",     R"({"a":NaN})", R"({"a":truex})", R"({"a":nul})",     R"({"a":"x":1})",
        R"({"a":"x""y"})", R"({"a" 1})",   R"({"a":1,})",    R"({a:1})",         R"({"a":'x'})",
        R"({"a":[1,]})",   R"({"a":[1})",  R"({"a":"\x"})",  "{\"a\":\"x\ty\"}", R"({"a":1]})",
        R"({,"a":1})",     R"({"a":})",    R"({"a":[1 2]})"})
    EXPECT_NE(code_of(profile(fields)), "") << fields;
}

TEST(ChangeRows, never_repeats_a_value_in_an_error) {
  const char* rows[] = {R"({"type":"SECRET","key":"u1"})", R"({"type":"delete","key":"u1","at":"SECRET"})",
                        R"({"type":"delete","key":"u1","fields":{"a":"SECRET"}})",
                        R"({"type":"profile","key":"u1","fields":{"a":{"b":"SECRET","c":NaN}}})",
                        R"({"type":"profile","key":"SECRET","fields":{"a":)"};
  for (const char* row : rows) {
    const RowError error = error_of(row);
    EXPECT_FALSE(error.code.empty());
    EXPECT_EQ((error.message + error.fix).find("SECRET"), std::string::npos) << row;
  }
}

TEST(ChangeRows, keeps_the_first_hundred_errors_and_counts_all) {
  std::string rows;
  for (int i = 0; i < 250; ++i) rows += "bad\n";
  const Parsed parsed = parse(rows);
  EXPECT_EQ(parsed.report.errors.size(), ParsedRows::kErrorsKeptMax);
  EXPECT_EQ(parsed.report.errors_total, 250u);
  EXPECT_EQ(parsed.report.rows, 250u);
}

TEST(ChangeRows, every_error_has_a_documented_code_and_a_fix) {
  const std::string row =
      R"({"type":"profile","key":"u1","fields":{"a":[1,"x"],"b":null},"at":"2026-01-01T00:00:00Z"})";
  SeededRandom random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string mutated = row;
    for (uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const size_t at = random.below(mutated.size());
      if (random.chance(50))
        mutated[at] = "{}[]\",:0 x"[random.below(10)];
      else
        mutated.erase(at, 1 + random.below(4));
      if (mutated.empty()) mutated = "x";
    }
    const Parsed parsed = parse(mutated);
    for (const RowError& error : parsed.report.errors) {
      const bool known = std::any_of(kRowErrorCodes.begin(), kRowErrorCodes.end(),
                                     [&](const RowErrorCode& entry) { return entry.code == error.code; });
      EXPECT_TRUE(known && !error.message.empty() && !error.fix.empty()) << error.code;
      EXPECT_LE(error.column, mutated.size() + 1);
    }
  }
}

}  // namespace
}  // namespace pinrelay::sources
