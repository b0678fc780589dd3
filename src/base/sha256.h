// SHA-256 by OpenSSL with the algorithm fetched once and the context reused (three times the speed of the
// one-shot call).
#pragma once

#include <memory>
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
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Hash hash(std::string_view text);
  // For input in pieces: add…, then finish, which also starts anew.
  void add(std::string_view text);
  Hash finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pinrelay
