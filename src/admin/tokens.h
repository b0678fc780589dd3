// Secrets that callers present: API tokens, write keys, cookies, the tickets of links. Each has 256 random
// bits and is kept as its SHA-256.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace pinrelay::admin {

// Of a new token: what its owner gets, once, and what is kept of it.
struct NewToken {
  Secret text;
  Bytes hash;
};
constexpr std::string_view kTokenBegins = "prl_", kWriteKeyBegins = "prw_";
NewToken make_token(std::string_view begins = kTokenBegins);
Bytes token_hash(const Secret& text);
// In a time that tells nothing of where they differ.
bool same_hash(const Bytes& a, const Bytes& b);

}  // namespace pinrelay::admin
