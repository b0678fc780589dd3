#include "admin/guesses.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/network.h"

namespace pinrelay::admin {
namespace {

constexpr Millis kFirstWait{2'000}, kForgottenAfter{3'600'000};
constexpr size_t kEntriesMax = 10'000;  // of a rule

// What tries are counted by: how many are free, and how long it comes to be at most.
struct Rule {
  bool account;
  unsigned bits;       // of the network around an IPv6 address; 0: wherever it comes from
  unsigned ipv4_bits;  // of the one around an IPv4 address
  unsigned free;
  Millis longest;
};
constexpr Rule kTable[] = {
    {true, 64, 32, 3, Millis{15 * 60'000}},   {false, 64, 32, 20, Millis{15 * 60'000}},
    {false, 56, 24, 30, Millis{15 * 60'000}}, {false, 48, 32, 40, Millis{15 * 60'000}},
    {true, 0, 0, 10, Millis{60'000}},  // a delay, which strangers anywhere can cause
};

// "" where the rule does not hold.
std::string key_of(const Rule& rule, const Guess& guess) {
  if (rule.bits == 0) return guess.known ? "" : guess.account;
  const std::string network = network_of(guess.origin, rule.bits, rule.ipv4_bits);
  if (rule.bits < 64 && network == guess.origin) return "";
  return rule.account ? guess.account + "\n" + network : network;
}

}  // namespace

// Whole bytes: each number of bits is a multiple of 8.
std::string network_of(const std::string& address, unsigned bits, unsigned ipv4_bits) {
  auto read = config::read_address(address);
  if (!read) return address;
  const bool four = config::is_ipv4(*read);
  if (four && ipv4_bits == 32) return address;
  const unsigned kept = four ? 96 + ipv4_bits : bits;  // IPv4 stands at the end of an IPv6 address
  std::fill(read->begin() + kept / 8, read->end(), uint8_t{0});
  return config::address_text(*read) + "/" + std::to_string(four ? ipv4_bits : bits);
}

Result<void> Guesses::begin(const Guess& guess) {
  static_assert(std::size(kTable) == kRules);
  const Millis now = clock_.monotonic();
  Millis until{0};
  for (size_t i = 0; i < kRules; ++i) {
    const auto found = tables_[i].find(key_of(kTable[i], guess));
    if (found != tables_[i].end()) until = std::max(until, found->second.until);
  }
  if (now < until)
    return Error{ErrorKind::kThrottled, "too_many_tries", "this was tried too often", "",
                 fmt::format("try again in {} seconds", (until - now).count() / 1'000 + 1)};
  for (size_t i = 0; i < kRules; ++i)
    if (const std::string key = key_of(kTable[i], guess); !key.empty()) count(i, key);
  return {};
}

void Guesses::count(size_t rule, const std::string& key) {
  const Millis now = clock_.monotonic();
  Table& table = tables_[rule];
  if (table.size() >= kEntriesMax && !table.contains(key))
    // A full table makes room by dropping the shortest delay, so a flood of guesses never locks out anyone
    // else.
    table.erase(std::ranges::min_element(
        table, [](const auto& x, const auto& y) { return x.second.until < y.second.until; }));
  Tries& tries = table[key];
  if (now - tries.last >= kForgottenAfter && now >= tries.until) tries = {};
  tries.last = now;
  const auto& [account, bits, ipv4_bits, free, longest] = kTable[rule];
  if (++tries.count < free) return;
  const unsigned doublings = std::min(tries.count - free, 12U);
  tries.until = now + std::min(kFirstWait * (1U << doublings), longest);
}

void Guesses::take_back(size_t rule, const std::string& key) {
  const auto found = tables_[rule].find(key);
  if (found == tables_[rule].end()) return;
  found->second.until = Millis{0};
  if (found->second.count > 0) --found->second.count;
}

void Guesses::succeed(const Guess& guess) {
  take_back(guess);
  tables_[0].erase(key_of(kTable[0], guess));
}

void Guesses::take_back(const Guess& guess) {
  for (size_t i = 0; i < kRules; ++i) take_back(i, key_of(kTable[i], guess));
}

void KnownPlaces::note(const std::string& account, const std::string& origin, Time at) {
  auto& places = places_[account];
  Time& last = places[network_of(origin)];
  last = std::max(last, at);
  if (places.size() > kPlacesMax)
    places.erase(
        std::ranges::min_element(places, [](const auto& x, const auto& y) { return x.second < y.second; }));
}

bool KnownPlaces::has(const std::string& account, const std::string& origin, Time now) const {
  const auto places = places_.find(account);
  if (places == places_.end()) return false;
  const auto place = places->second.find(network_of(origin));
  return place != places->second.end() && now < place->second + kLasts;
}

}  // namespace pinrelay::admin
