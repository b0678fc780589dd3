#include "identity/blank.h"

#include <algorithm>
#include <span>

#include "base/utf8.h"

namespace pinrelay::identity {
namespace {

struct Range {
  uint32_t first, last;
};
constexpr Range kSpaces[] = {
    {0x09, 0x0d},      // tab to carriage return
    {0x1c, 0x20},      // information separators, space
    {0x85, 0x85},      // next line
    {0xa0, 0xa0},      // no-break space
    {0x1680, 0x1680},  // Ogham space
    {0x2000, 0x200a},  // widths of space
    {0x2028, 0x2029},  // line and paragraph separator
    {0x202f, 0x202f},  // narrow no-break space
    {0x205f, 0x205f},  // mathematical space
    {0x2800, 0x2800},  // empty Braille pattern
    {0x3000, 0x3000},  // ideographic space
    {0x3164, 0x3164},  // Hangul filler
    {0xffa0, 0xffa0},  // its half-width form
};
constexpr Range kInvisible[] = {
    {0xad, 0xad},      // soft hyphen
    {0x034f, 0x034f},  // grapheme joiner
    {0x061c, 0x061c},  // Arabic letter mark
    {0x115f, 0x1160},  // Hangul fillers
    {0x180e, 0x180e},  // Mongolian vowel separator
    {0x200b, 0x200f},  // zero-width characters, direction marks
    {0x202a, 0x202e},  // embeddings
    {0x2060, 0x206f},  // word joiner, isolates
    {0xfeff, 0xfeff},  // byte order mark
};

bool within(std::span<const Range> ranges, uint32_t code_point) {
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return code_point >= range.first && code_point <= range.last; });
}

bool ascii_blank(unsigned char byte) {
  return byte == ' ' || (byte >= 0x09 && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x1f);
}

// What the character is in ASCII, where it is only another form of one: full-width letters, digits and signs,
// dashes of every width, typographic apostrophes. 0: it is not.
char ascii_form(uint32_t code_point) {
  constexpr uint32_t kFullWidthFirst = 0xff01, kFullWidthLast = 0xff5e, kFullWidthShift = 0xfee0;
  if (code_point >= kFullWidthFirst && code_point <= kFullWidthLast)
    return static_cast<char>(code_point - kFullWidthShift);
  if ((code_point >= 0x2010 && code_point <= 0x2015) || code_point == 0x2212) return '-';
  if (code_point == 0x2018 || code_point == 0x2019 || code_point == 0x02bc) return '\'';
  return 0;
}

bool is_plain(std::string_view text) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  for (size_t i = 0; i < text.size(); ++i)
    if (!visible(text[i]) && !(text[i] == ' ' && i > 0 && visible(text[i - 1]))) return false;
  return true;
}

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
  return within(kSpaces, code_point) || within(kInvisible, code_point);
}

bool is_invisible(uint32_t code_point) { return code_point >= 0x80 && within(kInvisible, code_point); }

std::string_view trim(std::string_view text) {
  // Nearly every value begins and ends with a visible ASCII character.
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!text.empty() && visible(text.front()) && visible(text.back())) return text;
  while (const size_t size = leading_blank(text)) text.remove_prefix(size);
  while (const size_t size = trailing_blank(text)) text.remove_suffix(size);
  return text;
}

std::string_view plain_text(std::string_view text, std::string& buffer) {
  text = trim(text);
  if (is_plain(text)) return text;
  buffer.clear();
  while (!text.empty()) {
    const Codepoint code = decode_utf8(text);
    if (code.ok && is_blank(code.value)) {
      if (!is_invisible(code.value) && !buffer.ends_with(' ')) buffer += ' ';
    } else if (const char form = code.ok ? ascii_form(code.value) : '\0'; form != 0) {
      buffer += form;
    } else {
      buffer.append(text, 0, code.size);
    }
    text.remove_prefix(code.size);
  }
  return buffer;
}

}  // namespace pinrelay::identity
