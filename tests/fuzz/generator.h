// Makes inputs: mostly seeds with a few mutations, some from the words of the language alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "targets.h"

namespace pinrelay::fuzz {

constexpr size_t kInputBytesMax = 256 * 1024;

// The same for the same target, seed and index. At most kInputBytesMax bytes.
std::string generate(const Target& target, uint64_t seed, uint64_t index);

}  // namespace pinrelay::fuzz
