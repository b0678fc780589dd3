#include "admin/shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/json_text.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSigns = "{}<>[]()|=:?,";
constexpr std::string_view kSpread = "...";

// A line of a file.
struct Place {
  std::string_view file;
  int line = 1;
};

struct Token {
  enum class Kind { kWord, kText, kSign, kComment, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;  // without quotes or slashes
  Place place;

  bool is_sign(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
};

bool is_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

Error wrong(const Place& place, std::string message) {
  return {ErrorKind::kInvalid, "bad_shape", std::move(message), fmt::format("{}:{}", place.file, place.line),
          "see src/admin/shapes.h"};
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// The token that `text` begins with, which is not empty.
Result<Token> read_token(std::string_view text, const Place& place) {
  const auto until_line_end = std::min(text.find('\n'), text.size());
  if (text.starts_with("//")) return Token{Token::Kind::kComment, text.substr(2, until_line_end - 2), place};
  if (text.starts_with(kSpread)) return Token{Token::Kind::kSign, text.substr(0, kSpread.size()), place};
  if (kSigns.find(text[0]) != std::string_view::npos)
    return Token{Token::Kind::kSign, text.substr(0, 1), place};
  if (text[0] == '"') {
    const size_t end = text.find('"', 1);
    if (end >= until_line_end) return wrong(place, "a text has no end");
    return Token{Token::Kind::kText, text.substr(1, end - 1), place};
  }
  const auto end = std::ranges::find_if_not(text, is_word);
  const auto size = static_cast<size_t>(end - text.begin());
  if (size == 0) return wrong(place, fmt::format("'{}' means nothing here", text[0]));
  return Token{Token::Kind::kWord, text.substr(0, size), place};
}

// Gives the place at which the file ends.
Result<Place> read_tokens(const ShapeFile& file, std::vector<Token>& tokens) {
  std::string_view text = file.text;
  Place place{file.name};
  while (!text.empty()) {
    if (text[0] == ' ' || text[0] == '\n') {
      place.line += text[0] == '\n';
      text.remove_prefix(1);
      continue;
    }
    const Token token = TRY(read_token(text, place));
    tokens.push_back(token);
    text.remove_prefix(static_cast<size_t>(token.text.data() + token.text.size() - text.data()));
    if (token.kind == Token::Kind::kText) text.remove_prefix(1);
  }
  return place;
}

Json basic(std::string_view name) {
  if (name == "time") return {{"type", "string"}, {"format", "date-time"}};
  for (const std::string_view type : {"string", "integer", "number", "boolean", "null", "object"})
    if (name == type) return {{"type", type}};
  return nullptr;
}

class Reader {
 public:
  Reader(std::vector<Token> tokens, Json schemas)
      : tokens_(std::move(tokens)), schemas_(std::move(schemas)) {}

  Result<Json> read() {
    std::string comment = comments();
    for (; next().kind != Token::Kind::kEnd; comment = comments()) TRY(read_shape(comment));
    for (const Token& name : references_)
      if (!schemas_.contains(std::string(name.text)))
        return wrong(name.place, fmt::format("there is no shape {}", name.text));
    return std::move(schemas_);
  }

 private:
  const Token& next() const { return tokens_[place_]; }
  const Token& take() { return tokens_[place_++]; }

  bool take_sign(std::string_view sign) {
    if (!next().is_sign(sign)) return false;
    ++place_;
    return true;
  }
  Result<void> need_sign(std::string_view sign) {
    if (take_sign(sign)) return {};
    return wrong(next().place, fmt::format("'{}' is missing before '{}'", sign, next().text));
  }
  Result<Token> need_word() {
    if (next().kind == Token::Kind::kWord) return take();
    return wrong(next().place, fmt::format("a name is missing before '{}'", next().text));
  }

  std::string comments() {
    std::string text;
    while (next().kind == Token::Kind::kComment)
      text += (text.empty() ? "" : " ") + std::string(trimmed(take().text));
    return text;
  }
  // A comment behind what was read last, on its line.
  std::string comment_behind() {
    const Place &before = tokens_[place_ - 1].place, &here = next().place;
    const bool behind =
        next().kind == Token::Kind::kComment && before.file == here.file && before.line == here.line;
    return behind ? std::string(trimmed(take().text)) : "";
  }

  Result<void> read_shape(const std::string& comment) {
    const Token name = TRY(need_word());
    Json schema = next().is_sign("{") ? TRY(read_object()) : TRY(read_alias());
    const std::string behind = comment.empty() ? comment_behind() : comment;
    if (!behind.empty()) schema["description"] = behind;
    if (schemas_.contains(std::string(name.text)))
      return wrong(name.place, fmt::format("there are two shapes {}", name.text));
    schemas_[std::string(name.text)] = std::move(schema);
    return {};
  }

  Result<Json> read_alias() {
    TRY(need_sign("="));
    return read_type();
  }

  Result<Json> read_object() {
    TRY(need_sign("{"));
    Json object = {{"type", "object"},
                   {"required", Json::array()},
                   {"properties", Json::object()},
                   {"additionalProperties", false}};
    for (std::string comment = comments(); !take_sign("}"); comment = comments()) {
      TRY(take_sign(kSpread) ? spread(object) : read_field(comment, object));
      take_sign(",");
    }
    if (object["required"].empty()) object.erase("required");
    return object;
  }

  Result<void> spread(Json& object) {
    const Token name = TRY(need_word());
    const auto found = schemas_.find(std::string(name.text));
    if (found == schemas_.end() || !found->contains("properties"))
      return wrong(name.place, fmt::format("no object {} stands before", name.text));
    object["properties"].update((*found)["properties"]);
    for (const Json& key : found->value("required", Json::array())) object["required"].push_back(key);
    return {};
  }

  Result<void> read_field(const std::string& comment, Json& object) {
    const Token name = TRY(need_word());
    const bool optional = take_sign("?");
    TRY(need_sign(":"));
    Json schema = TRY(read_type());
    take_sign(",");
    const std::string behind = comment.empty() ? comment_behind() : comment;
    if (!behind.empty()) schema["description"] = behind;
    const std::string key(name.text);
    if (object["properties"].contains(key))
      return wrong(name.place, fmt::format("there are two keys {}", key));
    object["properties"][key] = std::move(schema);
    if (!optional) object["required"].push_back(key);
    return {};
  }

  // Everything between bars: texts become one enumeration, and a type that may be null stays one type.
  Result<Json> read_type() {
    Json texts = Json::array(), types = Json::array();
    bool null = false;
    do {
      if (next().kind == Token::Kind::kText) {
        texts.push_back(take().text);
      } else if (Json type = TRY(read_part()); type == basic("null")) {
        null = true;
      } else {
        types.push_back(std::move(type));
      }
    } while (take_sign("|"));
    if (!texts.empty()) types.push_back({{"type", "string"}, {"enum", std::move(texts)}});
    return null ? or_null(std::move(types)) : any_of(std::move(types));
  }

  static Json any_of(Json types) {
    if (types.size() == 1) return types[0];
    return {{"anyOf", std::move(types)}};
  }

  static Json or_null(Json types) {
    const bool simple = types.size() == 1 && types[0].contains("type") && !types[0].contains("enum") &&
                        types[0]["type"].is_string();
    if (!simple) {
      types.push_back(basic("null"));
      return any_of(std::move(types));
    }
    Json type = std::move(types[0]);
    type["type"] = Json::array({type["type"], "null"});
    return type;
  }

  Result<Json> read_part() {
    Json type = TRY(read_single());
    while (take_sign("[")) {
      TRY(need_sign("]"));
      type = {{"type", "array"}, {"items", std::move(type)}};
    }
    return type;
  }

  Result<Json> read_single() {
    if (next().is_sign("{")) return read_object();
    if (take_sign("(")) return read_group();
    const Token name = TRY(need_word());
    if (name.text == "unknown") return Json::object();
    if (name.text == "map") return read_map();
    if (Json type = basic(name.text); !type.is_null()) return type;
    references_.push_back(name);
    return Json{{"$ref", "#/components/schemas/" + std::string(name.text)}};
  }

  Result<Json> read_group() {
    Json type = TRY(read_type());
    TRY(need_sign(")"));
    return type;
  }

  Result<Json> read_map() {
    TRY(need_sign("<"));
    Json values = TRY(read_type());
    TRY(need_sign(">"));
    return Json{{"type", "object"}, {"additionalProperties", std::move(values)}};
  }

  std::vector<Token> tokens_;
  size_t place_ = 0;
  Json schemas_;
  std::vector<Token> references_;
};

}  // namespace

Result<std::string> schemas_of(std::span<const ShapeFile> files, std::string_view given) {
  std::vector<Token> tokens;
  Token end;
  for (const ShapeFile& file : files) end.place = TRY(read_tokens(file, tokens));
  tokens.push_back(end);
  return json_text(TRY(Reader(std::move(tokens), Json::parse(given)).read()));
}

}  // namespace pinrelay::admin
