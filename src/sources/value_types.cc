#include "sources/value_types.h"

#include <chrono>

#include "base/clock.h"
#include "base/utf8.h"

namespace pinrelay::sources {
namespace {

using store::ValueType;

constexpr size_t kDoubleDigits = 15;  // every decimal number of so many digits survives a double

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t count_digits(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

// How a number by JSON's grammar is made up; `valid` is false for anything else.
struct NumberShape {
  bool valid = false;
  bool negative = false;
  size_t whole_digits = 0, fraction_digits = 0;
  bool exponent = false;
};

NumberShape read_number(std::string_view text) {
  NumberShape shape;
  size_t at = 0;
  if (!text.empty() && text[0] == '-') shape.negative = true, ++at;
  shape.whole_digits = count_digits(text, at);
  if (shape.whole_digits == 0 || (shape.whole_digits > 1 && text[at] == '0')) return shape;
  at += shape.whole_digits;
  if (at < text.size() && text[at] == '.') {
    shape.fraction_digits = count_digits(text, ++at);
    if (shape.fraction_digits == 0) return shape;
    at += shape.fraction_digits;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    shape.exponent = true;
    if (++at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t digits = count_digits(text, at);
    if (digits == 0) return shape;
    at += digits;
  }
  shape.valid = at == text.size();
  return shape;
}

// For a whole number without leading zeros.
bool fits_64_bits(std::string_view text, const NumberShape& shape) {
  if (shape.whole_digits != 19) return shape.whole_digits < 19;
  return text.substr(shape.negative ? 1 : 0) <=
         (shape.negative ? "9223372036854775808" : "9223372036854775807");
}

bool is_zero(std::string_view text) { return text.find_first_of("123456789") == std::string_view::npos; }

bool is_whole(const NumberShape& shape) { return shape.fraction_digits == 0 && !shape.exponent; }

int two_digits(std::string_view text, size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

bool is_day(std::string_view text) {
  using namespace std::chrono;
  for (const size_t at : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U})
    if (!is_digit(text[at])) return false;
  if (text[4] != '-' || text[7] != '-') return false;
  const year_month_day date{year{two_digits(text, 0) * 100 + two_digits(text, 2)},
                            month{static_cast<unsigned>(two_digits(text, 5))},
                            day{static_cast<unsigned>(two_digits(text, 8))}};
  return date.ok();
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() < 10 || !is_day(text)) return false;
  if (text.size() == 10) return true;
  if (text.size() < 20 || text[10] != 'T' || text.substr(17, 2) == "60") return false;
  return parse_rfc3339(text).ok();
}

store::ValueType infer_value(std::string_view text) {
  if (text == "true" || text == "false") return ValueType::kBool;
  if (text.empty() || (!is_digit(text[0]) && text[0] != '-')) return ValueType::kString;
  const NumberShape shape = read_number(text);
  if (!shape.valid) return is_date(text) ? ValueType::kDate : ValueType::kString;
  if (shape.exponent || (shape.negative && is_zero(text))) return ValueType::kString;
  if (is_whole(shape)) return fits_64_bits(text, shape) ? ValueType::kInt : ValueType::kString;
  return shape.whole_digits + shape.fraction_digits <= kDoubleDigits ? ValueType::kNumber
                                                                     : ValueType::kString;
}

bool looks_like_data(std::string_view name) {
  size_t digits = 0, letters = 0, hex = 0;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<uint8_t>(c) >= 0x80;
    digits += is_digit(c), letters += letter;
    hex += is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
  const bool hash = hex == name.size() && (hex == 32 || hex == 40 || hex == 64);
  return !name.empty() && (hash || digits > letters || name.find('@') != std::string_view::npos ||
                           infer_value(name) != ValueType::kString);
}

store::ValueType json_number_type(std::string_view text) {
  const NumberShape shape = read_number(text);
  if (!shape.valid) return ValueType::kNull;
  const bool is_int = is_whole(shape) && fits_64_bits(text, shape) && !(shape.negative && is_zero(text));
  return is_int ? ValueType::kInt : ValueType::kNumber;
}

size_t utf8_prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Codepoint code = decode_utf8(text.substr(at));
    if (!code.ok) break;
    at += code.size;
  }
  return at;
}

}  // namespace pinrelay::sources
