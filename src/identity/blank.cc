#include "identity/blank.h"

#include "base/utf8.h"

namespace pinrelay::identity {
namespace {

struct Range {
  uint32_t first, last;
};
constexpr Range kBlanks[] = {
    {0x09, 0x0d},      // tab to carriage return
    {0x20, 0x20},      // space
    {0x85, 0x85},      // next line
    {0xa0, 0xa0},      // no-break space
    {0xad, 0xad},      // soft hyphen
    {0x1680, 0x1680},  // Ogham space
    {0x180e, 0x180e},  // Mongolian vowel separator
    {0x2000, 0x200f},  // widths of space, zero-width characters, direction marks
    {0x2028, 0x202f},  // line and paragraph separator, embeddings, narrow no-break space
    {0x205f, 0x206f},  // mathematical space, word joiner, isolates
    {0x3000, 0x3000},  // ideographic space
    {0xfeff, 0xfeff},  // byte order mark
};

bool ascii_blank(unsigned char byte) { return byte == ' ' || (byte >= 0x09 && byte <= 0x0d); }

// Bytes of the blank that `text` begins with; 0 = none.
size_t leading_blank(std::string_view text) {
  if (text.empty()) return 0;
  const Codepoint code = decode_utf8(text);
  return code.ok && is_blank(code.value) ? code.size : 0;
}

// Bytes of the blank that `text` ends with; 0 = none.
size_t trailing_blank(std::string_view text) {
  if (text.empty()) return 0;
  size_t at = text.size() - 1;
  while (at > 0 && text.size() - at < 4 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  const size_t size = leading_blank(text.substr(at));
  return size == text.size() - at ? size : 0;
}

}  // namespace

bool is_blank(uint32_t code_point) {
  if (code_point < 0x80) return ascii_blank(static_cast<unsigned char>(code_point));
  for (const Range& range : kBlanks)
    if (code_point >= range.first && code_point <= range.last) return true;
  return false;
}

std::string_view trim(std::string_view text) {
  // Nearly every value begins and ends with a visible ASCII character.
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!text.empty() && visible(text.front()) && visible(text.back())) return text;
  while (const size_t size = leading_blank(text)) text.remove_prefix(size);
  while (const size_t size = trailing_blank(text)) text.remove_suffix(size);
  return text;
}

}  // namespace pinrelay::identity
