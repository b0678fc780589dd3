#include "identity/person.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/result.h"
#include "base/utf8.h"
#include "identity/blank.h"

namespace pinrelay::identity {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Codepoint code = decode_utf8(text.substr(i));
    if (!code.ok) return false;
    i += code.size;
  }
  return true;
}

bool has_letter(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Codepoint code = decode_utf8(text.substr(i));
    if (u_isalpha(static_cast<UChar32>(code.value))) return true;
    i += code.size;
  }
  return false;
}

struct GenderWord {
  std::string_view word;
  char gender;
};
// Pinterest takes f, m and n. German "w", Spanish "mujer", French "femme" …: what forms write.
constexpr GenderWord kGenderWords[] = {
    {"f", 'f'},         {"female", 'f'},     {"woman", 'f'},      {"girl", 'f'},     {"w", 'f'},
    {"weiblich", 'f'},  {"frau", 'f'},       {"femme", 'f'},      {"féminin", 'f'},  {"mujer", 'f'},
    {"femenino", 'f'},  {"donna", 'f'},      {"femmina", 'f'},    {"mulher", 'f'},   {"feminino", 'f'},
    {"vrouw", 'f'},     {"m", 'm'},          {"male", 'm'},       {"man", 'm'},      {"boy", 'm'},
    {"männlich", 'm'},  {"mann", 'm'},       {"homme", 'm'},      {"masculin", 'm'}, {"hombre", 'm'},
    {"masculino", 'm'}, {"uomo", 'm'},       {"maschio", 'm'},    {"homem", 'm'},    {"n", 'n'},
    {"nonbinary", 'n'}, {"non-binary", 'n'}, {"non binary", 'n'}, {"neutral", 'n'},  {"other", 'n'},
    {"divers", 'n'},    {"diverse", 'n'},    {"x", 'n'},
};

}  // namespace

bool fold(std::string_view text, std::string& out) {
  if (is_ascii(text)) {
    out.resize(text.size());
    std::ranges::transform(text, out.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return true;
  }
  if (!is_utf8(text)) return false;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  CHECK(U_SUCCESS(status));
  icu::UnicodeString wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  // Composed before and after, since making letters small can decompose.
  wide = nfc->normalize(wide, status).toLower(icu::Locale::getRoot());
  wide = nfc->normalize(wide, status);
  out.clear();
  wide.toUTF8String(out);
  return U_SUCCESS(status);
}

bool normalise_name(std::string_view text, std::string& out) {
  if (!fold(trim(text), out) || !has_letter(out)) return false;
  std::string_view rest = out;
  size_t size = 0;
  bool blank = false;
  while (!rest.empty()) {
    const Codepoint code = decode_utf8(rest);
    if (is_blank(code.value)) {
      blank = blank || !is_invisible(code.value);
    } else {
      if (blank) out[size++] = ' ';  // no blank is shorter than this one
      blank = false;
      std::copy_n(rest.data(), code.size, out.data() + size);
      size += code.size;
    }
    rest.remove_prefix(code.size);
  }
  out.resize(size);
  return true;
}

bool normalise_gender(std::string_view text, std::string& out) {
  if (!fold(trim(text), out)) return false;
  const auto found = std::ranges::find(kGenderWords, std::string_view(out), &GenderWord::word);
  if (found == std::end(kGenderWords)) return false;
  out.assign(1, found->gender);
  return true;
}

bool normalise_birth_date(std::string_view text, DateOrder order, std::chrono::sys_days today,
                          std::string& out) {
  const auto date = read_date(text, order);
  if (!date) return false;
  const int year = static_cast<int>(date->year());
  if (year < 1900 || year > 2099 || std::chrono::sys_days{*date} > today) return false;
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "%04d%02u%02u", year, static_cast<unsigned>(date->month()),
                static_cast<unsigned>(date->day()));
  out.assign(digits.data());
  return true;
}

}  // namespace pinrelay::identity
