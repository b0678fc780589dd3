#include "identity/place.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <unordered_map>

#include "base/utf8.h"
#include "identity/ascii.h"
#include "identity/blank.h"
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
  std::string_view name, code;  // the name as normalise_city makes it
};
constexpr OtherName kOtherNames[] = {
    {"uk", "gb"},
    {"greatbritain", "gb"},
    {"england", "gb"},
    {"scotland", "gb"},
    {"wales", "gb"},
    {"northernireland", "gb"},
    {"unitedstatesofamerica", "us"},
    {"america", "us"},
    {"deutschland", "de"},
    {"österreich", "at"},
    {"schweiz", "ch"},
    {"suisse", "ch"},
    {"españa", "es"},
    {"italia", "it"},
    {"brasil", "br"},
    {"méxico", "mx"},
    {"holland", "nl"},
    {"thenetherlands", "nl"},
    {"nederland", "nl"},
    {"turkey", "tr"},
    {"czechrepublic", "cz"},
    {"korea", "kr"},
    {"republicofkorea", "kr"},
    {"russianfederation", "ru"},
    {"vietnam", "vn"},
    {"hongkong", "hk"},
    {"macau", "mo"},
};

std::unordered_map<std::string_view, std::string_view> codes_by_name() {
  std::unordered_map<std::string_view, std::string_view> out;
  for (const State& state : kStates) out.emplace(state.name, state.code);
  return out;
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
  // ISO 3166-2 puts the country in front.
  if (text.size() > 3 && text.size() <= 6 && text[2] == '-') text.remove_prefix(3);
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
  text = trim(text);
  constexpr size_t kShortZip = 5, kLongZip = 10;
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
  constexpr size_t kDigitsMin = 3, kDigitsMax = 10;
  return out.size() >= kDigitsMin && out.size() <= kDigitsMax;
}

Countries::Countries() {
  std::string name;
  for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
    const icu::Locale place("", *code);
    icu::UnicodeString display;
    std::string english, alpha2;
    place.getDisplayCountry(icu::Locale::getEnglish(), display).toUTF8String(english);
    fold(*code, alpha2);
    for (const std::string& spelling : {std::string(*code), std::string(place.getISO3Country()), english})
      if (normalise_city(spelling, name)) codes_.emplace(name, alpha2);
  }
  for (const OtherName& other : kOtherNames) codes_.emplace(other.name, other.code);
}

bool Countries::normalise(std::string_view text, std::string& out) const {
  if (!normalise_city(text, out)) return false;
  const auto found = codes_.find(out);
  if (found == codes_.end()) return false;
  out = found->second;
  return true;
}

}  // namespace pinrelay::identity
