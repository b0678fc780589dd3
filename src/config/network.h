// Networks as the configuration lists them: an address, or one with the length of its prefix.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinrelay::config {

// IPv4 as ::ffff:a.b.c.d, so that an address is the same however it came.
using Address = std::array<uint8_t, 16>;

struct Network {
  Address start{};
  unsigned bits = 128;  // of the prefix
};

// Nothing when it is no IP address.
std::optional<Address> read_address(std::string_view text);
// As people write it; IPv4 within IPv6 as IPv4.
std::string address_text(const Address& address);
bool is_loopback(const Address& address);
bool is_ipv4(const Address& address);
// "10.0.0.5", "10.1.0.0/16", "2001:db8::/32"
Result<Network> read_network(std::string_view text);
bool within(const Address& address, const std::vector<Network>& networks);
// Whether an address lies in one of the networks, which are separated by blanks; without networks every
// address does. What cannot be read lies in none.
bool comes_from(std::string_view networks, std::string_view address);

}  // namespace pinrelay::config
