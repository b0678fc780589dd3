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

}  // namespace pinrelay
