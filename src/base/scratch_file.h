// Byte strings that wait to be read again, in an unlinked temporary file.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace pinrelay {

class ScratchFile {
 public:
  // `directory` holds the file, which exists from the first put to the next clear.
  explicit ScratchFile(std::string directory) : directory_(std::move(directory)) {}
  ~ScratchFile() { clear(); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  struct Place {
    uint64_t offset = 0;
    size_t size = 0;
  };
  // Nothing if it cannot be written (a full disk).
  std::optional<Place> put(ByteView bytes);
  Result<void> read(Place place, Bytes& out) const;
  void clear();

 private:
  const std::string directory_;
  int file_ = -1;
  uint64_t size_ = 0;
};

}  // namespace pinrelay
