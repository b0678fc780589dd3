// The present members of a conversions job's audience as the events that they would become: how many, why not
// the others, and a few of them on the way from raw to normalised to sent. What tells who somebody is is
// masked (shown_value.h).
#pragma once

#include <stop_token>

#include "cli/command.h"
#include "cli/field_numbers.h"
#include "exports/reasons.h"
#include "pinterest/conversion_event.h"

namespace pinrelay::cli {

// One member's event. `shown` holds the profile's id, the event's time, and of each mapped field the values:
// raw, normalised (null: they came as hashes, or go as they are) and sent. What tells a person apart is
// masked.
struct EventSample {
  std::string bytes;  // as it is sent
  Json shown;
};

class EventScan {
 public:
  // `now` is what an empty time means. The catalog is to stay; so many samples are kept at most.
  EventScan(const FieldNumbers& fields, const config::JobSettings& settings, Time now, size_t samples = 0);

  // Reads all members, or until there are as many samples as asked for.
  void run(store::Profiles& profiles, bool until_sampled, const std::stop_token& stop);
  // One person, member or not: each mapped field's values as in a sample, and why there would be no event
  // ("reason", null when there would be one).
  Json look(const store::Person& person);
  // "members", "events", "not_sent" and "notes" by reason, and "coverage".
  void write(Json& out) const;
  int64_t events() const { return events_; }
  const std::vector<EventSample>& samples() const { return samples_; }

 private:
  void count(const store::ProfileId& profile, const store::Person& person);
  void add(exports::Reason reason) { ++reasons_[static_cast<size_t>(reason)]; }
  exports::Reason consent_of(const store::Person& person) const;
  std::vector<pinterest::FieldValue> values_of(const store::Person& person) const;
  Json values_json(const std::vector<pinterest::FieldValue>& values, const pinterest::BuiltEvent& event);
  Json normalised(const pinterest::ConversionField& target, const pinterest::FieldValue& value);

  const store::Catalog& catalog_;
  const config::JobSettings settings_;
  const Time now_;
  pinterest::EventBuilder builder_;
  const std::vector<std::string> fields_;
  std::vector<std::optional<store::FieldNumber>> numbers_;
  std::optional<store::FieldNumber> consent_;
  int64_t members_ = 0, events_ = 0;
  std::array<int64_t, static_cast<size_t>(exports::Reason::kCount)> reasons_{};
  std::vector<int64_t> filled_;
  const size_t samples_max_;
  std::vector<EventSample> samples_;
};

// A line for each mapped field of what `values` holds; the same below the person's id.
std::string values_text(const Json& values);
std::string sample_text(const Json& shown);

}  // namespace pinrelay::cli
