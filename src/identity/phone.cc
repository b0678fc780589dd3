#include "identity/phone.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <iterator>

#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/instant.h"
#include "identity/number_text.h"

namespace pinrelay::identity {
namespace {

namespace phone = i18n::phonenumbers;

// Country codes whose numbers are what they are behind '+': a leading zero aside, the library changes nothing
// in them, it only counts. `least` and `most` are digits behind the country code. Other countries, and other
// spellings, go the long way. A test holds this table against the library.
struct PlainCountry {
  std::string_view code;
  size_t least, most;
};
constexpr PlainCountry kPlainCountries[] = {
    {"1", 10, 10},  {"31", 9, 9}, {"32", 8, 9}, {"33", 9, 9}, {"34", 9, 9},  {"41", 9, 9},
    {"44", 10, 10}, {"45", 8, 8}, {"47", 8, 8}, {"48", 9, 9}, {"49", 7, 11},
};

// What stands between the digits of a number and means nothing.
bool is_separator(char c) { return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')'; }

bool plain(std::string_view text, std::string& out) {
  if (text[0] != '+') return false;
  out.clear();
  for (const char c : text.substr(1)) {
    if (is_digit(c)) {
      out += c;
    } else if (!is_separator(c)) {
      return false;
    }
  }
  for (const PlainCountry& country : kPlainCountries) {
    if (!out.starts_with(country.code)) continue;
    const std::string_view number = std::string_view(out).substr(country.code.size());
    return number.size() >= country.least && number.size() <= country.most && number[0] >= '2';
  }
  return false;
}

constexpr std::string_view kNoCountry = "ZZ";
// Fewer digits are a postcode, unless all numbers of the country are as short.
constexpr size_t kNationalDigitsMin = 7;
constexpr uint64_t kShortNumbersEnd = 1'000'000;

size_t digits_of(std::string_view text) { return static_cast<size_t>(std::ranges::count_if(text, is_digit)); }

bool looks_like_date(std::string_view text) {
  return read_date(text, DateOrder::kDayFirst) || read_date(text, DateOrder::kMonthFirst);
}

// 1.4E+10: what a spreadsheet shows of a long number; the digits that it rounded away are lost.
bool is_rounded(std::string_view text) {
  const size_t e = text.find_first_of("eE");
  if (e == std::string_view::npos || e == 0 || e + 1 == text.size()) return false;
  const std::string_view exponent = text.substr(text[e + 1] == '+' || text[e + 1] == '-' ? e + 2 : e + 1);
  const auto in_mantissa = [](char c) { return is_digit(c) || c == '.' || c == ',' || c == '+'; };
  return !exponent.empty() && std::ranges::all_of(exponent, is_digit) &&
         std::ranges::all_of(text.substr(0, e), in_mantissa);
}

}  // namespace

struct PhoneReader::Library {
  const phone::PhoneNumberUtil& util = *phone::PhoneNumberUtil::GetInstance();
  phone::PhoneNumber number;
  std::string text, formatted;
};

PhoneReader::PhoneReader() : library_(std::make_unique<Library>()) {}
PhoneReader::~PhoneReader() = default;

// Into library_->number; false when the text is none that its country can have.
bool PhoneReader::parse(std::string_view text, std::string_view country) {
  Library& library = *library_;
  library.text = text;
  library.number.Clear();
  return library.util.Parse(library.text, std::string(country), &library.number) ==
             phone::PhoneNumberUtil::NO_PARSING_ERROR &&
         library.util.IsPossibleNumberWithReason(library.number) == phone::PhoneNumberUtil::IS_POSSIBLE;
}

// A number that only the job's country makes one: it must be in use there, and look like nothing else.
bool PhoneReader::parse_national(std::string_view text, std::string_view country) {
  Library& library = *library_;
  const bool date = looks_like_date(text);
  if (date && !std::ranges::all_of(text, is_digit)) return false;
  if (!parse(text, country) || !library.util.IsValidNumber(library.number)) return false;
  // 20 26 11 29 is a number of Denmark, where all have eight digits. Elsewhere it lacks its first zero.
  if (date && library.util.GetNumberType(library.number) == phone::PhoneNumberUtil::FIXED_LINE) return false;
  if (digits_of(text) >= kNationalDigitsMin) return true;
  phone::PhoneNumber example;
  return library.util.GetExampleNumber(std::string(country), &example) &&
         example.national_number() < kShortNumbersEnd;
}

// Digits that are a number of the job's country without its first zero, and just as well one with a country
// code: 447911123456 in Germany. Takes the latter when it is that of the job's country; else nobody knows.
bool PhoneReader::settle_reading(std::string_view text, std::string_view country) {
  Library& library = *library_;
  const bool plain_landline =
      text[0] != '0' && library.util.GetNumberType(library.number) == phone::PhoneNumberUtil::FIXED_LINE;
  if (!plain_landline) return true;
  const phone::PhoneNumber national = library.number;
  std::string international = "+";
  std::ranges::copy_if(text, std::back_inserter(international), is_digit);
  if (parse(international, kNoCountry) && library.util.IsValidNumber(library.number)) {
    const int code = library.number.country_code();
    return code == library.util.GetCountryCodeForRegion(std::string(country));
  }
  library.number = national;
  return true;
}

bool PhoneReader::parse_any(std::string_view text, std::string_view country) {
  Library& library = *library_;
  std::string international(text);
  // 00 is how most of the world dials '+'; the library knows that only where it knows the country.
  if (text.starts_with("00")) international.replace(0, 2, "+");
  // The sign settles it, whatever stands in front: #+1 …, Tel.: +1 …
  if (const size_t plus = international.find('+'); plus != std::string::npos)
    return parse(international.substr(plus), kNoCountry);
  if (!is_digit(text[0]) && text[0] != '(') return false;  // an order's or a customer's number, in words
  if (!country.empty() && parse_national(text, country)) return settle_reading(text, country);
  return std::ranges::all_of(text, is_digit) && parse('+' + international, kNoCountry) &&
         library.util.IsValidNumber(library.number);
}

bool PhoneReader::normalise(std::string_view text, std::string_view country, std::string& out) {
  constexpr size_t kBytesMax = 64;
  text = trim(text);
  if (text.empty() || text.size() > kBytesMax) return false;
  if (!ends_as_fraction(text) && plain(text, out)) return true;
  std::string buffer;
  text = without_fraction(plain_text(text, buffer));
  for (const std::string_view mark : {"'", "`", "#", "tel:"})
    if (text.starts_with(mark)) text = trim(text.substr(mark.size()));
  if (text.empty() || is_rounded(text)) return false;
  if (!parse_any(text, country)) return false;
  Library& library = *library_;
  library.util.Format(library.number, phone::PhoneNumberUtil::E164, &library.formatted);
  out.assign(library.formatted, 1);
  return !out.empty();
}

}  // namespace pinrelay::identity
