// JSON out (RFC 8259), appended to a string: no tree, no allocation beyond the string's. The caller keeps
// begin and end in balance.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace pinrelay {

// Appends `text` in quotes, escaped. Bytes that are not UTF-8 become U+FFFD, so that what we write is always
// valid JSON.
inline void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) {
      const Codepoint code = decode_utf8(text.substr(i));
      code.ok ? out.append(text, i, code.size) : out.append("\xef\xbf\xbd");
      i += code.size;
      continue;
    }
    ++i;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += static_cast<char>(byte);
    }
  }
  out += '"';
}

//   JsonWriter json(out);
//   json.begin_object().field("id", id).key("people").begin_array();
//   for (…) json.value(name);
//   json.end_array().end_object();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    comma_ = false;
    return *this;
  }
  JsonWriter& value(std::string_view text) {
    comma();
    append_json_string(out_, text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool yes) { return raw(yes ? "true" : "false"); }
  // Finite numbers only: JSON has no other.
  template <typename N>
  requires(std::integral<N> || std::floating_point<N>) JsonWriter& value(N number) {
    char text[64];
    return raw({text, std::to_chars(text, text + sizeof text, number).ptr});
  }
  JsonWriter& null() { return raw("null"); }
  // Text that is JSON already.
  JsonWriter& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  template <typename V>
  JsonWriter& field(std::string_view name, const V& v) {
    return key(name).value(v);
  }

 private:
  void comma() {
    if (comma_) out_ += ',';
    comma_ = true;
  }
  JsonWriter& open(char c) {
    comma();
    out_ += c;
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char c) {
    out_ += c;
    comma_ = true;
    return *this;
  }

  std::string& out_;
  bool comma_ = false;  // whether what comes next follows a sibling
};

}  // namespace pinrelay
