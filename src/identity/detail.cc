#include "identity/detail.h"

#include <unicode/uloc.h>

#include <algorithm>
#include <charconv>

#include "identity/ascii.h"

namespace pinrelay::identity {
namespace {

bool all_letters(std::string_view text) { return std::ranges::all_of(text, is_letter); }

// Digits with a point somewhere, shifted by the exponent.
bool place_point(std::string digits, int64_t point, std::string& out) {
  constexpr int64_t kDigitsMax = 40;
  if (point > kDigitsMax || point < -kDigitsMax) return false;
  if (point < 0) digits.insert(0, static_cast<size_t>(-point), '0'), point = 0;
  if (static_cast<size_t>(point) > digits.size())
    digits.append(static_cast<size_t>(point) - digits.size(), '0');
  const auto at = static_cast<size_t>(point);
  std::string whole = digits.substr(0, at);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  out = whole.empty() ? "0" : whole;
  if (at < digits.size()) (out += '.') += digits.substr(at);
  return true;
}

}  // namespace

bool read_decimal(std::string_view text, std::string& out) {
  constexpr size_t kBytesMax = 40;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > kBytesMax) return false;
  std::string digits;
  std::optional<int64_t> point;
  size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (is_digit(text[i])) {
      digits += text[i];
    } else if (point || i + 1 == text.size() || !is_digit(text[i + 1])) {
      return false;
    } else {
      point = static_cast<int64_t>(digits.size());
    }
  }
  if (digits.empty()) return false;
  int64_t at = point.value_or(static_cast<int64_t>(digits.size()));
  if (i < text.size()) {
    if (to_lower(text[i]) != 'e') return false;
    std::string_view exponent = text.substr(i + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int shift = 0;
    const char* const end = exponent.data() + exponent.size();
    const auto [stop, error] = std::from_chars(exponent.data(), end, shift);
    if (error != std::errc() || stop != end || exponent.empty()) return false;
    at += shift;
  }
  return place_point(std::move(digits), at, out);
}

std::optional<int64_t> read_integer(std::string_view text) {
  if (const size_t point = text.find('.'); point != std::string_view::npos && point + 1 < text.size()) {
    if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
    text = text.substr(0, point);
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || text.empty()) return std::nullopt;
  return value;
}

bool read_url(std::string_view text, std::string& out) {
  constexpr size_t kBytesMax = 8'192;
  constexpr std::string_view kSchemes[] = {"https://", "http://"};
  for (const std::string_view scheme : kSchemes) {
    if (text.size() <= scheme.size() || text.size() > kBytesMax ||
        !same_word(text.substr(0, scheme.size()), scheme))
      continue;
    const char host = text[scheme.size()];
    const bool plain = std::ranges::all_of(text, [](char c) {
      return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '<' && c != '>' && c != '\x7f';
    });
    if (!plain || host == '/' || host == '?' || host == '#' || host == ':') return false;
    out = text;
    return true;
  }
  return false;
}

bool read_language(std::string_view text, std::string& out) {
  const size_t end = std::min(text.find_first_of("-_"), text.size());
  if (end != 2 || !all_letters(text.substr(0, end))) return false;
  out = {to_lower(text[0]), to_lower(text[1])};
  for (const char* const* code = uloc_getISOLanguages(); *code != nullptr; ++code)
    if (out == *code) return true;
  return false;
}

}  // namespace pinrelay::identity
