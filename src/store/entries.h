// Keys of one size with their values, collected to be put into a map together.
#pragma once

#include "base/bytes.h"

namespace pinrelay::store {

class Entries {
 public:
  explicit Entries(size_t key_size) : key_size_(key_size) {}

  void add(ByteView key, ByteView value) {
    append(keys_, key);
    append(values_, value);
    ends_.push_back(values_.size());
  }
  size_t size() const { return ends_.size(); }
  // One after the other, as maps take them.
  ByteView keys() const { return keys_; }
  ByteView key(size_t i) const { return ByteView(keys_).subspan(i * key_size_, key_size_); }
  ByteView value(size_t i) const {
    const size_t start = i == 0 ? 0 : ends_[i - 1];
    return ByteView(values_).subspan(start, ends_[i] - start);
  }

 private:
  size_t key_size_;
  Bytes keys_, values_;
  std::vector<size_t> ends_;  // of each value
};

}  // namespace pinrelay::store
