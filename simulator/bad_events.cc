#include "simulator/bad_events.h"

#include <array>
#include <utility>

#include "base/random.h"

namespace pinrelay::sim {
namespace {

using enum Refusal;
constexpr std::array<std::pair<std::string_view, Refusal>, 4> kRefusals{{
    {"partial_failure", kPartialFailure},
    {"unprocessable", kUnprocessable},
    {"unprocessable_opaque", kUnprocessableOpaque},
    {"whole_body_400", kWholeBody},
}};

// FNV-1a: the same on every machine.
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

std::string_view to_text(Refusal refusal) { return kRefusals[static_cast<size_t>(refusal)].first; }

const Refusal* find_refusal(std::string_view name) {
  for (const auto& [known, refusal] : kRefusals) {
    if (known == name) return &refusal;
  }
  return nullptr;
}

const Refusal* BadEvents::find(std::string_view event_id) const {
  const auto at = refusals_.find(event_id);
  return at == refusals_.end() ? nullptr : &at->second;
}

bool is_chosen(std::string_view event_id, uint64_t seed, unsigned per_mille) {
  return SeededRandom(seed ^ hash_of(event_id)).below(1000) < per_mille;
}

}  // namespace pinrelay::sim
