// By which a file is known again: its content. Reading all of a large file takes seconds, so it is done in
// pieces, or on a thread where it holds nobody up.
#pragma once

#include <stop_token>

#include "base/sha256.h"
#include "sources/input_file.h"

namespace pinrelay::sources {

struct Fingerprint {
  Hash hash{};  // SHA-256 of the content
  uint64_t size = 0;
};

class FingerprintReader {
 public:
  // The file outlives it.
  explicit FingerprintReader(const InputFile& file);

  // Reads about `bytes_max` more; the fingerprint once all has been read. kConflict: the file was written to
  // since it was opened.
  Result<std::optional<Fingerprint>> read(uint64_t bytes_max);

 private:
  const InputFile& file_;
  uint64_t offset_ = 0;
  Sha256 sha256_;
  std::vector<char> buffer_;
};

// In one go. kCancelled: it was asked to stop.
Result<Fingerprint> fingerprint(const std::string& path, const std::stop_token& stop = {});

}  // namespace pinrelay::sources
