// From a field's raw value to the identifier that goes to Pinterest: always a SHA-256, never the value
// itself. Pure: no I/O, no state but buffers.
//
// In every kind, 64 hex digits (after trimming) are taken for a SHA-256 made elsewhere and pass, except
// hashes that are known to name nobody: of nothing, and of a placeholder (placeholder.h). What each kind is
// made before it is hashed: email.h, phone.h, person.h, place.h.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/sha256.h"
#include "identity/instant.h"
#include "identity/phone.h"
#include "identity/placeholder.h"

namespace pinrelay::identity {

enum class IdentifierKind : uint8_t {
  kEmail,        // an address (email.h)
  kSha256Email,  // its SHA-256; an address is accepted with a warning
  kMaid,         // a mobile advertising id, UUID-shaped
  kPhone,
  kName,  // first or last
  kGender,
  kBirthDate,
  kCity,
  kState,
  kZip,
  kCountry,
  kExternalId,  // a company's own; its case is kept
};

// Pinterest does not say clearly which case of a device id it hashes (for IDFAs its help page says upper).
enum class MaidCase : uint8_t { kLower, kUpper };

// What is not in the value and decides how it is read.
struct ReadingOptions {
  MaidCase maid_case = MaidCase::kLower;
  DateOrder date_order = DateOrder::kDayFirst;
  std::string default_country{};  // of phone numbers; ISO 3166-1 alpha-2, "" = none
  bool in_usa = false;            // the person lives there, where no state is named by digits
  std::chrono::sys_days today = std::chrono::sys_days::max();  // nobody was born after it
};

enum class Problem : uint8_t {
  kNone,
  kMissing,       // blank, or a placeholder
  kInvalidEmail,  // not an address
  kWrongHash,     // another hash than SHA-256, a damaged one, or the SHA-256 of nobody
  kInvalidMaid,   // not UUID-shaped, all zero, or the SHA-256 of nobody
  kInvalidPhone,
  kInvalidName,
  kInvalidGender,
  kInvalidBirthDate,
  kInvalidCity,
  kInvalidState,
  kInvalidZip,
  kInvalidCountry,
};
// "missing_identifier", "invalid_email", "wrong_hash" …; "" for kNone.
std::string_view to_text(Problem problem);

struct Extracted {
  Hash hash{};
  Problem problem = Problem::kNone;  // the hash counts only when there is none
  bool raw_in_hashed_field = false;  // a warning: kSha256Email held an address, which was hashed here

  bool ok() const { return problem == Problem::kNone; }
};

// Not thread-safe: one per thread.
class IdentifierHasher {
 public:
  // Allocates nothing for ASCII input of the first three kinds.
  Extracted extract(IdentifierKind kind, std::string_view raw, const ReadingOptions& options = {});
  // What the last extracted value was made before it was hashed; "" when it came as a hash.
  std::string_view normalised() const { return normalised_; }
  // The SHA-256 of normalised() in capital ASCII letters.
  Hash hash_of_capitals();

 private:
  Extracted hashed(const Hash& given, Problem if_nobody) const;
  Extracted email(std::string_view text);
  Extracted sha256_email(std::string_view text);
  Extracted maid(std::string_view text, MaidCase maid_case);
  Extracted attribute(IdentifierKind kind, std::string_view text, const ReadingOptions& options);
  bool normalise(IdentifierKind kind, std::string_view text, const ReadingOptions& options);
  Extracted hash_buffer();

  Sha256 sha256_;
  PhoneReader phones_;
  std::string buffer_;
  std::string_view normalised_;  // into buffer_
  const std::vector<Hash>& nobody_ = hashes_of_placeholders();
};

}  // namespace pinrelay::identity
