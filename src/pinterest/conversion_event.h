// From a person's values to one conversion event, as Pinterest wants it: the JSON object that is sent, or the
// reason why there is none. Pure: no I/O, no clock, no state but buffers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/identifier.h"
#include "identity/instant.h"
#include "identity/phone.h"
#include "pinterest/conversion_fields.h"
#include "store/change.h"

namespace pinrelay::pinterest {

// A constant, where no value goes to the target, or its default.
struct FixedValue {
  const ConversionField* target;
  std::string text;
};

// Which of our fields goes where, and what holds where they are silent.
struct EventMapping {
  // The i-th value that build() is given is read as targets[i]. A target stands here several times if it
  // takes several values, or by alternatives.
  std::vector<const ConversionField*> targets;
  // Values that count only while the one before them, of the same target, is not valid; ascending.
  std::vector<size_t> alternatives;
  std::vector<FixedValue> fixed;                                                // one a target
  std::string action_source_default, event_name_default, partner_name_default;  // "" = none
  bool now_when_unparsable = false;
  Millis event_max_age{7LL * 24 * 3600'000};
  identity::DateOrder date_order = identity::DateOrder::kDayFirst;
  std::string time_zone = "UTC";
  std::string default_country;
  std::string content_ids_separator;  // "" = a value is one id
};

// What keeps a mapping from making any event. An empty list: it can start.
struct MappingProblem {
  std::string_view code, message, fix;
};
std::vector<MappingProblem> check_mapping(const EventMapping& mapping);

// Why there is no event. The only things that decide about it.
enum class EventProblem : uint8_t {
  kNone,
  kMissingIdentifier,  // no e-mail, no mobile ad id, no IP address with a user agent
  kMissingEventId,
  kEventIdTooLong,
  kMissingEventName,
  kUnknownEventName,
  kMissingActionSource,
  kUnknownActionSource,
  kEventTimeUnparsable,
  kEventInFuture,
  kEventTooOld,
};

// Why a value was left out of an event, or what is noted about one that was not.
enum class ValueProblem : uint8_t {
  kNone,
  kPlaceholder,  // null, n/a, unknown …
  kInvalidEmail,
  kWrongHash,
  kInvalidMaid,
  kInvalidPhone,
  kInvalidName,
  kInvalidGender,
  kInvalidBirthDate,
  kInvalidCity,
  kInvalidState,
  kInvalidZip,
  kInvalidCountry,
  kInvalidIp,
  kPrivateIp,
  kInvalidUserAgent,
  kInvalidUrl,
  kInvalidLanguage,
  kInvalidCurrency,
  kInvalidNumber,
  kOutOfRange,
  kInvalidFlag,
  kUnknownChoice,
  kTooLong,
  kUnevenContents,    // the fields mapped to `contents` have different numbers of values
  kCurrencyConflict,  // the amount names another currency than the event
  kInvalidTime,
  kEmailInClear,  // an e-mail address would have gone out unhashed
  // The value was sent all the same.
  kUrlCleaned,     // without the e-mail address or the login that stood in it
  kEmailInId,      // an event id or a click id is what it is
  kOptOutAssumed,  // neither yes nor no; taken for a yes
};
inline constexpr auto kLastValueProblem = ValueProblem::kOptOutAssumed;
// "missing_event_id", "invalid_phone" …: stable; "" for kNone.
std::string_view to_text(EventProblem problem);
std::string_view to_text(ValueProblem problem);

struct FieldValue {
  store::ValueType type = store::ValueType::kNull;
  ByteView value;
};

struct DroppedValue {
  const ConversionField* target;
  ValueProblem problem;
};

struct BuiltEvent {
  EventProblem problem = EventProblem::kNone;
  std::string json;  // "" when there is a problem
  std::string event_id;
  std::string_view event_name, action_source;
  int64_t event_time = 0;  // seconds since 1970
  bool late = false;       // more than an hour old: for Pinterest an offline event, reporting only
  bool ambiguous_time = false;
  bool time_was_empty = false;
  bool newer_event_name = false;  // not in Pinterest's official description
  bool limited_without_place =
      false;  // Limited Data Processing without st or country, which Pinterest ignores
  std::vector<DroppedValue> dropped;
};

// What would be wrong with the text as a constant or a default.
ValueProblem check_fixed(const FixedValue& fixed);

// As they are sent: a byte that is no UTF-8 becomes one.
int64_t characters(std::string_view text);
void append_integer(std::string& out, int64_t number);

// Not thread-safe: one per thread. Keeps its buffers.
class EventBuilder {
 public:
  explicit EventBuilder(EventMapping mapping);

