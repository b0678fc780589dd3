// SHA-256 by Nettle: identifiers are a few dozen bytes, for which OpenSSL's way to its digests takes longer
// than the digest (5 million a second against 12, on one machine).
#pragma once

#include <nettle/sha2.h>

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace pinrelay {

// Of OpenSSL: "3.0.11".
std::string openssl_version_text();

// HMAC-SHA-256, RFC 2104.
Hash hmac_sha256(ByteView key, std::string_view text);

// Not thread-safe: one per thread.
class Sha256 {
 public:
  Sha256();

  Hash hash(std::string_view text);
  // For input in pieces: add…, then finish, which also starts anew.
  void add(std::string_view text);
  Hash finish();

 private:
  sha256_ctx context_;
};

}  // namespace pinrelay
