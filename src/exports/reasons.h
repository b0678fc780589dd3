// The closed table of reasons why a person-change was not sent. The numbers are stored: append, never
// renumber.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pinrelay::exports {

enum class Reason : uint8_t {
  kNone = 0,
  kMissingIdentifier,
  kInvalidEmail,
  kWrongHash,
  kInvalidMaid,
  kNoConsent,
  kNoChange,
  kSuperseded,
  kSharedIdentifier,
  kRejectedByPinterest,
  kTooLarge,
  kCount,
};

// Which counter a person with that reason goes to.
enum class OutcomeClass : uint8_t { kOmitted, kInvalid, kRejected };

struct ReasonInfo {
  Reason reason;
  std::string_view name;
  OutcomeClass outcome;
  std::string_view meaning;
  std::string_view fix;
};

constexpr std::array<ReasonInfo, static_cast<size_t>(Reason::kCount)> kReasons{{
    {Reason::kNone, "none", OutcomeClass::kOmitted, "nothing stands in the way", ""},
    {Reason::kMissingIdentifier, "missing_identifier", OutcomeClass::kInvalid,
     "a member without a value in any mapped identifier field", "fill the field, or map another one"},
    {Reason::kInvalidEmail, "invalid_email", OutcomeClass::kInvalid,
     "the mapped value is not an e-mail address", "correct the address"},
    {Reason::kWrongHash, "wrong_hash", OutcomeClass::kInvalid,
     "the value looks like MD5 or SHA-1, or is the hash of nothing; Pinterest could not match it",
     "send the address itself or its SHA-256"},
    {Reason::kInvalidMaid, "invalid_maid", OutcomeClass::kInvalid,
     "the value is not a mobile ad id (a UUID), or is all zeros",
     "map the field that holds the device's ad id"},
    {Reason::kNoConsent, "no_consent", OutcomeClass::kOmitted, "the consent field is not true",
     "nothing: the person is added when they consent"},
    {Reason::kNoChange, "no_change", OutcomeClass::kOmitted,
     "the list was already as wished, or the wish went back before anything was sent", ""},
    {Reason::kSuperseded, "superseded", OutcomeClass::kOmitted,
     "a newer change of the same identifier took its place before it was sent", ""},
    {Reason::kSharedIdentifier, "shared_identifier", OutcomeClass::kOmitted,
     "another member has the same identifier, so it stays on the list", ""},
    {Reason::kRejectedByPinterest, "rejected_by_pinterest", OutcomeClass::kRejected,
     "Pinterest refused this record when it stood alone in a request",
     "correct the value; it is sent again when it changes, or by 'pinrelay job retry'"},
    {Reason::kTooLarge, "too_large", OutcomeClass::kRejected,
     "Pinterest found a request of one record too large", "report this"},
}};

constexpr const ReasonInfo& info(Reason reason) { return kReasons[static_cast<size_t>(reason)]; }

static_assert([] {
  for (size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<size_t>(kReasons[i].reason) != i || kReasons[i].name.empty()) return false;
  }
  return true;
}());

}  // namespace pinrelay::exports
