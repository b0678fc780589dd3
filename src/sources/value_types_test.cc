#include "sources/value_types.h"

#include <gtest/gtest.h>

#include "sources/row_error.h"

namespace pinrelay::sources {
namespace {

using store::ValueType;

TEST(ValueTypes, gives_a_type_only_where_the_text_reads_back) {
  for (const char* text : {"0", "42", "-7", "9223372036854775807", "-9223372036854775808"})
    EXPECT_EQ(infer_value(text), ValueType::kInt) << text;
  for (const char* text : {"4.5", "-0.25", "19.90", "0.00", "123456789012.345"})
    EXPECT_EQ(infer_value(text), ValueType::kNumber) << text;
  for (const char* text : {"true", "false"}) EXPECT_EQ(infer_value(text), ValueType::kBool) << text;
  for (const char* text :
       {"2026-01-31", "2024-02-29", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456+02:00"})
    EXPECT_EQ(infer_value(text), ValueType::kDate) << text;
  for (const char* text : {"",
                           "02134",
                           "+49123",
                           "1e5",
                           " 7",
                           "7 ",
                           "-0",
                           "-0.0",
                           "-",
                           "00",
                           "1.",
                           ".5",
                           "1.5.2",
                           "0x10",
                           "TRUE",
                           "True",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "12345678901234567890123",
                           "1234567890123.4567",
                           "1,5",
                           "2026-02-29",
                           "2026-1-31",
                           "2026-01-31 12:00:00Z",
                           "2026-01-31T12:00:00",
                           "2016-12-31T23:59:60Z",
                           "NaN"})
    EXPECT_EQ(infer_value(text), ValueType::kString) << text;
}

TEST(ValueTypes, takes_json_numbers_as_written) {
  EXPECT_EQ(json_number_type("12"), ValueType::kInt);
  EXPECT_EQ(json_number_type("-0"), ValueType::kNumber);
  EXPECT_EQ(json_number_type("1E+2"), ValueType::kNumber);
  EXPECT_EQ(json_number_type("99999999999999999999"), ValueType::kNumber);
  for (const char* text : {"", "-", "01", "1.", "1e", "1e+", "+1", "1x", "0x1", "1 2"})
    EXPECT_EQ(json_number_type(text), ValueType::kNull) << text;
}

TEST(ValueTypes, finds_where_utf8_ends) {
  EXPECT_EQ(utf8_prefix("añ😀"), 7u);
  EXPECT_EQ(utf8_prefix("ab\xff"), 2u);
  EXPECT_EQ(utf8_prefix("a\xc3"), 1u);
}

TEST(RowErrors, shows_a_name_harmlessly) {
  EXPECT_EQ(shown_name("a\nb"), "'a?b'");
  EXPECT_EQ(shown_name(std::string(100, 'x')), "'" + std::string(64, 'x') + "…'");
  EXPECT_EQ(shown_name(std::string(63, 'x') + "ö"), "'" + std::string(63, 'x') + "…'");
}

}  // namespace
}  // namespace pinrelay::sources
