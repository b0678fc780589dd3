// Every field of a conversion event that our fields can be mapped to, as one table. Reading a mapping,
// building an event, suggestions, the masking of previews and the reference page all derive from it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace pinrelay::pinterest {

// The three mappings of a job.
enum class Group : uint8_t { kIdentifier, kEvent, kDetails };
std::string_view to_text(Group group);  // "identifiers", "event", "details": as the configuration names them

// The object of the event that the field stands in.
enum class Place : uint8_t { kRoot, kUserData, kCustomData, kContents, kAppInfo, kDeviceInfo };

// How a value of ours becomes one of Pinterest's.
enum class Reading : uint8_t {
  // Hashed (src/identity).
  kEmail,
  kMaid,
  kPhone,
  kName,
  kGender,
  kBirthDate,
  kCity,
  kState,
  kZip,
  kCountry,
  kExternalId,
  // In clear.
  kIp,
  kUserAgent,
  kText,      // as it came, without blanks at its ends; `least` to `most` characters
  kChoice,    // one of `choices`
  kUrl,       // http or https
  kLanguage,  // ISO 639-1, from "en", "en-US" …
  kCurrency,  // ISO 4217
  kMoney,     // a text with a decimal number that is not negative
  kInteger,   // `least` to `most`
  kFlag,      // true or false
  kTime,      // seconds since 1970, read as the event's time is
  // What decides about the event.
  kEventName,
  kActionSource,
  kEventTime,
  kEventId,
  kOptOut,      // a flag; what is not plainly a no is a yes, and counted
  kOptOutType,  // "LDP", also from a flag
};

struct ConversionField {
  std::string_view target;  // what a mapping says: "em", "app_info.app_name"
  Group group;
  Place place;
  Reading reading;
  bool array = false;  // several values; hashed ones always are
  int64_t least = 0;
  int64_t most = std::numeric_limits<int64_t>::max();
  std::string_view choices = {};  // separated by a space
  std::string_view others = {};  // names under which companies keep it, separated by a space, for suggestions
  std::string_view help = {};

  // Its key in the JSON object.
  constexpr std::string_view key() const { return target.substr(target.find('.') + 1); }
  constexpr bool hashed() const { return reading <= Reading::kExternalId; }
};

// What a mapping may set to the same value for everybody. Fields that identify a person, purchase or moment
// never qualify. Of the identifiers, country may have either form, and state only a constant.
enum class Fixed : uint8_t { kNever, kConstant, kConstantOrDefault };
Fixed may_be_fixed(const ConversionField& field);
// True if several mapping entries may share the target; their values then form one list.
constexpr bool takes_several(const ConversionField& field) {
  return field.array && field.place != Place::kContents;
}

// In the order in which an event is written: by place.
std::span<const ConversionField> conversion_fields();
// Null when there is none of that name.
const ConversionField* find_conversion_field(std::string_view target);
// The target whose name, or one of whose other names, `field` is, whatever its spelling ("E-Mail"); null when
// none.
const ConversionField* suggest_conversion_field(std::string_view field);

struct EventName {
  std::string_view name;
  bool described;  // in Pinterest's official description; the others are newer
  std::string_view help;
};
std::span<const EventName> event_names();
// From any spelling, the tag's too ("AddToCart", "add to cart"); null when Pinterest knows none like it.
const EventName* find_event_name(std::string_view text);

inline constexpr std::array<std::string_view, 4> kActionSources{"app_android", "app_ios", "web", "offline"};
// From any case; "" when it is none.
std::string_view find_action_source(std::string_view text);

}  // namespace pinrelay::pinterest
