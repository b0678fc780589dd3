#include "simulator/records.h"

#include <algorithm>
#include <array>

namespace pinrelay::sim {
namespace {

constexpr uint8_t kNotHex = 0x80;

constexpr std::array<uint8_t, 256> make_digit_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNotHex);
  for (unsigned char c = '0'; c <= '9'; ++c) values[c] = static_cast<uint8_t>(c - '0');
  for (unsigned char c = 'a'; c <= 'f'; ++c) values[c] = static_cast<uint8_t>(c - 'a' + 10);
  return values;
}
constexpr std::array<uint8_t, 256> kDigitValues = make_digit_values();

// Lower case only, unlike parse_hex of base: a wrong case must not pass here.
bool read_hash(std::string_view text, Hash& out) {
  uint8_t wrong = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const uint8_t high = kDigitValues[static_cast<uint8_t>(text[2 * i])];
    const uint8_t low = kDigitValues[static_cast<uint8_t>(text[2 * i + 1])];
    wrong |= high | low;
    out[i] = static_cast<uint8_t>(high << 4 | (low & 15));
  }
  return (wrong & kNotHex) == 0;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kDigitValues[static_cast<uint8_t>(c)] != kNotHex; });
}

bool is_plain_address(std::string_view text) {
  const size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return (c >= 0 && c <= ' ') || (c >= 'A' && c <= 'Z'); });
}

bool read_record(std::string_view text, Sha256& sha256, Records& out) {
  Hash hash;
  if (text.size() == 64 && read_hash(text, hash)) {
    out.hashes.push_back(hash);
    return true;
  }
  const bool weak_hash = (text.size() == 32 || text.size() == 40) && is_hex(text);
  const bool plain = is_plain_address(text);
  if (!weak_hash && !plain) return false;
  out.plain += plain;
  out.hashes.push_back(sha256.hash(text));
  return true;
}

}  // namespace

RecordsProblem read_records(std::string_view text, Sha256& sha256, Records& out) {
  if (!text.empty() && text.back() == ',') text.remove_suffix(1);
  if (text.empty()) return RecordsProblem::kEmpty;
  out.hashes.reserve(text.size() / 65 + 1);
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (!read_record(text.substr(at, end - at), sha256, out)) return RecordsProblem::kMalformed;
    at = end + 1;
  }
  const Hash nothing = sha256.hash("");
  out.nothing = static_cast<size_t>(std::count(out.hashes.begin(), out.hashes.end(), nothing));
  return RecordsProblem::kNone;
}

}  // namespace pinrelay::sim
