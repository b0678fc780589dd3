#include "credentials/locked_key.h"

#include <sodium.h>

#include "base/result.h"

namespace pinrelay::credentials {

static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kKeyBytes == crypto_secretstream_xchacha20poly1305_KEYBYTES);
static_assert(kKeyBytes == crypto_kdf_KEYBYTES);

void LockedKey::name() {
  uint8_t digest[crypto_generichash_BYTES_MIN];
  crypto_generichash(digest, sizeof digest, bytes, kKeyBytes, nullptr, 0);
  std::memcpy(id.data(), digest, id.size());
}

void WipeKey::operator()(LockedKey* key) const { sodium_free(key); }

KeyPointer new_key() {
  CHECK(sodium_init() >= 0);
  auto* const key = static_cast<LockedKey*>(sodium_malloc(sizeof(LockedKey)));
  CHECK(key != nullptr);
  return KeyPointer(key);
}

KeyPointer random_key() {
  KeyPointer key = new_key();
  randombytes_buf(key->bytes, kKeyBytes);
  key->name();
  return key;
}

}  // namespace pinrelay::credentials
