// A key of 256 bits in memory that libsodium locks, fences, keeps out of core dumps (MADV_DONTDUMP) and wipes
// when it goes.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"

namespace pinrelay::credentials {

constexpr size_t kKeyBytes = 32;
// Says which key it is and nothing more about it: the beginning of its BLAKE2b hash.
using KeyId = std::array<uint8_t, 8>;

struct LockedKey {
  uint8_t bytes[kKeyBytes];
  KeyId id;

  ByteView view() const { return {bytes, kKeyBytes}; }
  // Sets `id` from `bytes`.
  void name();
};

struct WipeKey {
  void operator()(LockedKey* key) const;
};
using KeyPointer = std::unique_ptr<LockedKey, WipeKey>;

// Not filled in.
KeyPointer new_key();
// Random and named.
KeyPointer random_key();

}  // namespace pinrelay::credentials
