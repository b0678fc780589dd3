// A checksum at the end of a blob. SQLite notices damage to its own structures only, so what we pack into
// blobs is sealed by us.
#pragma once

#include "base/bytes.h"

namespace pinrelay::store {

constexpr size_t kSealBytes = sizeof(uint32_t);

// Appends the checksum of everything in `blob`. `place` says where the blob is kept, so that one that has
// strayed is noticed too.
void seal(Bytes& blob, uint64_t place);
// Takes the seal off the view; false when the blob is not what was sealed for that place.
bool unseal(ByteView& blob, uint64_t place);

}  // namespace pinrelay::store
