// A key stream, for what has to be unreadable at once when its key is forgotten.
#pragma once

#include "base/bytes.h"

namespace pinrelay {

inline constexpr size_t kStreamKeyBytes = 32;

// AES-256 in counter mode by OpenSSL: encrypts, and decrypts what it has encrypted. `out` has as many bytes
// as `in` and may be the same. A key is for one text alone. It does not tell whether the text was changed.
void apply_key_stream(ByteView key, ByteView in, uint8_t* out);

}  // namespace pinrelay
