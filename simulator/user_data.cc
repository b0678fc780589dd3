#include "simulator/user_data.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace pinrelay::sim {
namespace {

constexpr size_t kHexDigits = 64;

constexpr std::array<bool, 256> make_not_hex() {
  std::array<bool, 256> wrong{};
  wrong.fill(true);
  for (unsigned char c = '0'; c <= '9'; ++c) wrong[c] = false;
  for (unsigned char c = 'a'; c <= 'f'; ++c) wrong[c] = false;
  return wrong;
}
constexpr std::array<bool, 256> kNotHex = make_not_hex();

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_of_either_case(char c) { return !kNotHex[static_cast<uint8_t>(c)] || (c >= 'A' && c <= 'F'); }

// SHA-256 of "", null, none, n/a and unknown.
constexpr std::string_view kNothing[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe",
    "a683c5c5349f6f7fb903ba8a9e7e55d0ba1b8f03579f95be83f4954c33e81098",
    "b23a6a8439c0dde5515893e7c90c1e3233b8616e634470f20dc4928bcf3609bc",
};

struct Range {
  uint32_t first;
  int bits;
};
// "This" network, private, shared, loopback, link-local, multicast and beyond.
constexpr Range kPrivate4[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
                               {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0a80000, 16}, {0xe0000000, 3}};

bool is_private4(uint32_t address) {
  return std::any_of(std::begin(kPrivate4), std::end(kPrivate4),
                     [&](const Range& range) { return ((address ^ range.first) >> (32 - range.bits)) == 0; });
}

bool is_private6(const std::array<uint8_t, 16>& address) {
  const bool zeros = std::all_of(address.begin(), address.end() - 1, [](uint8_t byte) { return byte == 0; });
  const bool unspecified_or_loopback = zeros && address[15] <= 1;
  const bool local = (address[0] & 0xfe) == 0xfc || (address[0] == 0xfe && (address[1] & 0x80) != 0);
  return unspecified_or_loopback || local || address[0] == 0xff;
}

uint32_t big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool is_sha256(std::string_view text) {
  if (text.size() != kHexDigits) return false;
  bool wrong = false;
  for (const char c : text) wrong |= kNotHex[static_cast<uint8_t>(c)];
  return !wrong;
}

bool looks_hashed(std::string_view text) {
  const bool length = text.size() == 32 || text.size() == 40 || text.size() == 64 || text.size() == 128;
  return length && std::all_of(text.begin(), text.end(), is_hex_of_either_case);
}

bool is_hash_of_nothing(std::string_view sha256) {
  return std::find(std::begin(kNothing), std::end(kNothing), sha256) != std::end(kNothing);
}

AddressKind address_kind(std::string_view text) {
  const std::string terminated(text);
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
    return is_private4(big_endian(bytes.data())) ? AddressKind::kPrivate : AddressKind::kPublic;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) return AddressKind::kNone;
  const bool mapped = std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  const bool reaches_nobody = mapped ? is_private4(big_endian(bytes.data() + 12)) : is_private6(bytes);
  return reaches_nobody ? AddressKind::kPrivate : AddressKind::kPublic;
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point), part = text.substr(std::min(point + 1, text.size()));
  const auto digits = [](std::string_view t) { return std::all_of(t.begin(), t.end(), is_digit); };
  return !whole.empty() && digits(whole) && digits(part) && (point == text.size() || !part.empty());
}

}  // namespace pinrelay::sim
