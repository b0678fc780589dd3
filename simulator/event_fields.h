// The objects of a conversion event as Pinterest's description has them: which keys, of what type, within
// what limits. A table; event_body reads by it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace pinrelay::sim {

enum class ValueType : uint8_t {
  kText,
  kDecimal,  // a text that Pinterest reads as a number
  kInteger,
  kFlag,
  kTexts,   // an array of texts
  kHashes,  // an array of SHA-256, as lower-case hex
  kObject,
  kObjects,  // an array of objects
};

// What of an event more than its type is looked at.
enum class Part : uint8_t {
  kOther,
  kEventName,
  kEventId,
  kActionSource,
  kEventTime,
  kEm,
  kMaids,
  kAddress,
  kUserAgent,
  kExternalId,
  kClickId,
};
constexpr size_t kParts = 11;

class ObjectRule;
struct FieldRule {
  std::string_view name;
  ValueType type = ValueType::kText;
  bool nullable = false;
  bool required = false;
  // Of a number, its value; of a text, its characters; of an array, its items.
  int64_t least = std::numeric_limits<int64_t>::min();
  int64_t most = std::numeric_limits<int64_t>::max();
  std::span<const std::string_view> allowed{};  // none: any
  const ObjectRule* object = nullptr;
  Part part = Part::kOther;
};

class ObjectRule {
 public:
  // An object that is not closed may have keys beyond these.
  constexpr ObjectRule(std::span<const FieldRule> fields, bool closed) : fields_(fields), closed_(closed) {
    for (size_t i = 0; i < fields.size(); ++i) {
      size_t slot = home(fields[i].name);
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<uint8_t>(i + 1);
    }
  }

  constexpr std::span<const FieldRule> fields() const { return fields_; }
  constexpr bool closed() const { return closed_; }
  // Its place among the fields, or their number when there is no such key.
  constexpr size_t find(std::string_view key) const {
    for (size_t slot = home(key); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      if (fields_[slots_[slot] - 1U].name == key) return slots_[slot] - 1U;
    }
    return fields_.size();
  }

 private:
  static constexpr size_t kSlots = 64;
  static constexpr size_t home(std::string_view key) {
    if (key.empty()) return 0;
    const auto at = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(key[i])); };
    return (key.size() * 7 + at(0) * 3 + at(key.size() - 1) * 5 + at(key.size() / 2) * 11) % kSlots;
  }

  std::span<const FieldRule> fields_;
  bool closed_;
  std::array<uint8_t, kSlots> slots_{};  // 1 + the place of a field, found by its name; 0 = empty
};

// The whole event, with all that is in it.
const ObjectRule& event_rule();
// Those that Pinterest knows by now, also newer ones than its description names.
bool known_event_name(std::string_view name);

}  // namespace pinrelay::sim
