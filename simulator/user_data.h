// Values of user_data, and of money: what a check of the type alone lets pass.
#pragma once

#include <string_view>

namespace pinrelay::sim {

// 64 lower-case hex digits.
bool is_sha256(std::string_view text);
// Of any length that a hash function gives: a wrong hash, but not a readable value.
bool looks_hashed(std::string_view text);
// Of "", null, none, n/a or unknown.
bool is_hash_of_nothing(std::string_view sha256);

enum class AddressKind { kPublic, kPrivate, kNone };
// Of an IPv4 or IPv6 address; kPrivate also for loopback, link-local and unspecified ones.
AddressKind address_kind(std::string_view text);

// "72.39"
bool is_decimal(std::string_view text);

}  // namespace pinrelay::sim
