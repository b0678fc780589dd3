// What Pinterest would take without a word although no careful client sends it. None may come in a test.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinrelay::sim {

enum class ViolationKind : uint8_t {
  kClearText,       // in a field for hashes
  kHashOfNothing,   // SHA-256 of "", null, none, n/a or unknown
  kPrivateAddress,  // an IP address that reaches nobody
  kBadAddress,      // not an IP address
  kUnknownKey,      // in user_data, which is the one open object
  kKeyTwice,
  kNotADecimal,
  kTimeInMillis,
  kEventNumber,   // none or more than 1,000 events
  kTestTooLarge,  // more than 20 events of which only 20 are looked at
  kOtherBytes,    // an event that was accepted, or may have been, comes again with other content
};
constexpr size_t kViolationKinds = 11;
std::string_view violation_name(ViolationKind kind);

struct ViolationSample {
  ViolationKind kind;
  std::string ad_account;
  std::string event_id_sha256;  // hex; "" when the event could not be read
  std::string field;
};

class Violations {
 public:
  using Counts = std::array<uint64_t, kViolationKinds>;

  void add(ViolationKind kind, std::string_view ad_account, std::string_view event_id,
           std::string_view field);
  uint64_t total() const;
  uint64_t of(ViolationKind kind) const;
  const std::map<std::string, Counts, std::less<>>& by_ad_account() const { return counts_; }
  // The first few of each kind.
  std::span<const ViolationSample> samples() const { return samples_; }

 private:
  std::map<std::string, Counts, std::less<>> counts_;
  std::vector<ViolationSample> samples_;
};

}  // namespace pinrelay::sim
