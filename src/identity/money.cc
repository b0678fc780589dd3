#include "identity/money.h"

#include <unicode/ucurr.h>
#include <unicode/uenum.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <optional>

#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/detail.h"

namespace pinrelay::identity {
namespace {

constexpr size_t kDecimalsMax = 6;

// Out of use since ICU's data were made.
constexpr std::string_view kWithdrawn[] = {"ANG", "BGN", "CUC", "HRK", "SLL", "VEF"};

// The currencies there are, and what each sign beside an amount can mean; all of it ICU's.
class Currencies {
 public:
  Currencies() {
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration* codes = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &status);
    int32_t size = 0;
    while (const char* code = uenum_next(codes, &size, &status))
      if (std::ranges::find(kWithdrawn, code) == std::end(kWithdrawn)) add(code);
    uenum_close(codes);
  }
  bool has(std::string_view code) const {
    const auto found = signs_.find(code);
    return found != signs_.end() && found->second.front() == code;
  }

  // Takes a sign or code off the front or the back of the text; null when there is none.
  const std::vector<std::string>* take(std::string_view& text, bool front) const {
    const std::vector<std::string>* found = nullptr;
    size_t size = 0;
    for (const auto& [sign, codes] : signs_)
      if (sign.size() > size && stands_at(text, sign, front)) found = &codes, size = sign.size();
    front ? text.remove_prefix(size) : text.remove_suffix(size);
    text = trim(text);
    return found;
  }

 private:
  void add(const char* code) {
    signs_[code] = {code};
    icu::UnicodeString wide(code, -1, US_INV);
    for (const char* locale : {"root", "en", "ja"}) {
      for (const UCurrNameStyle style : {UCURR_SYMBOL_NAME, UCURR_NARROW_SYMBOL_NAME}) {
        UErrorCode status = U_ZERO_ERROR;
        int32_t size = 0;
        const UChar* name = ucurr_getName(wide.getTerminatedBuffer(), locale, style, nullptr, &size, &status);
        std::string sign;
        if (U_SUCCESS(status)) icu::UnicodeString(name, size).toUTF8String(sign);
        // One letter can be a unit as well: 5K, 3M.
        if (sign.empty() || (sign.size() == 1 && is_letter(sign[0]))) continue;
        std::vector<std::string>& codes = signs_[sign];
        if (std::ranges::find(codes, code) == codes.end()) codes.emplace_back(code);
      }
    }
  }
  // Letters must end where the sign ends: "Kroner" does not begin with "Kr".
  static bool stands_at(std::string_view text, std::string_view sign, bool front) {
    if (text.size() < sign.size()) return false;
    const std::string_view there =
        front ? text.substr(0, sign.size()) : text.substr(text.size() - sign.size());
    if (!std::ranges::equal(there, sign, {}, to_upper, to_upper)) return false;
    const std::string_view rest =
        front ? text.substr(sign.size()) : text.substr(0, text.size() - sign.size());
    if (rest.empty()) return false;
    const char inner = front ? sign.back() : sign.front(), outer = front ? rest.front() : rest.back();
    return !is_letter(inner) || !is_letter(outer);
  }

