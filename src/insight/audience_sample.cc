#include "insight/audience_sample.h"

#include <algorithm>

#include "identity/instant.h"

namespace pinrelay::insight {
namespace {

using store::ValueType;

constexpr size_t kFormMax = 40;  // characters of a form

std::string form_of(std::string_view text) {
  std::string form;
  for (const char c : text.substr(0, kFormMax)) {
    const auto byte = static_cast<unsigned char>(c);
    form += byte >= '0' && byte <= '9' ? '9' : byte >= 0x80 || std::isalpha(byte) != 0 ? 'a' : c;
  }
  return form;
}

void add_once(std::vector<std::string>& texts, size_t max, std::string_view text) {
  if (texts.size() < max && std::ranges::find(texts, text) == texts.end()) texts.emplace_back(text);
}

void read_as_time(const identity::InstantReader& reader, std::string_view text, TimeReadings& times) {
  const auto instant = reader.read(text);
  ++(!instant ? times.unreadable : instant->ambiguous ? times.ambiguous : times.read);
  add_once(times.forms, kSampleTimes, form_of(text));
}

// Flags and lists are no times, and what has the type of a date is one already.
bool could_be_time(ValueType type) {
  return type == ValueType::kString || type == ValueType::kInt || type == ValueType::kNumber;
}

void add_field(const store::StoredField& field, const identity::InstantReader& reader, FieldSample& sample) {
  ++sample.people;
  store::for_each_item(field.type, field.value, [&](const store::ItemView& item) {
    ++sample.types[item.type];
    add_once(sample.values, kSampleValues, item.text);
    if (could_be_time(item.type) && sample.times.count() < static_cast<int64_t>(kSampleTimes))
      read_as_time(reader, item.text, sample.times);
  });
}

}  // namespace

AudienceSample sample_audience(store::Profiles& profiles, store::AudienceNumber audience, int64_t members_max,
                               const std::stop_token& stop) {
  const identity::InstantReader reader("UTC", identity::DateOrder::kDayFirst);
  AudienceSample sample;
  profiles.scan({}, [&](const store::ProfileId& id, const store::Person& person) {
    if (person.member_of(audience)) {
      ++sample.looked_at;
      if (sample.people.size() < kSamplePeople) sample.people.push_back(id);
      for (const store::StoredField& field : person.fields)
        if (field.type != ValueType::kNull) add_field(field, reader, sample.fields[field.number]);
    }
    return sample.looked_at < members_max && !stop.stop_requested();
  });
  return sample;
}

}  // namespace pinrelay::insight
