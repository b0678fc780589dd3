#include "identity/visitor.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/identifier.h"

namespace pinrelay::identity {
namespace {

using Address = std::array<uint8_t, 16>;  // IPv4 in the first four bytes

struct Network {
  uint8_t start[16];
  unsigned bits;
};
constexpr Network kLocal4[] = {
    {{0}, 8},           // this network
    {{10}, 8},          // private
    {{100, 64}, 10},    // carrier's private
    {{127}, 8},         // loopback
    {{169, 254}, 16},   // link-local
    {{172, 16}, 12},    // private
    {{192, 0, 0}, 24},  // protocol assignments
    {{192, 168}, 16},   // private
    {{198, 18}, 15},    // benchmarks
    {{224}, 3},         // multicast, reserved, broadcast
};
constexpr Network kLocal6[] = {
    {{0}, 8},            // unspecified, loopback, mapped IPv4
    {{0x01, 0x00}, 64},  // discard
    {{0xfc}, 7},         // private
    {{0xfe, 0x80}, 10},  // link-local
    {{0xfe, 0xc0}, 10},  // site-local
    {{0xff}, 8},         // multicast
};

bool within(const Address& address, const Network& network) {
  for (unsigned bit = 0; bit < network.bits; bit += 8) {
    const unsigned left = std::min(8u, network.bits - bit);
    const auto mask = static_cast<uint8_t>(0xff << (8 - left));
    if ((address[bit / 8] & mask) != network.start[bit / 8]) return false;
  }
  return true;
}

// Programs that fetch pages by themselves, as they name themselves, in small letters.
constexpr std::string_view kAutomatic[] = {
    "bot/",      "bot;",    "bot)",   "googlebot", "bingbot",    "crawler",           "spider",
    "curl/",     "wget/",   "python", "libwww",    "java/",      "go-http-client",    "headlesschrome",
    "phantomjs", "postman", "httpx",  "axios/",    "node-fetch", "apache-httpclient", "facebookexternalhit",
    "slurp",     "scrapy",
};

}  // namespace

AddressProblem normalise_ip(std::string_view text, std::string& out) {
  const std::string terminated(trim(text));
  Address address{};
  bool six = false;
  if (inet_pton(AF_INET, terminated.c_str(), address.data()) != 1) {
    if (inet_pton(AF_INET6, terminated.c_str(), address.data()) != 1) return AddressProblem::kMalformed;
    six = true;
    // An IPv4 address as IPv6 programs see it.
    constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(std::begin(kMapped), std::end(kMapped), address.begin())) {
      std::copy_n(address.begin() + 12, 4, address.begin());
      six = false;
    }
  }
  const auto is_local = [&](const Network& network) { return within(address, network); };
  if (six ? std::ranges::any_of(kLocal6, is_local) : std::ranges::any_of(kLocal4, is_local))
    return AddressProblem::kPrivate;
  std::array<char, INET6_ADDRSTRLEN> spelled{};
  inet_ntop(six ? AF_INET6 : AF_INET, address.data(), spelled.data(), spelled.size());
  out = spelled.data();
  return AddressProblem::kNone;
}

bool normalise_user_agent(std::string_view text, std::string& out) {
  out = trim(text);
  constexpr size_t kBytesMax = 16'384;
  if (out.empty() || out.size() > kBytesMax) return false;
  std::string lower = out;
  std::ranges::transform(lower, lower.begin(), to_lower);
  if (lower == "other" || is_placeholder(lower)) return false;
  return std::ranges::none_of(kAutomatic,
                              [&](std::string_view name) { return lower.find(name) != std::string::npos; });
}

}  // namespace pinrelay::identity
