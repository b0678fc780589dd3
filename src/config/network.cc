#include "config/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/problems.h"

namespace pinrelay::config {
namespace {

constexpr size_t kTextMax = INET6_ADDRSTRLEN;
constexpr unsigned kBitsOfMapped = 96;
constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const Address& address) { return std::equal(kMapped.begin(), kMapped.end(), address.begin()); }

// The address with everything behind the prefix at 0.
Address begin_of(Address address, unsigned bits) {
  for (size_t i = 0; i < address.size(); ++i) {
    const auto of_byte =
        static_cast<unsigned>(std::clamp(static_cast<int>(bits) - static_cast<int>(8 * i), 0, 8));
    address[i] = static_cast<uint8_t>(address[i] & (0xff00U >> of_byte));
  }
  return address;
}

Error wrong(std::string_view text, std::string_view why, std::string fix) {
  return Error{ErrorKind::kInvalid, "bad_network", fmt::format("{} {}", quoted(text), why), "",
               std::move(fix)};
}

}  // namespace

std::optional<Address> read_address(std::string_view text) {
  if (text.size() > kTextMax) return std::nullopt;
  const std::string terminated(text);
  // A NUL would end it early.
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  Address address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  if (inet_pton(AF_INET, terminated.c_str(), address.data() + kMapped.size()) != 1) return std::nullopt;
  std::ranges::copy(kMapped, address.begin());
  return address;
}

std::string address_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_mapped(address)) {
    inet_ntop(AF_INET, address.data() + kMapped.size(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  }
  return text.data();
}

bool is_ipv4(const Address& address) { return is_mapped(address); }

bool is_loopback(const Address& address) {
  constexpr Address kSix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return address == kSix || (is_mapped(address) && address[kMapped.size()] == 127);
}

Result<Network> read_network(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = read_address(text.substr(0, slash));
  if (!address)
    return wrong(text, "is neither an address nor a network", "Write 10.0.0.5, 10.1.0.0/16 or 2001:db8::/32");
  if (slash == std::string_view::npos) return Network{*address, 128};
  const bool four = text.find(':') == std::string_view::npos;
  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const unsigned most = four ? 32 : 128;
  if (error != std::errc() || end != length.data() + length.size() || bits < 1 || bits > most)
    return wrong(text, "has no length of a prefix behind the slash",
                 fmt::format("Write 1 to {} there", most));
  const Network network{begin_of(*address, four ? bits + kBitsOfMapped : bits),
                        four ? bits + kBitsOfMapped : bits};
  if (network.start != *address)
    return wrong(
        text, "does not begin where the network does",
        fmt::format("Write {}/{} for the network, or the address alone", address_text(network.start), bits));
  return network;
}

bool within(const Address& address, const std::vector<Network>& networks) {
  return std::ranges::any_of(
      networks, [&](const Network& network) { return begin_of(address, network.bits) == network.start; });
}

bool comes_from(std::string_view networks, std::string_view address) {
  if (networks.empty()) return true;
  const auto from = read_address(address);
  if (!from) return false;
  while (!networks.empty()) {
    const size_t end = std::min(networks.find(' '), networks.size());
    const auto network = read_network(networks.substr(0, end));
    if (network.ok() && within(*from, {*network})) return true;
    networks.remove_prefix(std::min(end + 1, networks.size()));
  }
  return false;
}

}  // namespace pinrelay::config
