// Everything that happens in one simulated world, as one number: the same seed gives the same number, or
// something depends on more than the seed. Printed line by line when asked to.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pinrelay::simulation {

class Trace {
 public:
  explicit Trace(bool print) : print_(print) {}

  void mix(uint64_t word) { hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15ULL, hash_ ^= hash_ >> 29; }
  void mix(std::string_view text) {
    uint64_t word = text.size();
    for (const char c : text) word = word * 1'099'511'628'211ULL + static_cast<unsigned char>(c);
    mix(word);
  }
  // What happened and when (the time on the simulation's own clock).
  void event(Time now, std::string_view text) {
    mix(static_cast<uint64_t>(to_millis(now)));
    mix(text);
    if (print_)
      std::printf("%s %.*s\n", format_rfc3339(now).c_str(), static_cast<int>(text.size()), text.data());
  }
  bool printing() const { return print_; }
  uint64_t hash() const { return hash_; }

 private:
  const bool print_;
  uint64_t hash_ = 1;
};

}  // namespace pinrelay::simulation
