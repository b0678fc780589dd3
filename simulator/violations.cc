#include "simulator/violations.h"

#include <algorithm>
#include <numeric>

#include "base/sha256.h"

namespace pinrelay::sim {
namespace {

constexpr std::array<std::string_view, kViolationKinds> kNames{
    "clear_text",  "hash_of_nothing", "private_address", "bad_address",  "unknown_user_data_key",
    "key_twice",   "not_a_decimal",   "time_in_millis",  "event_number", "test_too_large",
    "other_bytes",
};
constexpr uint64_t kSamplesOfAKind = 5;
constexpr size_t kFieldLengthMax = 60;

}  // namespace

std::string_view violation_name(ViolationKind kind) { return kNames[static_cast<size_t>(kind)]; }

void Violations::add(ViolationKind kind, std::string_view ad_account, std::string_view event_id,
                     std::string_view field) {
  const bool sampled = of(kind) < kSamplesOfAKind;
  auto counts = counts_.find(ad_account);
  if (counts == counts_.end()) counts = counts_.emplace(ad_account, Counts{}).first;
  ++counts->second[static_cast<size_t>(kind)];
  if (!sampled) return;
  Sha256 sha256;
  samples_.push_back({kind, std::string(ad_account), event_id.empty() ? "" : to_hex(sha256.hash(event_id)),
                      std::string(field.substr(0, kFieldLengthMax))});
}

uint64_t Violations::total() const {
  uint64_t total = 0;
  for (const auto& [ad_account, counts] : counts_) {
    total = std::accumulate(counts.begin(), counts.end(), total);
  }
  return total;
}

uint64_t Violations::of(ViolationKind kind) const {
  uint64_t total = 0;
  for (const auto& [ad_account, counts] : counts_) total += counts[static_cast<size_t>(kind)];
  return total;
}

}  // namespace pinrelay::sim
