#include "identity/email.h"

#include <idn2.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <array>
#include <cstdlib>

#include "base/result.h"
#include "base/utf8.h"
#include "identity/ascii.h"
#include "identity/blank.h"

namespace pinrelay::identity {
namespace {

constexpr size_t kAddressBytesMax = 254;
constexpr size_t kLocalBytesMax = 64;
constexpr size_t kLabelBytesMax = 63;
// Normalising can make text shorter, but never by this much.
constexpr size_t kInputBytesMax = 4 * kAddressBytesMax;

// The lower-case form of each ASCII character that may stand in an unquoted address; 0 for all else.
constexpr std::array<char, 256> make_lower_table() {
  std::array<char, 256> table{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = static_cast<char>(c);
  for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = static_cast<char>(c - 'A' + 'a');
  for (const char c : std::string_view("0123456789.@!#$%&'*+-/=?^_`{|}~"))
    table[static_cast<unsigned char>(c)] = c;
  return table;
}
constexpr std::array<char, 256> kLower = make_lower_table();

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; }

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kLabelBytesMax) return false;
  return label.front() != '-' && label.back() != '-';
}

// `domain` is lower-case.
bool is_domain(std::string_view domain) {
  size_t start = 0, labels = 0;
  bool number = true;
  for (size_t i = 0; i <= domain.size(); ++i) {
    if (i < domain.size() && domain[i] != '.') {
      if (!is_label_character(domain[i])) return false;
      number = number && is_digit(domain[i]);
      continue;
    }
    if (!is_label(domain.substr(start, i - start))) return false;
    ++labels;
    start = i + 1;
    if (i < domain.size()) number = true;
  }
  return labels >= 2 && !number;
}

bool is_address(std::string_view address, size_t at) {
  return at > 0 && at <= kLocalBytesMax && address.size() <= kAddressBytesMax &&
         is_domain(address.substr(at + 1));
}

enum class Ascii { kValid, kInvalid, kNotAscii };

Ascii normalise_ascii(std::string_view text, std::string& out) {
  out.resize(text.size());
  size_t at = std::string_view::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char lower = kLower[byte];
    if (lower == 0) return byte < 0x80 ? Ascii::kInvalid : Ascii::kNotAscii;
    if (lower == '@') {
      if (at != std::string_view::npos) return Ascii::kInvalid;
      at = i;
    }
    out[i] = lower;
  }
  if (at == std::string_view::npos) return Ascii::kInvalid;
  return is_address(out, at) ? Ascii::kValid : Ascii::kInvalid;
}

// Whether every character may stand in an address outside ASCII: UTF-8 throughout, nothing invisible, no
// control, no noncharacter.
bool is_clean(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Codepoint code = decode_utf8(text.substr(i));
    const bool ascii = code.value < 0x80;
    if (!code.ok || is_blank(code.value) || (ascii && kLower[code.value] == 0)) return false;
    if (!ascii && (code.value < 0xa0 || (code.value & 0xfffe) == 0xfffe)) return false;
    i += code.size;
  }
  return true;
}

bool append_local(std::string_view local, std::string& out) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  CHECK(U_SUCCESS(status));
  icu::UnicodeString text = icu::UnicodeString::fromUTF8({local.data(), static_cast<int32_t>(local.size())});
  // Composed before, so that both spellings of a letter become small alike; and after, since that can
  // decompose.
  text = nfc->normalize(text, status).toLower(icu::Locale::getRoot());
  text = nfc->normalize(text, status);
  text.toUTF8String(out);
  return U_SUCCESS(status);
}

bool append_domain(std::string_view domain, std::string& out) {
  const std::string input(domain);
  uint8_t* ascii = nullptr;
  const int result = idn2_lookup_u8(reinterpret_cast<const uint8_t*>(input.c_str()), &ascii,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (result != IDN2_OK) return false;
  out += reinterpret_cast<const char*>(ascii);
  idn2_free(ascii);
  return true;
}

bool normalise_unicode(std::string_view text, std::string& out) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || text.find('@', at + 1) != std::string_view::npos || !is_clean(text)) {
    return false;
  }
  out.clear();
  if (!append_local(text.substr(0, at), out)) return false;
  const size_t local_size = out.size();
  out += '@';
  return append_domain(text.substr(at + 1), out) && is_address(out, local_size);
}

}  // namespace

bool normalise_email(std::string_view text, std::string& out) {
  if (text.size() > kInputBytesMax) return false;
  const Ascii ascii = normalise_ascii(text, out);
  return ascii == Ascii::kNotAscii ? normalise_unicode(text, out) : ascii == Ascii::kValid;
}

}  // namespace pinrelay::identity