  std::map<std::string, std::vector<std::string>, std::less<>> signs_;  // codes among them
};

const Currencies& currencies() {
  static const Currencies all;  // ICU takes as long for one as three hashes do
  return all;
}

// Without the mark that groups its digits, which must do so by threes, or the Indian way: 12,34,567.
bool take_groups(std::string_view text, char mark, std::string& digits) {
  if (mark == '\0') {
    digits.append(text);
    return std::ranges::all_of(text, is_digit);
  }
  std::vector<size_t> sizes;
  while (true) {
    const size_t end = std::min(text.find(mark), text.size());
    if (end == 0 || !std::ranges::all_of(text.substr(0, end), is_digit)) return false;
    sizes.push_back(end);
    digits.append(text, 0, end);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  const auto inner = std::ranges::subrange(sizes.begin() + 1, sizes.end());
  const bool threes = sizes[0] <= 3 && std::ranges::all_of(inner, [](size_t size) { return size == 3; });
  const bool indian = mark == ',' && sizes.size() > 2 && sizes[0] <= 2 && sizes.back() == 3 &&
                      std::all_of(sizes.begin() + 1, sizes.end() - 1, [](size_t size) { return size == 2; });
  return threes || indian;
}

// The mark in front of the decimals, '\0' = there are none; nothing when it can be read in two ways.
std::optional<char> decimal_mark(std::string_view text) {
  const size_t comma = text.rfind(','), dot = text.rfind('.');
  constexpr size_t kNone = std::string_view::npos;
  if (comma != kNone && dot != kNone) return comma > dot ? ',' : '.';
  if (comma == kNone && dot == kNone) return '\0';
  const char mark = comma != kNone ? ',' : '.';
  if (std::ranges::count(text, mark) > 1) return '\0';  // it groups
  constexpr size_t kGroup = 3;
  if (mark == ',' && text.size() - comma - 1 == kGroup) return std::nullopt;
  return mark;
}

// Digits with marks of any kind to digits with a decimal point.
bool untangle(std::string_view text, std::string& out) {
  const std::optional<char> decimal = decimal_mark(text);
  if (!decimal) return false;
  const size_t end = *decimal == '\0' ? text.size() : text.rfind(*decimal);
  const std::string_view whole = text.substr(0, end);
  char grouping = '\0';
  for (const char c : whole) {
    if (is_digit(c) || c == grouping) continue;
    if (grouping != '\0' || c == *decimal || std::string_view(" ',.").find(c) == std::string_view::npos)
      return false;
    grouping = c;
  }
  out.clear();
  if (!take_groups(whole, grouping, out)) return false;
  if (*decimal == '\0') return !out.empty();
  const std::string_view decimals = text.substr(end + 1);
  (out += '.') += decimals;
  return !decimals.empty() && std::ranges::all_of(decimals, is_digit);
}

void round_decimals(std::string& number) {
  const size_t point = number.find('.');
  if (point == std::string::npos || number.size() - point - 1 <= kDecimalsMax) return;
  const bool up = number[point + 1 + kDecimalsMax] >= '5';
  number.resize(point + 1 + kDecimalsMax);
  for (size_t i = number.size(); up && i-- > 0;) {
    if (number[i] == '.') continue;
    if (number[i] != '9') {
      ++number[i];
      break;
    }
    number[i] = '0';
    if (i == 0) number.insert(0, 1, '1');
  }
  while (number.ends_with('0')) number.pop_back();
  if (number.ends_with('.')) number.pop_back();
}

bool read_number(std::string_view text, std::string& out) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return is_digit(c) || c == '.' || c == '+' || c == '-' || to_lower(c) == 'e'; });
  if (!plain || std::ranges::count(text, '.') > 1) {
    std::string untangled;
    if (text.starts_with('+')) text.remove_prefix(1);
    if (!untangle(text, untangled)) return false;
    if (!read_decimal(untangled, out)) return false;
  } else if (!read_decimal(text, out)) {
    return false;
  }
  round_decimals(out);
  return true;
}

}  // namespace

std::string_view Money::currency() const {
  if (currencies.size() == 1) return currencies[0];
  // Of the countries that write £, the others are small.
  constexpr std::string_view kPound = "GBP";
  return may_be(kPound) ? kPound : std::string_view{};
}

bool Money::may_be(std::string_view code) const {
  return std::ranges::find(currencies, code) != currencies.end();
}

bool read_money(std::string_view text, Money& out) {
  constexpr size_t kBytesMax = 80;
  out.currencies.clear();
  if (text.size() > kBytesMax) return false;
  if (std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; }) &&
      read_number(text, out.amount))
    return true;
  std::string buffer;
  text = plain_text(text, buffer);
  // A sign, a code, or both: $12.50 USD.
  for (const bool front : {true, false, true, false}) {
    const std::vector<std::string>* meant = pinrelay::identity::currencies().take(text, front);
    if (meant == nullptr) continue;
    if (out.currencies.empty()) {
      out.currencies = *meant;
      continue;
    }
    std::erase_if(out.currencies,
                  [&](const std::string& code) { return std::ranges::find(*meant, code) == meant->end(); });
    if (out.currencies.empty()) return false;
  }
  // 12,- is how some countries write a price without cents.
  for (const std::string_view nothing : {",--", ",-", ".--", ".-"})
    if (text.ends_with(nothing)) text.remove_suffix(nothing.size());
  return read_number(text, out.amount);
}

bool read_currency(std::string_view text, std::string& out) {
  if (text.size() != 3 || !std::ranges::all_of(text, is_letter)) return false;
  out = {to_upper(text[0]), to_upper(text[1]), to_upper(text[2])};
  return currencies().has(out);
}

}  // namespace pinrelay::identity
