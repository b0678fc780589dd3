// What the members of an audience look like, from a sample of them: which fields they have, of which types, a
// few values of each, and how texts and numbers would be read as times. People lie in the store in the order
// of keyed hashes, so the first members that a scan meets are a random sample.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "store/snapshot.h"

namespace pinrelay::insight {

// Values read as times, by UTC and with the day first. A form shows a value's digits and letters as 9 and a:
// "99/99/9999".
struct TimeReadings {
  int64_t read = 0, ambiguous = 0, unreadable = 0;
  std::vector<std::string> forms;  // each once

  int64_t count() const { return read + ambiguous + unreadable; }
};

struct FieldSample {
  int64_t people = 0;                         // who have a value
  std::map<store::ValueType, int64_t> types;  // of values, those in lists each for itself
  std::vector<std::string> values;            // as they are stored, each once
  TimeReadings times;                         // of the first few values that could be one
};

struct AudienceSample {
  int64_t looked_at = 0;                             // members
  std::map<store::FieldNumber, FieldSample> fields;  // those that any of the members has
  std::vector<store::ProfileId> people;              // the first few
};

constexpr int64_t kSampledMax = 10'000;  // members
constexpr size_t kSampleValues = 5, kSampleTimes = 10, kSamplePeople = 10;

// Reads up to `members_max` members. At a stop it is worth nothing.
AudienceSample sample_audience(store::Profiles& profiles, store::AudienceNumber audience, int64_t members_max,
                               const std::stop_token& stop);

}  // namespace pinrelay::insight
