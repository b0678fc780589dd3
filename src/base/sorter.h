// Sorts any number of fixed-size records within a bounded memory: full buffers are sorted and spilled to an
// unlinked temporary file, and read back merged. Records compare as bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pinrelay {

class Sorter {
 public:
  // `directory` holds the spill file; the buffer takes about `memory_max` bytes (and the merge as much
  // again).
  Sorter(std::string directory, size_t record_size, size_t memory_max);
  ~Sorter();
  Sorter(const Sorter&) = delete;
  Sorter& operator=(const Sorter&) = delete;

  // First all records…
  void add(ByteView record);
  // …then finish, then next until it gives nothing. A record stays valid until the call after.
  Result<void> finish();
  const uint8_t* next();
  // To the first record again.
  Result<void> rewind();
  // A spill that failed (disk full): the order is then incomplete, and everything has to be done again.
  const Result<void>& status() const { return status_; }
  uint64_t size() const { return size_; }

 private:
  struct Run;
  void sort_buffer();
  void spill();
  bool refill(Run& run);
  void push(Run* run);
  const uint8_t* head(const Run& run) const;

  const std::string directory_;
  const size_t record_size_;
  const size_t records_max_;
  Bytes buffer_, sorted_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<Run*> heap_;
  Run* current_ = nullptr;
  size_t position_ = 0;
  uint64_t size_ = 0;
  int file_ = -1;
  uint64_t file_size_ = 0;
  Result<void> status_;
};

}  // namespace pinrelay
