// The `records` text of a write: identifiers joined with commas. Pinterest takes lower-case e-mail addresses,
// readable or as MD5, SHA-1 or SHA-256 hex; it documents no tolerance for anything else, so there is none
// here.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/sha256.h"

namespace pinrelay::sim {

struct Records {
  // A SHA-256 as it is; a readable address as its SHA-256, since both name the same person; MD5 and SHA-1 as
  // the SHA-256 of their hex.
  std::vector<Hash> hashes;
  size_t plain = 0;    // readable addresses among them
  size_t nothing = 0;  // hashes of the empty text among them
};

enum class RecordsProblem { kNone, kEmpty, kMalformed };

// A comma at the end is allowed, as in Pinterest's own example; an empty item elsewhere is malformed.
RecordsProblem read_records(std::string_view text, Sha256& sha256, Records& out);

}  // namespace pinrelay::sim
