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

struct Sha256::State {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(state_->algorithm != nullptr && state_->context != nullptr);
  CHECK(EVP_DigestInit_ex2(state_->context, state_->algorithm, nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(state_->context);
  EVP_MD_free(state_->algorithm);
}

Hash Sha256::hash(std::string_view text) {
  add(text);
  return finish();
}

void Sha256::add(std::string_view text) { EVP_DigestUpdate(state_->context, text.data(), text.size()); }

Hash Sha256::finish() {
  Hash out;
  EVP_DigestFinal_ex(state_->context, out.data(), nullptr);
  // A null algorithm means "the same again", which skips the look-up.
  EVP_DigestInit_ex2(state_->context, nullptr, nullptr);
  return out;
}

}  // namespace pinrelay
