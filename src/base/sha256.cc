#include "base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/result.h"

namespace pinrelay {

std::string openssl_version_text() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

Hash hmac_sha256(ByteView key, std::string_view text) {
  Hash out;
  const ByteView message = as_bytes(text);
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
             out.data(), nullptr) != nullptr);
  return out;
}

Sha256::Sha256() { sha256_init(&context_); }

Hash Sha256::hash(std::string_view text) {
  add(text);
  return finish();
}

void Sha256::add(std::string_view text) { sha256_update(&context_, text.size(), as_bytes(text).data()); }

Hash Sha256::finish() {
  Hash out;
  sha256_digest(&context_, out.size(), out.data());
  return out;
}

}  // namespace pinrelay
