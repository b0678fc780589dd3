// Randomness as our code sees it: one source handed in by whoever starts us, seeded in a test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace pinrelay {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;
  // In [0, bound); bound > 0. The bias is below bound/2^64.
  uint64_t below(uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  // True with the given probability in percent.
  bool chance(unsigned percent) { return below(100) < percent; }
};

// splitmix64: small, fast, the same on every machine. Not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() override {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// The operating system's randomness, good for keys.
std::unique_ptr<Random> make_system_random();
// So many bytes of it: keys, tokens, names that nobody can guess.
Bytes random_bytes(size_t count);
std::string random_hex(size_t bytes);

}  // namespace pinrelay
