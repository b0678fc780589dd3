#include "identity/identifier.h"

#include <algorithm>

#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/email.h"
#include "identity/person.h"
#include "identity/place.h"

namespace pinrelay::identity {
namespace {

constexpr size_t kUuidSize = 36;
constexpr std::string_view kZeroUuid = "00000000-0000-0000-0000-000000000000";

bool is_hex(char c) { return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }

// As long as an MD5, SHA-1, SHA-224, SHA-384 or SHA-512 in hex.
bool is_other_hash(std::string_view text) {
  constexpr size_t kSizes[] = {32, 40, 56, 96, 128};
  return std::ranges::find(kSizes, text.size()) != std::end(kSizes) && std::ranges::all_of(text, is_hex);
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidSize) return false;
  for (size_t i = 0; i < kUuidSize; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

Extracted problem(Problem what) { return {{}, what, false}; }

// Shorter ones are names and words, too.
bool is_long_hash(std::string_view text) { return text.size() >= 32 && is_other_hash(text); }

// A placeholder elsewhere, and of an ad id what a device says whose owner wants no tracking.
bool is_zero_maid(IdentifierKind kind, std::string_view text) {
  return kind == IdentifierKind::kMaid && text == kZeroUuid;
}

// NA is Namibia as a country, and Naples as a state; n/a is neither.
bool is_code_na(IdentifierKind kind, std::string_view text) {
  return (kind == IdentifierKind::kCountry || kind == IdentifierKind::kState) && same_word(text, "na");
}

Problem problem_of(IdentifierKind kind) {
  switch (kind) {
    case IdentifierKind::kPhone:
      return Problem::kInvalidPhone;
    case IdentifierKind::kGender:
      return Problem::kInvalidGender;
    case IdentifierKind::kBirthDate:
      return Problem::kInvalidBirthDate;
    case IdentifierKind::kCity:
      return Problem::kInvalidCity;
    case IdentifierKind::kState:
      return Problem::kInvalidState;
    case IdentifierKind::kZip:
      return Problem::kInvalidZip;
    case IdentifierKind::kCountry:
      return Problem::kInvalidCountry;
    default:
      return Problem::kInvalidName;
  }
}

}  // namespace

std::string_view to_text(Problem problem) {
  switch (problem) {
    case Problem::kNone:
      return "";
    case Problem::kMissing:
      return "missing_identifier";
    case Problem::kInvalidEmail:
      return "invalid_email";
    case Problem::kWrongHash:
      return "wrong_hash";
    case Problem::kInvalidMaid:
      return "invalid_maid";
    case Problem::kInvalidPhone:
      return "invalid_phone";
    case Problem::kInvalidName:
      return "invalid_name";
    case Problem::kInvalidGender:
      return "invalid_gender";
    case Problem::kInvalidBirthDate:
      return "invalid_birth_date";
    case Problem::kInvalidCity:
      return "invalid_city";
    case Problem::kInvalidState:
      return "invalid_state";
    case Problem::kInvalidZip:
      return "invalid_zip";
    case Problem::kInvalidCountry:
      return "invalid_country";
  }
  return "";
}

Extracted IdentifierHasher::extract(IdentifierKind kind, std::string_view raw,
                                    const ReadingOptions& options) {
  normalised_ = {};
  const std::string_view text = trim(raw);
  if (text.empty()) return problem(Problem::kMissing);
  const Problem if_nobody = kind == IdentifierKind::kMaid ? Problem::kInvalidMaid : Problem::kWrongHash;
  if (Hash given; parse_hex(text, given)) return hashed(given, if_nobody);
  Extracted out = kind == IdentifierKind::kEmail         ? email(text)
                  : kind == IdentifierKind::kSha256Email ? sha256_email(text)
                  : kind == IdentifierKind::kMaid        ? maid(text, options.maid_case)
                                                         : attribute(kind, text, options);
  // All that is left to look for in what is valid is a template in it: {{ user }}@example.org.
  const auto has = [&](char c) { return text.find(c) != std::string_view::npos; };
  const bool suspicious = !out.ok() || has('{') || has('|') || has('%');
  if (suspicious && !is_zero_maid(kind, text) && is_placeholder(text)) return problem(Problem::kMissing);
  return out;
}

Extracted IdentifierHasher::hash_buffer() {
  normalised_ = buffer_;
  return {sha256_.hash(buffer_), Problem::kNone, false};
}

Hash IdentifierHasher::hash_of_capitals() {
  std::string capitals(normalised_);
  std::ranges::transform(capitals, capitals.begin(), to_upper);
  return sha256_.hash(capitals);
}

// Of these kinds almost any text is valid, so a placeholder must be looked for first.
Extracted IdentifierHasher::attribute(IdentifierKind kind, std::string_view text,
                                      const ReadingOptions& options) {
  const bool code = is_code_na(kind, text);
  if (!code && is_placeholder(text)) return problem(Problem::kMissing);
  // A company's own id may look like anything.
  if (kind != IdentifierKind::kExternalId && is_long_hash(text)) return problem(Problem::kWrongHash);
  if (!normalise(kind, text, options)) return problem(problem_of(kind));
  // "n.u.l.l" is a placeholder, too, once its points are gone. A code stands for itself, and has none.
  const bool named = kind == IdentifierKind::kCountry || kind == IdentifierKind::kState;
  return !named && is_placeholder(buffer_) ? problem(Problem::kMissing) : hash_buffer();
}

bool IdentifierHasher::normalise(IdentifierKind kind, std::string_view text, const ReadingOptions& options) {
  switch (kind) {
    case IdentifierKind::kPhone:
      return phones_.normalise(text, options.default_country, buffer_);
    case IdentifierKind::kGender:
      return normalise_gender(text, buffer_);
    case IdentifierKind::kBirthDate:
      return normalise_birth_date(text, options.date_order, options.today, buffer_);
    case IdentifierKind::kCity:
      return normalise_city(text, buffer_);
    case IdentifierKind::kState:
      return normalise_state(text, buffer_) && !(options.in_usa && std::ranges::all_of(buffer_, is_digit));
    case IdentifierKind::kZip:
      return normalise_zip(text, buffer_);
    case IdentifierKind::kCountry:
      return countries().normalise(text, buffer_);
    case IdentifierKind::kExternalId:
      buffer_ = text;
      return true;
    default:
      return normalise_name(text, buffer_);
  }
}

Extracted IdentifierHasher::hashed(const Hash& given, Problem if_nobody) const {
  if (std::ranges::binary_search(nobody_, given)) return problem(if_nobody);
  return {given, Problem::kNone, false};
}

Extracted IdentifierHasher::email(std::string_view text) {
  if (normalise_email(text, buffer_)) return hash_buffer();
  return problem(is_other_hash(text) ? Problem::kWrongHash : Problem::kInvalidEmail);
}

Extracted IdentifierHasher::sha256_email(std::string_view text) {
  Extracted out = email(text);
  out.raw_in_hashed_field = out.ok();
  // What holds no '@' was meant as a hash.
  if (!out.ok() && text.find('@') == std::string_view::npos) out.problem = Problem::kWrongHash;
  return out;
}

Extracted IdentifierHasher::maid(std::string_view text, MaidCase maid_case) {
  if (!is_uuid(text) || text == kZeroUuid) return problem(Problem::kInvalidMaid);
  buffer_.resize(kUuidSize);
  std::ranges::transform(text, buffer_.begin(), maid_case == MaidCase::kUpper ? to_upper : to_lower);
  return hash_buffer();
}

}  // namespace pinrelay::identity
