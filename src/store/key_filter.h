// Says of a key that it is certainly not among those added, or that it may be: a Bloom filter in which all
// bits of a key share one cache line. A byte for each key it is made for, and about one foreign key in thirty
// "may be".
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace pinrelay::store {

class KeyFilter {
 public:
  explicit KeyFilter(size_t keys) : lines_(keys / sizeof(Line) + 1), most_(2 * keys) {}

  // `key`: 64 bits of a hash.
  void add(uint64_t key) {
    Line& line = lines_[line_of(key)];
    for (const uint64_t bit : bits_of(key)) line[bit / 64] |= uint64_t{1} << bit % 64;
    ++added_;
  }
  bool maybe(uint64_t key) const {
    const Line& line = lines_[line_of(key)];
    for (const uint64_t bit : bits_of(key))
      if ((line[bit / 64] >> bit % 64 & 1) == 0) return false;
    return true;
  }
  // So many have been added that a new filter is worth its while.
  bool full() const { return added_ > most_; }

 private:
  using Line = std::array<uint64_t, 8>;
  // The upper half chooses the line, in the order of the keys; the lower half three bits of it.
  size_t line_of(uint64_t key) const { return (key >> 32) * lines_.size() >> 32; }
  static std::array<uint64_t, 3> bits_of(uint64_t key) {
    return {key & 511, key >> 9 & 511, key >> 18 & 511};
  }

  std::vector<Line> lines_;
  size_t most_, added_ = 0;
};

}  // namespace pinrelay::store
