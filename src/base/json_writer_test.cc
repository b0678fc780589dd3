#include "base/json_writer.h"

#include <gtest/gtest.h>

namespace pinrelay {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonWriter, sets_commas_and_colons) {
  std::string out = "before ";
  JsonWriter json(out);
  json.begin_object().field("a", 1).field("b", "x").key("c").begin_array();
  json.value(true).value(false).null().begin_object().end_object().begin_array().end_array().end_array();
  json.key("d").raw("[1]").field("e", -1.5).field("f", UINT64_MAX).end_object();
  EXPECT_EQ(
      out, R"(before {"a":1,"b":"x","c":[true,false,null,{},[]],"d":[1],"e":-1.5,"f":18446744073709551615})");
}

TEST(JsonWriter, escapes_what_json_demands) {
  EXPECT_EQ(quoted("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(quoted("\n\t\r\x01\x1f\x7f"), R"("\n\u0009\u000d\u0001\u001f\u007f")");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(quoted("é用😀"), "\"é用😀\"");
}

TEST(JsonWriter, replaces_bytes_that_are_not_utf8) {
  EXPECT_EQ(quoted("a\xff"), "\"a\ufffd\"");
  EXPECT_EQ(quoted("\xc3"), "\"\ufffd\"");
  EXPECT_EQ(quoted("\xc0\x80"), "\"\ufffd\ufffd\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\ufffd\ufffd\ufffd\"");
  EXPECT_EQ(quoted("\xf4\x90\x80\x80"), "\"\ufffd\ufffd\ufffd\ufffd\"");
}

TEST(JsonWriter, gives_a_string_view_and_a_string_the_same_text) {
  std::string out;
  JsonWriter json(out);
  const std::string text = "x";
  json.begin_array().value(text).value(std::string_view(text)).value(text.c_str()).end_array();
  EXPECT_EQ(out, R"(["x","x","x"])");
}

}  // namespace
}  // namespace pinrelay
