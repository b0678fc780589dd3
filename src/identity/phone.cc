#include "identity/phone.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

#include "identity/ascii.h"
#include "identity/blank.h"

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

bool PhoneReader::normalise(std::string_view text, std::string_view country, std::string& out) {
  constexpr std::string_view kNoCountry = "ZZ";
  constexpr size_t kBytesMax = 64;
  text = trim(text);
  if (text.empty() || text.size() > kBytesMax) return false;
  if (plain(text, out)) return true;
  Library& library = *library_;
  std::string international(text);
  // 00 is how most of the world dials '+'; the library knows that only where it knows the country.
  if (text.starts_with("00")) international.replace(0, 2, "+");
  if (international[0] == '+') {
    if (!parse(international, kNoCountry)) return false;
  } else {
    const bool national = !country.empty() && parse(text, country);
    if (!national || !library.util.IsValidNumber(library.number)) {
      const bool digits = std::ranges::all_of(text, is_digit);
      const bool whole =
          digits && parse('+' + international, kNoCountry) && library.util.IsValidNumber(library.number);
      if (!whole && !(national && parse(text, country))) return false;
    }
  }
  library.util.Format(library.number, phone::PhoneNumberUtil::E164, &library.formatted);
  out.assign(library.formatted, 1);
  return !out.empty();
}

}  // namespace pinrelay::identity
