#include "base/random.h"

#include <openssl/rand.h>

#include "base/result.h"

namespace pinrelay {
namespace {

class SystemRandom final : public Random {
 public:
  uint64_t next() override {
    uint64_t value = 0;
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) == 1);
    return value;
  }
};

}  // namespace

std::unique_ptr<Random> make_system_random() { return std::make_unique<SystemRandom>(); }

Bytes random_bytes(size_t count) {
  Bytes bytes(count);
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(count)) == 1);
  return bytes;
}

std::string random_hex(size_t bytes) { return to_hex(random_bytes(bytes)); }

}  // namespace pinrelay
