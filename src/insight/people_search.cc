#include "insight/people_search.h"

#include <algorithm>

#include "identity/ascii.h"
#include "identity/blank.h"

namespace pinrelay::insight {
namespace {

// Fewer digits are as likely an amount or a year, and would match the ends of many numbers.
constexpr size_t kPhoneDigitsMin = 7, kPhoneDigitsMax = 15;

// The digits of a text that could be a phone number, without zeros in front; "" when it could not.
std::string phone_digits(std::string_view text) {
  std::string digits, buffer;
  for (const char c : identity::plain_text(text, buffer)) {
    if (identity::is_digit(c)) {
      if (c != '0' || !digits.empty()) digits += c;
    } else if (std::string_view("+-./() ").find(c) == std::string_view::npos) {
      return "";
    }
  }
  return digits.size() < kPhoneDigitsMin || digits.size() > kPhoneDigitsMax ? "" : digits;
}

}  // namespace

SoughtValue::SoughtValue(std::string_view text) : text_(identity::trim(text)), digits_(phone_digits(text_)) {
  std::ranges::transform(text_, text_.begin(), identity::to_lower);
}

bool SoughtValue::matches(std::string_view stored) const {
  const std::string_view text = identity::trim(stored);
  if (identity::same_word(text, text_)) return true;
  if (digits_.empty()) return false;
  // The one with the country code ends with the one without.
  const std::string digits = phone_digits(text);
  return !digits.empty() && (digits.ends_with(digits_) || digits_.ends_with(digits));
}

PeopleFound search_people(store::Profiles& profiles, const SoughtValue& sought,
                          std::optional<store::FieldNumber> field, const std::stop_token& stop) {
  PeopleFound found;
  profiles.scan({}, [&](const store::ProfileId& id, const store::Person& person) {
    if (!person.exists()) return !stop.stop_requested();
    ++found.looked_at;
    FoundPerson one{id, {}};
    for (const store::StoredField& stored : person.fields) {
      if (field && stored.number != *field) continue;
      bool matches = false;
      store::for_each_item(stored.type, stored.value, [&](const store::ItemView& item) {
        matches = matches || sought.matches(item.text);
      });
      if (matches) one.fields.push_back(stored.number);
    }
    if (!one.fields.empty()) {
      found.more = found.people.size() == kFoundMax;
      if (!found.more) found.people.push_back(std::move(one));
    }
    return !found.more && !stop.stop_requested();
  });
  return found;
}

}  // namespace pinrelay::insight
