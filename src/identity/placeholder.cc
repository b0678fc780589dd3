#include "identity/placeholder.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "identity/ascii.h"
#include "identity/blank.h"

namespace pinrelay::identity {
namespace {

// As programs write them; compared in any case.
constexpr std::string_view kWords[] = {
    // Databases and programming languages.
    "null", "(null)", "<null>", "[null]", "{null}", "nil", "<nil>", "none", "(none)", "<none>", "nan", "NaN",
    "-nan", "NaT", "<NA>", "\\N", "undefined", "(undefined)", "<undefined>", "unknown", "(unknown)",
    "<unknown>", "[object Object]", "void 0", "1.#QNAN", "1.#IND", "-1.#IND", "DBNull", "System.DBNull",
    // Spreadsheets, in English and in German, French and Spanish.
    "#N/A", "#N/A N/A", "#NA", "#REF!", "#NAME?", "#VALUE!", "#NULL!", "#NUM!", "#DIV/0!", "#SPILL!",
    "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#ERROR!", "#GETTING_DATA", "#NV",
    "#BEZUG!", "#WERT!", "#ZAHL!", "#NOM?", "#VALEUR!", "#NOMBRE!", "#¡REF!", "#¿NOMBRE?", "#¡VALOR!",
    // Reports and people.
    "n/a", "N/a", "na", "n.a.", "n.a", "n. a.", "n/a.", "n\\a", "n-a", "(n/a)", "(na)", "<n/a>", "n/d",
    "(not set)", "not set", "(not provided)", "not available", "not applicable", "(blank)", "(empty)",
    "<empty>", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
    "00000000000000000000000000000000", "-", "--", "---", "\u2013", "\u2014"};
constexpr size_t kLongest = 38;

constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

// By the first character, a bit for each length that a word has. Nearly every value ends here.
constexpr auto kSizes = [] {
  std::array<uint64_t, 256> sizes{};
  for (const std::string_view word : kWords)
    for (const char first : {to_lower(word[0]), to_upper(word[0])})
      sizes[static_cast<unsigned char>(first)] |= uint64_t{1} << word.size();
  return sizes;
}();
static_assert(std::ranges::all_of(kWords, [](std::string_view word) { return word.size() <= kLongest; }));

// "San Francisco" passes, as it begins like "System.DBNull" and is as long; it is compared with that word
// alone.
constexpr auto kBySize = [] {
  auto words = std::to_array(kWords);
  std::ranges::sort(words, {}, &std::string_view::size);
  return words;
}();

bool same(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, to_lower, to_lower); }

bool is_word(std::string_view text) {
  if (text.size() > kLongest || (kSizes[static_cast<unsigned char>(text[0])] >> text.size() & 1) == 0)
    return false;
  const auto of_its_size = std::ranges::equal_range(kBySize, text.size(), {}, &std::string_view::size);
  return std::ranges::any_of(of_its_size, [&](std::string_view word) { return same(text, word); });
}

// "null", 'n/a', \"\": without the quotes; the text itself when there are none.
std::string_view unquoted(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kQuotes[] = {
      {"\"", "\""}, {"'", "'"}, {"`", "`"}, {"\\\"", "\\\""}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}};
  for (const auto& [open, close] : kQuotes)
    if (text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
      return trim(text.substr(open.size(), text.size() - open.size() - close.size()));
  return text;
}

// Whether `close` follows `open` with something between them.
bool encloses(std::string_view text, std::string_view open, std::string_view close) {
  const size_t start = text.find(open);
  return start != std::string_view::npos && text.find(close, start + open.size()) != std::string_view::npos;
}

// A bit for each character that a template has; 0 for all else. One pass over a short text is faster than a
// search for each.
constexpr uint8_t kBrace = 1, kBar = 2, kPercent = 4;
constexpr auto kTemplateMarks = [] {
  std::array<uint8_t, 256> marks{};
  marks['{'] = kBrace, marks['|'] = kBar, marks['%'] = kPercent;
  return marks;
}();

// Anywhere in the text: an order id "shop-{{ order.id }}" is the same for everybody.
bool has_template(std::string_view text) {
  unsigned marks = 0;
  for (const char c : text) marks |= kTemplateMarks[static_cast<unsigned char>(c)];
  if (marks == 0) return false;
  if ((marks & kBrace) != 0 && (encloses(text, "{{", "}}") || encloses(text, "${", "}") ||
                                encloses(text, "#{", "}") || encloses(text, "{%", "%}")))
    return true;
  if ((marks & kBar) != 0 && encloses(text, "*|", "|*")) return true;
  return (marks & kPercent) != 0 && (encloses(text, "%%", "%%") || encloses(text, "<%", "%>"));
}

// A name alone in the brackets of a template: {email}, %EMAIL%, [[email]].
bool is_template(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kBrackets[] = {
      {"{", "}"}, {"[[", "]]"}, {"%", "%"}, {"__", "__"}};
  const auto named = [](char c) { return is_letter(c) || c == '_' || c == '.' || c == ' '; };
  return std::ranges::any_of(kBrackets, [&](const auto& brackets) {
    const auto& [open, close] = brackets;
    if (text.size() <= open.size() + close.size() || !text.starts_with(open) || !text.ends_with(close))
      return false;
    return std::ranges::all_of(text.substr(open.size(), text.size() - open.size() - close.size()), named);
  });
}

std::vector<Hash> find_hashes() {
  Sha256 sha256;
  std::vector<Hash> out = {sha256.hash(""), sha256.hash(" ")};
  for (const std::string_view word : kWords) {
    std::string text(word);
    out.push_back(sha256.hash(text));
    std::ranges::transform(text, text.begin(), to_lower);
    out.push_back(sha256.hash(text));
    const auto letter = std::ranges::find_if(text, is_letter);
    if (letter != text.end()) *letter = to_upper(*letter);
    out.push_back(sha256.hash(text));
    std::ranges::transform(text, text.begin(), to_upper);
    out.push_back(sha256.hash(text));
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace

bool is_placeholder(std::string_view text) {
  if (text.empty()) return false;
  // Letters and digits at both ends, which nearly every value has, leave out quotes and brackets.
  const bool bare = is_letter_or_digit(text.front()) && is_letter_or_digit(text.back());
  if (bare) return is_word(text) || has_template(text);
  for (std::string_view inner = unquoted(text); inner.size() < text.size(); inner = unquoted(text)) {
    if (inner.empty()) return true;
    text = inner;
  }
  return is_word(text) || is_template(text) || has_template(text);
}

bool holds_template(std::string_view text) { return has_template(text); }

const std::vector<Hash>& hashes_of_placeholders() {
  static const std::vector<Hash> hashes = find_hashes();
  return hashes;
}

}  // namespace pinrelay::identity
