#include "identity/place.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>

#include "base/utf8.h"
#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/country_names.h"
#include "identity/instant.h"
#include "identity/number_text.h"
#include "identity/person.h"

namespace pinrelay::identity {
namespace {

struct State {
  std::string_view code, name;  // the name as normalise_city makes it
};
// The United States with their territories and military addresses, then Canada.
constexpr State kStates[] = {
    {"al", "alabama"},
    {"ak", "alaska"},
    {"az", "arizona"},
    {"ar", "arkansas"},
    {"ca", "california"},
    {"co", "colorado"},
    {"ct", "connecticut"},
    {"de", "delaware"},
    {"dc", "districtofcolumbia"},
    {"dc", "washingtondc"},
    {"fl", "florida"},
    {"ga", "georgia"},
    {"hi", "hawaii"},
    {"id", "idaho"},
    {"il", "illinois"},
    {"in", "indiana"},
    {"ia", "iowa"},
    {"ks", "kansas"},
    {"ky", "kentucky"},
    {"la", "louisiana"},
    {"me", "maine"},
    {"md", "maryland"},
    {"ma", "massachusetts"},
    {"mi", "michigan"},
    {"mn", "minnesota"},
    {"ms", "mississippi"},
    {"mo", "missouri"},
    {"mt", "montana"},
    {"ne", "nebraska"},
    {"nv", "nevada"},
    {"nh", "newhampshire"},
    {"nj", "newjersey"},
    {"nm", "newmexico"},
    {"ny", "newyork"},
    {"nc", "northcarolina"},
    {"nd", "northdakota"},
    {"oh", "ohio"},
    {"ok", "oklahoma"},
    {"or", "oregon"},
    {"pa", "pennsylvania"},
    {"ri", "rhodeisland"},
    {"sc", "southcarolina"},
    {"sd", "southdakota"},
    {"tn", "tennessee"},
    {"tx", "texas"},
    {"ut", "utah"},
    {"vt", "vermont"},
    {"va", "virginia"},
    {"wa", "washington"},
    {"wv", "westvirginia"},
    {"wi", "wisconsin"},
    {"wy", "wyoming"},
    {"as", "americansamoa"},
    {"gu", "guam"},
    {"mp", "northernmarianaislands"},
    {"pr", "puertorico"},
    {"vi", "virginislands"},
    {"vi", "usvirginislands"},
    {"aa", "armedforcesamericas"},
    {"ae", "armedforceseurope"},
    {"ap", "armedforcespacific"},
    {"ab", "alberta"},
    {"bc", "britishcolumbia"},
    {"mb", "manitoba"},
    {"nb", "newbrunswick"},
    {"nl", "newfoundlandandlabrador"},
    {"nl", "newfoundland"},
    {"ns", "novascotia"},
    {"nt", "northwestterritories"},
    {"nu", "nunavut"},
    {"on", "ontario"},
    {"pe", "princeedwardisland"},
    {"qc", "quebec"},
    {"qc", "québec"},
    {"sk", "saskatchewan"},
    {"yt", "yukon"},
    {"yt", "yukonterritory"},
};

struct OtherName {
  std::string_view name, code;  // the name as country_key makes it
};
// What people write and neither ISO nor ICU has.
constexpr OtherName kOtherNames[] = {
    {"uk", "gb"},
    {"greatbritain", "gb"},
    {"britain", "gb"},
    {"england", "gb"},
    {"scotland", "gb"},
    {"wales", "gb"},
    {"northernireland", "gb"},
    {"america", "us"},
    {"deutschland", "de"},
    {"osterreich", "at"},
    {"schweiz", "ch"},
    {"suisse", "ch"},
    {"espana", "es"},
    {"italia", "it"},
    {"brasil", "br"},
    {"holland", "nl"},
    {"nederland", "nl"},
    {"turkey", "tr"},
    {"czechrepublic", "cz"},
    {"korea", "kr"},
    {"republicireland", "ie"},
    {"ivorycoast", "ci"},
    {"uae", "ae"},
    {"burma", "mm"},
    {"swaziland", "sz"},
    {"macedonia", "mk"},
    {"easttimor", "tl"},
    {"vatican", "va"},
    {"capeverde", "cv"},
    {"macau", "mo"},
    {"drc", "cd"},
    {"drcongo", "cd"},
};

std::unordered_map<std::string_view, std::string_view> codes_by_name() {
  std::unordered_map<std::string_view, std::string_view> out;
  for (const State& state : kStates) out.emplace(state.name, state.code);
  return out;
}

// How a country's name is compared: small letters without accents, digits, and no "the", "and", "of";
// "St." is "Saint". False when nothing is left.
bool country_key(std::string_view text, std::string& out) {
  out.clear();
  if (std::ranges::all_of(text, is_letter)) {
    std::ranges::transform(text, std::back_inserter(out), to_lower);
    return !out.empty();
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  if (U_FAILURE(status)) return false;
  const icu::UnicodeString wide =
      nfd->normalize(icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())}), status)
          .toLower(icu::Locale::getRoot());
  icu::UnicodeString word, all;
  const auto end_word = [&] {
    if (word == u"st") word = u"saint";
    if (word != u"the" && word != u"and" && word != u"of") all += word;
    word.remove();
  };
  for (int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
    const UChar32 c = wide.char32At(i);
    if (u_isalnum(c)) {
      word += c;
    } else if (u_charType(c) != U_NON_SPACING_MARK && c != '\'' && c != 0x2019) {
      end_word();
    }
  }
  end_word();
  all.toUTF8String(out);
  return U_SUCCESS(status) && !out.empty();
}

