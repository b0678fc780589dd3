#include "admin/shapes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

Result<std::string> read(std::string_view text, std::string_view given = "{}") {
  const ShapeFile files[] = {{"a.shapes", text}};
  return schemas_of(files, given);
}

Json schema_of(std::string_view type) {
  const auto schemas = read("A = " + std::string(type), R"({"B": {"type": "string", "enum": ["x"]}})");
  EXPECT_TRUE(schemas.ok()) << schemas.error().text();
  return schemas.ok() ? Json::parse(*schemas)["A"] : Json();
}

std::string where_wrong(std::string_view text) {
  const auto schemas = read(text);
  EXPECT_FALSE(schemas.ok()) << text;
  return schemas.ok() ? "" : schemas.error().where + ": " + schemas.error().message;
}

TEST(Shapes, each_type_is_a_schema) {
  const std::pair<std::string_view, std::string_view> kTypes[] = {
      {"string", R"({"type":"string"})"},
      {"time", R"({"type":"string","format":"date-time"})"},
      {"unknown", "{}"},
      {"integer[]", R"({"type":"array","items":{"type":"integer"}})"},
      {"string | null", R"({"type":["string","null"]})"},
      {"(integer | null)[]", R"({"type":"array","items":{"type":["integer","null"]}})"},
      {R"("a" | "b")", R"({"type":"string","enum":["a","b"]})"},
      {R"("a" | null)", R"({"anyOf":[{"type":"string","enum":["a"]},{"type":"null"}]})"},
      {"B", R"({"$ref":"#/components/schemas/B"})"},
      {R"(B | "y")", R"({"anyOf":[{"$ref":"#/components/schemas/B"},{"type":"string","enum":["y"]}]})"},
      {"B | null", R"({"anyOf":[{"$ref":"#/components/schemas/B"},{"type":"null"}]})"},
      {"map<integer>", R"({"type":"object","additionalProperties":{"type":"integer"}})"},
  };
  for (const auto& [type, schema] : kTypes) EXPECT_EQ(schema_of(type), Json::parse(schema)) << type;
}

TEST(Shapes, an_object_has_the_keys_that_are_written_and_no_others) {
  EXPECT_EQ(schema_of("{ a: string, b?: { c: integer } }"), Json::parse(R"({
    "type": "object", "required": ["a"],
    "properties": {"a": {"type": "string"},
                   "b": {"type": "object", "required": ["c"], "properties": {"c": {"type": "integer"}},
                         "additionalProperties": false}},
    "additionalProperties": false})"));
}

TEST(Shapes, a_spread_shape_gives_its_keys_in_its_place) {
  const auto schemas = read("A { a: string, b?: string }\nB { z: string, ...A }\n");
  ASSERT_TRUE(schemas.ok()) << schemas.error().text();
  const Json schema = Json::parse(*schemas)["B"];
  EXPECT_EQ(schema["required"], Json::parse(R"(["z", "a"])"));
  std::string keys;
  for (const auto& [key, value] : schema["properties"].items()) keys += key;
  EXPECT_EQ(keys, "zab");
}

TEST(Shapes, a_comment_describes_what_it_stands_beside_or_above) {
  const auto schemas = read(R"(
// The whole
// of it.
A {
  a: string   // behind
  // above
  b: string
  c: string
})");
  ASSERT_TRUE(schemas.ok()) << schemas.error().text();
  const Json schema = Json::parse(*schemas)["A"];
  EXPECT_EQ(schema["description"], "The whole of it.");
  EXPECT_EQ(schema["properties"]["a"]["description"], "behind");
  EXPECT_EQ(schema["properties"]["b"]["description"], "above");
  EXPECT_FALSE(schema["properties"]["c"].contains("description"));
}

TEST(Shapes, a_mistake_is_named_with_its_place) {
  const std::pair<std::string_view, std::string_view> kMistakes[] = {
      {"A {\n  a: strin\n}", "a.shapes:2: there is no shape strin"},
      {"A {\n  a string\n}", "a.shapes:2: ':' is missing before 'string'"},
      {"A {\n  a: string\n  a: string\n}", "a.shapes:3: there are two keys a"},
      {"A {}\n\nA {}", "a.shapes:3: there are two shapes A"},
      {"A {\n  ...B\n}\nB {}", "a.shapes:2: no object B stands before"},
      {"A = \"open\nB = string", "a.shapes:1: a text has no end"},
      {"A {\n  a: string;\n}", "a.shapes:2: ';' means nothing here"},
      {"A {\n  a: string\n", "a.shapes:3: a name is missing before ''"},
      {"A = map<string", "a.shapes:1: '>' is missing before ''"},
      {"A = string[", "a.shapes:1: ']' is missing before ''"},
      {"= string", "a.shapes:1: a name is missing before '='"},
  };
  for (const auto& [text, where] : kMistakes) EXPECT_EQ(where_wrong(text), where);
}

}  // namespace
}  // namespace pinrelay::admin