  const EventMapping& mapping() const { return mapping_; }
  // `values` are as many as the mapping's targets; `now` is what an empty time means. The result is good
  // until the next call.
  const BuiltEvent& build(std::span<const FieldValue> values, Time now);
  // What a value of a hashed field is made before it is hashed; nothing when it has come as a hash, or is
  // left out.
  std::optional<std::string> normalised(const ConversionField& field, std::string_view text);

 private:
  // What makes a field of Pinterest's: of each source, the first of its values that is valid.
  struct Entry {
    const ConversionField* field;
    std::string key;                                   // "key":
    std::vector<std::pair<size_t, size_t>> sources{};  // the first value and how many
    std::string fixed{};                               // "" = none
    bool is_constant() const { return sources.empty(); }
  };

  bool decide();
  EventProblem read_event_id();
  EventProblem read_event_name();
  EventProblem read_action_source();
  EventProblem read_event_time();
  std::optional<identity::Instant> latest(const FieldValue& value, bool& empty) const;
  std::optional<identity::Instant> latest(const Entry& entry, bool& empty) const;
  Entry& entry_for(const ConversionField& field);
  void find_currency();
  bool read_mapped_currency();
  bool look_for_currency(const FieldValue& value);
  bool fixed_fills(const Entry& entry) const;
  bool lives_in_usa();
  void write_root();
  void write_currency();
  void write_time(const Entry& entry);
  void write_defaults();
  void write(const Entry& entry);
  bool collect_all(const ConversionField& field, const FieldValue& value);
  size_t write_contents(size_t first);
  bool collect(const ConversionField& field, std::string_view text);
  void enter(Place place);
  bool identifies() const;
  // Appends one value as JSON; on a problem `out` is as it was.
  ValueProblem append_value(const ConversionField& field, std::string_view text, std::string& out);
  ValueProblem append_hashed(const ConversionField& field, std::string_view text, std::string& out);
  ValueProblem append_number(const ConversionField& field, std::string_view text, std::string& out);
  ValueProblem append_clear(const ConversionField& field, std::string_view text, std::string& out);
  ValueProblem read_clear(const ConversionField& field, std::string_view text, std::string& out);
  ValueProblem read_amount(std::string_view text, std::string& out);
  std::string_view first_text(const FieldValue& value) const;
  template <typename Valid>
  std::string_view choose_text(const Entry* entry, Valid valid) const;
  std::string_view any_text(const Entry* entry) const;
  bool is_absent(const Entry& entry) const;
  const Entry* entry_of(Reading reading) const;

  EventMapping mapping_;
  std::vector<Entry> entries_;  // in the order of the table
  identity::InstantReader instants_;
  identity::IdentifierHasher hasher_;
  identity::ReadingOptions reading_;
  std::span<const FieldValue> values_;  // during build()
  int64_t present_ = 0;                 // seconds since 1970
  std::string currency_;                // of the event, as far as it is known: mapped, or beside an amount
  bool currency_from_amount_ = false;
  BuiltEvent event_;
  Place place_ = Place::kRoot;
  bool comma_ = false;
  bool partner_written_ = false;
  bool limited_ = false;                           // this event is under Limited Data Processing
  uint64_t written_ = 0;                           // bit of each Reading that user_data has a value of
  std::string list_, value_;                       // the values of the field that is being written, as JSON
  std::vector<std::pair<size_t, size_t>> pieces_;  // where each of them stands in list_
};

}  // namespace pinrelay::pinterest
