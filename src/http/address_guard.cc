#include "http/address_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>

namespace pinrelay::http {
namespace {

struct RangeV4 {
  uint32_t begins;
  int bits;
  std::string_view what;
};

constexpr uint32_t v4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// What IANA's registry of special addresses calls not globally reachable, and what is not unicast.
constexpr RangeV4 kRefusedV4[] = {
    {v4(0, 0, 0, 0), 8, "unspecified"},
    {v4(10, 0, 0, 0), 8, "private"},
    {v4(100, 64, 0, 0), 10, "shared by a carrier"},
    {v4(127, 0, 0, 0), 8, "loopback"},
    {v4(168, 63, 129, 16), 32, "metadata"},  // of a cloud, though a public address
    {v4(169, 254, 0, 0), 16, "link-local"},  // metadata, too
    {v4(172, 16, 0, 0), 12, "private"},
    {v4(192, 0, 0, 0), 24, "reserved"},
    {v4(192, 0, 2, 0), 24, "documentation"},
    {v4(192, 88, 99, 0), 24, "6to4 relay"},
    {v4(192, 168, 0, 0), 16, "private"},
    {v4(198, 18, 0, 0), 15, "benchmarking"},
    {v4(198, 51, 100, 0), 24, "documentation"},
    {v4(203, 0, 113, 0), 24, "documentation"},
    {v4(224, 0, 0, 0), 4, "multicast"},
    {v4(240, 0, 0, 0), 4, "reserved"},  // and broadcast
};

struct RangeV6 {
  std::array<uint8_t, 16> begins;
  int bits;
  std::string_view what;
};

// The first that fits counts; outside 2000::/3 nothing is public anyway, these only give it a name.
constexpr RangeV6 kRefusedV6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 128, "unspecified"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "IPv4 in IPv6"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 96, "IPv4 in IPv6"},
    {{0, 0x64, 0xff, 0x9b}, 32, "NAT64"},
    {{0xfc}, 7, "private"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "private"},
    {{0xff}, 8, "multicast"},
    {{0x20, 0x01, 0, 0}, 32, "Teredo"},
    {{0x20, 0x01, 0}, 23, "reserved"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    {{0x20, 0x02}, 16, "6to4"},
    {{0x3f, 0xfe}, 16, "reserved"},
    {{0x3f, 0xff, 0}, 20, "documentation"},
};
constexpr RangeV6 kPublicV6{{0x20}, 3, ""};

constexpr long kPorts[] = {443, 8443};

bool within(const in6_addr& address, const RangeV6& range) {
  for (int bit = 0; bit < range.bits; ++bit) {
    const auto at = static_cast<size_t>(bit / 8);
    if (((address.s6_addr[at] ^ range.begins[at]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

std::string_view refused_v4(uint32_t address) {
  for (const RangeV4& range : kRefusedV4)
    if ((address ^ range.begins) >> (32 - range.bits) == 0) return range.what;
  return {};
}

std::string_view refused_v6(const in6_addr& address) {
  for (const RangeV6& range : kRefusedV6)
    if (within(address, range)) return range.what;
  return within(address, kPublicV6) ? std::string_view() : "reserved";
}

Error refused(std::string message, std::string fix) {
  return {ErrorKind::kInvalid, "address_refused", std::move(message), "url", std::move(fix)};
}

constexpr const char* kInTheFile =
    "give a public https address; one inside your network belongs into the configuration file, under "
    "webhooks";

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK || text == nullptr) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

// Of a literal address; "" for a name.
std::string_view refused_literal(std::string host) {
  sockaddr_storage storage{};
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  while (host.ends_with('.')) host.pop_back();
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  if (inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
  } else if (inet_aton(host.c_str(), &four.sin_addr) == 1) {  // octal, hex, with fewer dots
    four.sin_family = AF_INET;
  } else {
    return {};
  }
  return refused_range(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

std::string_view refused_range(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return refused_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  if (address.sa_family == AF_INET6)
    return refused_v6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return "no internet address";
}

Result<void> check_guarded_url(const std::string& text) {
  constexpr size_t kUrlBytesMax = 2'000;
  if (text.size() > kUrlBytesMax) return refused("the address is too long", "use a shorter one");
  // Readers differ about these: what we check must be what is asked for.
  if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c == '\\' || c == 0x7f; }))
    return refused("the address holds a space, a backslash or a character that is not ASCII",
                   "write it percent-encoded, a name in its xn-- form");
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!text.starts_with("https://") || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return refused("this is no https address", "write https://host/path");
  const auto authority = std::string_view(text).substr(8, text.find_first_of("/?#", 8) - 8);
  if (authority.find('@') != std::string_view::npos)
    return refused("the address names a user", "leave everything up to the @ out");
  const std::string port = part(url.get(), CURLUPART_PORT);
  if (!port.empty() && std::ranges::find(kPorts, std::stol(port)) == std::end(kPorts))
    return refused("the port " + port + " is refused", "use 443 or 8443");
  const std::string host = part(url.get(), CURLUPART_HOST);
  if (const auto why = refused_literal(host); !why.empty())
    return refused(host + " is not a public address: " + std::string(why), kInTheFile);
  return {};
}

}  // namespace pinrelay::http
