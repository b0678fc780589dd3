// Finds people by a value that no index knows, such as a phone number: a look at everybody.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "store/snapshot.h"

namespace pinrelay::insight {

// A value that somebody searches for. It matches a stored text that is the same but for the case of A to Z
// and blanks at the ends; a phone number also matches however it is written, with its country code or
// without.
class SoughtValue {
 public:
  explicit SoughtValue(std::string_view text);
  bool matches(std::string_view stored) const;

 private:
  std::string text_;    // without blanks at its ends, small
  std::string digits_;  // of a phone number, without its leading zeros; "" = it is none
};

struct FoundPerson {
  store::ProfileId id;
  std::vector<store::FieldNumber> fields;  // those that hold the value
};

struct PeopleFound {
  int64_t looked_at = 0;
  std::vector<FoundPerson> people;
  bool more = false;  // it stopped at the most that is shown
};

constexpr size_t kFoundMax = 100;

// Looks through this field, or through all. At a stop it is worth nothing.
PeopleFound search_people(store::Profiles& profiles, const SoughtValue& sought,
                          std::optional<store::FieldNumber> field, const std::stop_token& stop);

}  // namespace pinrelay::insight
