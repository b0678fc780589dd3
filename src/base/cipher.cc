#include "base/cipher.h"

#include <openssl/evp.h>

#include <memory>

#include "base/result.h"

namespace pinrelay {

void apply_key_stream(ByteView key, ByteView in, uint8_t* out) {
  CHECK(key.size() == kStreamKeyBytes);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  const std::array<uint8_t, 16> counter{};
  int written = 0;
  CHECK(context != nullptr);
  CHECK(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_ctr(), key.data(), counter.data(), nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1);
}

}  // namespace pinrelay