bool is_code(std::string_view text) {
  return (text.size() == 2 || text.size() == 3) &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace

bool normalise_city(std::string_view text, std::string& out) {
  if (!fold(trim(text), out)) return false;
  size_t size = 0;
  bool letter = false, ascii = true;
  for (const char c : out) {
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (!ascii) break;
    const bool small = c >= 'a' && c <= 'z';
    letter = letter || small;
    if (small || is_digit(c)) out[size++] = c;
  }
  if (ascii) {
    out.resize(size);
    return letter;
  }
  if (!fold(trim(text), out)) return false;
  size = 0;
  for (std::string_view rest = out; !rest.empty();) {
    const Codepoint code = decode_utf8(rest);
    const auto c = static_cast<UChar32>(code.value);
    const int category = u_charType(c);
    const bool mark = category == U_NON_SPACING_MARK || category == U_COMBINING_SPACING_MARK;
    letter = letter || u_isalpha(c);
    if (u_isalpha(c) || u_isdigit(c) || mark) {
      std::copy_n(rest.data(), code.size, out.data() + size);
      size += code.size;
    }
    rest.remove_prefix(code.size);
  }
  out.resize(size);
  return letter;
}

bool normalise_state(std::string_view text, std::string& out) {
  text = trim(text);
  if (text.size() == 2 && is_letter(text[0]) && is_letter(text[1])) return fold(text, out);
  std::string buffer;
  text = without_fraction(plain_text(text, buffer));
  // ISO 3166-2 puts the country in front.
  if (text.size() > 3 && text.size() <= 6 && text[2] == '-') {
    if (same_word(text.substr(0, 2), "us") && std::ranges::all_of(text.substr(3), is_digit)) return false;
    text.remove_prefix(3);
  }
  std::string plain;
  const bool letters = normalise_city(text, plain);
  static const auto codes = codes_by_name();
  const auto found = codes.find(plain);
  if (letters && found != codes.end()) {
    out = found->second;
    return true;
  }
  out = std::move(plain);
  return is_code(out);
}

bool normalise_zip(std::string_view text, std::string& out) {
  constexpr size_t kShortZip = 5, kLongZip = 10, kDigitsMin = 3, kDigitsMax = 10;
  std::string buffer;
  text = without_fraction(plain_text(text, buffer));
  if (text.size() == kLongZip && text[kShortZip] == '-') text = text.substr(0, kShortZip);
  out.clear();
  for (size_t i = 0; i < text.size();) {
    if (is_digit(text[i])) {
      out += text[i++];
      continue;
    }
    const Codepoint code = decode_utf8(text.substr(i));
    if (!code.ok || u_isalpha(static_cast<UChar32>(code.value))) return false;
    i += code.size;
  }
  if (out.size() < kDigitsMin || out.size() > kDigitsMax) return false;
  if (out.find_first_not_of('0') == std::string::npos) return false;  // nobody's
  const bool bare = out.size() == text.size();
  return bare || !(read_date(text, DateOrder::kDayFirst) || read_date(text, DateOrder::kMonthFirst));
}

Countries::Countries() {
  std::string key;
  const auto add = [&](std::string_view spelling, const std::string& code) {
    if (country_key(spelling, key)) codes_.emplace(key, code);
  };
  for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
    const icu::Locale place("", *code);
    icu::UnicodeString display;
    std::string english, alpha2;
    place.getDisplayCountry(icu::Locale::getEnglish(), display).toUTF8String(english);
    fold(*code, alpha2);
    for (const std::string& spelling : {std::string(*code), std::string(place.getISO3Country()), english})
      add(spelling, alpha2);
  }
  for (const CountryName& country : kCountryNames) {
    std::string alpha2;
    fold(country.alpha2, alpha2);
    for (const std::string_view spelling :
         {country.alpha3, country.numeric, country.name, country.common_name, country.official_name})
      add(spelling, alpha2);
    // Iran, Islamic Republic of
    if (const size_t comma = country.name.find(", "); comma != std::string_view::npos)
      add(std::string(country.name.substr(comma + 2)) + ' ' + std::string(country.name.substr(0, comma)),
          alpha2);
  }
  for (const OtherName& other : kOtherNames) codes_.emplace(other.name, other.code);
  // Palestine, State of: the short name, where only one country has it. Korea stands above.
  std::map<std::string_view, int> short_names;
  for (const CountryName& country : kCountryNames)
    ++short_names[country.name.substr(0, country.name.find(','))];
  for (const CountryName& country : kCountryNames) {
    const std::string_view name = country.name.substr(0, country.name.find(','));
    std::string alpha2;
    fold(country.alpha2, alpha2);
    if (short_names[name] == 1) add(name, alpha2);
  }
}

bool Countries::normalise(std::string_view text, std::string& out) const {
  std::string buffer;
  if (!country_key(without_fraction(plain_text(text, buffer)), out)) return false;
  const auto found = codes_.find(out);
  if (found == codes_.end()) return false;
  out = found->second;
  return true;
}

const Countries& countries() {
  static const Countries all;
  return all;
}

}  // namespace pinrelay::identity
