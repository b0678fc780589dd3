#include "pinterest/conversion_event.h"

#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "identity/blank.h"
#include "identity/detail.h"
#include "identity/visitor.h"

namespace pinrelay::pinterest {
namespace {

using identity::is_placeholder;
using identity::read_flag;
using identity::trim;

constexpr int64_t kLateSeconds = 3600, kFutureSeconds = 300;
constexpr size_t kItemsMax = 1'000;  // of one array; Pinterest documents no limit

constexpr uint64_t bit(Reading reading) { return 1ULL << static_cast<unsigned>(reading); }

identity::IdentifierKind kind_of(Reading reading) {
  using identity::IdentifierKind;
  switch (reading) {
    case Reading::kMaid:
      return IdentifierKind::kMaid;
    case Reading::kPhone:
      return IdentifierKind::kPhone;
    case Reading::kName:
      return IdentifierKind::kName;
    case Reading::kGender:
      return IdentifierKind::kGender;
    case Reading::kBirthDate:
      return IdentifierKind::kBirthDate;
    case Reading::kCity:
      return IdentifierKind::kCity;
    case Reading::kState:
      return IdentifierKind::kState;
    case Reading::kZip:
      return IdentifierKind::kZip;
    case Reading::kCountry:
      return IdentifierKind::kCountry;
    case Reading::kExternalId:
      return IdentifierKind::kExternalId;
    default:
      return IdentifierKind::kEmail;
  }
}

ValueProblem problem_of(identity::Problem problem) {
  using identity::Problem;
  switch (problem) {
    case Problem::kNone:
      return ValueProblem::kNone;
    case Problem::kMissing:
      return ValueProblem::kPlaceholder;
    case Problem::kInvalidEmail:
      return ValueProblem::kInvalidEmail;
    case Problem::kWrongHash:
      return ValueProblem::kWrongHash;
    case Problem::kInvalidMaid:
      return ValueProblem::kInvalidMaid;
    case Problem::kInvalidPhone:
      return ValueProblem::kInvalidPhone;
    case Problem::kInvalidName:
      return ValueProblem::kInvalidName;
    case Problem::kInvalidGender:
      return ValueProblem::kInvalidGender;
    case Problem::kInvalidBirthDate:
      return ValueProblem::kInvalidBirthDate;
    case Problem::kInvalidCity:
      return ValueProblem::kInvalidCity;
    case Problem::kInvalidState:
      return ValueProblem::kInvalidState;
    case Problem::kInvalidZip:
      return ValueProblem::kInvalidZip;
    case Problem::kInvalidCountry:
      return ValueProblem::kInvalidCountry;
  }
  return ValueProblem::kWrongHash;
}

// What a detail that cannot be read has for a reason.
ValueProblem problem_of(Reading reading) {
  switch (reading) {
    case Reading::kUserAgent:
      return ValueProblem::kInvalidUserAgent;
    case Reading::kUrl:
      return ValueProblem::kInvalidUrl;
    case Reading::kLanguage:
      return ValueProblem::kInvalidLanguage;
    case Reading::kCurrency:
      return ValueProblem::kInvalidCurrency;
    case Reading::kDecimal:
    case Reading::kInteger:
      return ValueProblem::kInvalidNumber;
    case Reading::kFlag:
      return ValueProblem::kInvalidFlag;
    default:
      return ValueProblem::kUnknownChoice;
  }
}

// As they are sent: a byte that is no UTF-8 becomes one.
int64_t characters(std::string_view text) {
  int64_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) i += decode_utf8(text.substr(i)).size;
  return count;
}

void append_number(std::string& out, int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Two digits of each byte.
constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < 256; ++i) pairs[i] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15]};
  return pairs;
}();

void append_hash(std::string& out, const Hash& hash) {
  char text[2 * sizeof(Hash) + 2];
  char* at = text;
  *at++ = '"';
  for (const uint8_t byte : hash) at = std::copy_n(kHexPairs[byte].data(), 2, at);
  *at++ = '"';
  out.append(text, at);
}

std::string find_choice(std::string_view choices, std::string_view text) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  while (!choices.empty()) {
    const size_t end = std::min(choices.find(' '), choices.size());
    if (std::ranges::equal(text, choices.substr(0, end), same)) return std::string(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return {};
}

std::string_view name_of(Place place) {
  switch (place) {
    case Place::kUserData:
      return "user_data";
    case Place::kCustomData:
    case Place::kContents:
      return "custom_data";
    case Place::kAppInfo:
      return "app_info";
    case Place::kDeviceInfo:
      return "device_info";
    case Place::kRoot:
      break;
  }
  return "";
}

bool decides(Reading reading) {
  return reading == Reading::kEventName || reading == Reading::kActionSource ||
         reading == Reading::kEventTime || reading == Reading::kEventId;
}

// "LDP" in a comma list, or a flag that says so.
bool limits(std::string_view text) {
  if (read_flag(text).value_or(false)) return true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view word = trim(text.substr(0, end));
    if (word.size() == 3 && (word[0] | 32) == 'l' && (word[1] | 32) == 'd' && (word[2] | 32) == 'p')
      return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

}  // namespace

std::string_view to_text(EventProblem problem) {
  static constexpr std::string_view kNames[] = {
      "",
      "missing_identifier",
      "missing_event_id",
      "event_id_too_long",
      "missing_event_name",
      "unknown_event_name",
      "missing_action_source",
      "unknown_action_source",
      "event_time_unparsable",
      "event_in_future",
      "event_too_old",
  };
  return kNames[static_cast<size_t>(problem)];
}

std::string_view to_text(ValueProblem problem) {
  static constexpr std::string_view kNames[] = {
      "",
      "placeholder",
      "invalid_email",
      "wrong_hash",
      "invalid_maid",
      "invalid_phone",
      "invalid_name",
      "invalid_gender",
      "invalid_birth_date",
      "invalid_city",
      "invalid_state",
      "invalid_zip",
      "invalid_country",
      "invalid_ip",
      "private_ip",
      "invalid_user_agent",
      "invalid_url",
      "invalid_language",
      "invalid_currency",
      "invalid_number",
      "out_of_range",
      "invalid_flag",
      "unknown_choice",
      "too_long",
      "uneven_contents",
  };
  return kNames[static_cast<size_t>(problem)];
}

std::vector<MappingProblem> check_mapping(const EventMapping& mapping) {
  const auto has = [&](std::string_view target) {
    return std::ranges::find(mapping.targets, target, &ConversionField::target) != mapping.targets.end();
  };
  std::vector<MappingProblem> out;
  if (!has("em") && !has("hashed_maids") && !(has("client_ip_address") && has("client_user_agent")))
    out.push_back(
        {"no_identifier_set",
         "no sufficient identifier is mapped: Pinterest needs an e-mail address, a mobile ad id, or an IP "
         "address together with a user agent",
         "Map em, or hashed_maids, or client_ip_address and client_user_agent, under identifiers"});
  if (!has("event_id"))
    out.push_back({"event_id_not_mapped", "event_id is not mapped",
                   "Map the field that names the conversion, such as an order id, to event_id under event"});
  if (!has("event_time"))
    out.push_back({"event_time_not_mapped", "event_time is not mapped",
                   "Map the field that says when it happened to event_time under event"});
  if (!has("event_name") && mapping.event_name_default.empty())
    out.push_back({"no_event_name", "event_name is not mapped and event_name_default is not set",
                   "Set one of them, for instance event_name_default: checkout"});
  if (!has("action_source") && mapping.action_source_default.empty())
    out.push_back({"no_action_source", "action_source is not mapped and action_source_default is not set",
                   "Set one of them, for instance action_source_default: web"});
  return out;
}

EventBuilder::EventBuilder(EventMapping mapping)
    : mapping_(std::move(mapping)), instants_(mapping_.time_zone, mapping_.date_order) {
  for (size_t i = 0; i < mapping_.targets.size(); ++i)
    entries_.push_back({mapping_.targets[i], i, "\"" + std::string(mapping_.targets[i]->key()) + "\":"});
  std::ranges::sort(entries_, {}, &Entry::field);  // one table: addresses are its order
  reading_.date_order = mapping_.date_order;
  reading_.default_country = mapping_.default_country;
}

const EventBuilder::Entry* EventBuilder::entry_of(Reading reading) const {
  const auto found =
      std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.field->reading == reading; });
  return found == entries_.end() ? nullptr : &*found;
}

// The first value that is not blank and no placeholder; "" when there is none.
std::string_view EventBuilder::first_text(const Entry* entry, std::span<const FieldValue> values) const {
  std::string_view out;
  if (entry == nullptr) return out;
  const FieldValue& value = values[entry->source];
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    if (out.empty()) out = trim(item.text);
    if (is_placeholder(out)) out = {};
  });
  return out;
}

EventProblem EventBuilder::read_event_id(std::span<const FieldValue> values) {
  const Entry* entry = entry_of(Reading::kEventId);
  const std::string_view text = first_text(entry, values);
  if (text.empty()) return EventProblem::kMissingEventId;
  if (characters(text) > entry->field->most) return EventProblem::kEventIdTooLong;
  event_.event_id = text;
  return EventProblem::kNone;
}

EventProblem EventBuilder::read_event_name(std::span<const FieldValue> values) {
  std::string_view text = first_text(entry_of(Reading::kEventName), values);
  if (text.empty()) text = mapping_.event_name_default;
  if (text.empty()) return EventProblem::kMissingEventName;
  const EventName* name = find_event_name(text);
  if (name == nullptr) return EventProblem::kUnknownEventName;
  event_.event_name = name->name;
  event_.newer_event_name = !name->described;
  return EventProblem::kNone;
}

EventProblem EventBuilder::read_action_source(std::span<const FieldValue> values) {
  std::string_view text = first_text(entry_of(Reading::kActionSource), values);
  if (text.empty()) text = mapping_.action_source_default;
  if (text.empty()) return EventProblem::kMissingActionSource;
  event_.action_source = find_action_source(text);
  return event_.action_source.empty() ? EventProblem::kUnknownActionSource : EventProblem::kNone;
}

EventProblem EventBuilder::read_event_time(std::span<const FieldValue> values, Time now) {
  const int64_t present = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string_view text = first_text(entry_of(Reading::kEventTime), values);
  event_.event_time = present;
  event_.time_was_empty = text.empty();
  if (text.empty()) return EventProblem::kNone;
  const auto instant = instants_.read(text);
  if (!instant)
    return mapping_.now_when_unparsable ? EventProblem::kNone : EventProblem::kEventTimeUnparsable;
  event_.event_time = instant->seconds;
  event_.ambiguous_time = instant->ambiguous;
  event_.late = instant->seconds < present - kLateSeconds;
  if (instant->seconds > present + kFutureSeconds) return EventProblem::kEventInFuture;
  const bool too_old = instant->seconds < present - mapping_.event_max_age.count() / 1'000;
  return too_old ? EventProblem::kEventTooOld : EventProblem::kNone;
}

bool EventBuilder::decide(std::span<const FieldValue> values, Time now) {
  event_.problem = read_event_id(values);
  if (event_.problem == EventProblem::kNone) event_.problem = read_event_name(values);
  if (event_.problem == EventProblem::kNone) event_.problem = read_action_source(values);
  if (event_.problem == EventProblem::kNone) event_.problem = read_event_time(values, now);
  return event_.problem == EventProblem::kNone;
}

const BuiltEvent& EventBuilder::build(std::span<const FieldValue> values, Time now) {
  CHECK(values.size() == mapping_.targets.size());
  std::string json = std::move(event_.json);
  std::vector<DroppedValue> dropped = std::move(event_.dropped);
  json.clear(), dropped.clear();
  event_ = {};
  event_.json = std::move(json), event_.dropped = std::move(dropped);
  written_ = 0;
  partner_written_ = false;
  if (!decide(values, now)) return event_;
  limited_ = limits(first_text(entry_of(Reading::kOptOutType), values));
  write_root();
  bool partner = false;
  for (size_t i = 0; i < entries_.size();) {
    const Entry& entry = entries_[i];
    if (!partner && entry.field->place != Place::kRoot) partner = true, write_defaults();
    if (entry.field->place == Place::kContents) {
      i = write_contents(i, values);
      continue;
    }
    if (!decides(entry.field->reading)) write(entry, values[entry.source]);
    ++i;
  }
  enter(Place::kRoot);
  event_.json += '}';
  event_.limited_without_place =
      limited_ && ((written_ & bit(Reading::kState)) == 0 || (written_ & bit(Reading::kCountry)) == 0);
  if (!identifies()) {
    event_.problem = EventProblem::kMissingIdentifier;
    event_.json.clear();
  }
  return event_;
}

bool EventBuilder::identifies() const {
  const auto has = [&](Reading reading) { return (written_ & bit(reading)) != 0; };
  return has(Reading::kEmail) || has(Reading::kMaid) || (has(Reading::kIp) && has(Reading::kUserAgent));
}

void EventBuilder::write_root() {
  place_ = Place::kRoot;
  std::string& out = event_.json;
  (out += R"({"event_name":")") += event_.event_name;
  (out += R"(","action_source":")") += event_.action_source;
  out += R"(","event_time":)";
  append_number(out, event_.event_time);
  out += R"(,"event_id":)";
  append_json_string(out, event_.event_id);
  comma_ = true;
}

// What holds where no value was given; the last of the event's own fields.
void EventBuilder::write_defaults() {
  if (mapping_.partner_name_default.empty() || partner_written_) return;
  event_.json += ",\"partner_name\":";
  append_json_string(event_.json, mapping_.partner_name_default);
}

// Ends the object that is being written and begins another one; the event itself has no name.
void EventBuilder::enter(Place place) {
  if (place == place_ || name_of(place) == name_of(place_)) return;
  if (place_ != Place::kRoot) event_.json += '}', comma_ = true;
  place_ = place;
  if (place == Place::kRoot) return;
  ((event_.json += ",\"") += name_of(place)) += "\":{";
  comma_ = false;
}

void EventBuilder::collect(const ConversionField& field, std::string_view text) {
  text = trim(text);
  if (text.empty() || (!field.array && !pieces_.empty())) return;
  const size_t items_max = field.reading == Reading::kLanguage ? static_cast<size_t>(field.most) : kItemsMax;
  if (pieces_.size() >= items_max) return event_.dropped.push_back({&field, ValueProblem::kOutOfRange});
  value_.clear();
  if (const ValueProblem problem = append_value(field, text, value_); problem != ValueProblem::kNone)
    return event_.dropped.push_back({&field, problem});
  if (value_.empty()) return;  // says nothing, rightly
  const auto same = [&](const auto& piece) {
    return std::string_view(list_).substr(piece.first, piece.second) == value_;
  };
  if (std::ranges::any_of(pieces_, same)) return;
  if (!list_.empty()) list_ += ',';
  pieces_.emplace_back(list_.size(), value_.size());
  list_ += value_;
}

void EventBuilder::write(const Entry& entry, const FieldValue& value) {
  const ConversionField& field = *entry.field;
  const bool splits = field.target == "content_ids" && !mapping_.content_ids_separator.empty();
  list_.clear();
  pieces_.clear();
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    std::string_view rest = item.text;
    while (splits && rest.find(mapping_.content_ids_separator) != std::string_view::npos) {
      const size_t end = rest.find(mapping_.content_ids_separator);
      collect(field, rest.substr(0, end));
      rest.remove_prefix(end + mapping_.content_ids_separator.size());
    }
    collect(field, rest);
  });
  if (pieces_.empty()) return;
  enter(field.place);
  if (comma_) event_.json += ',';
  comma_ = true;
  event_.json += entry.key;
  if (field.array) event_.json += '[';
  event_.json += list_;
  if (field.array) event_.json += ']';
  partner_written_ = partner_written_ || field.target == "partner_name";
  if (field.place == Place::kUserData) written_ |= bit(field.reading);
}

// The fields mapped to `contents`, side by side: the n-th value of each makes the n-th item. One that has
// another number of values than the first says nothing certain and is left out. Gives the entry after them.
size_t EventBuilder::write_contents(size_t first, std::span<const FieldValue> values) {
  size_t end = first;
  std::vector<std::vector<std::string_view>> columns;
  for (; end < entries_.size() && entries_[end].field->place == Place::kContents; ++end) {
    auto& column = columns.emplace_back();
    const FieldValue& value = values[entries_[end].source];
    store::for_each_place(value.type, value.value,
                          [&](const store::ItemView& item) { column.push_back(trim(item.text)); });
  }
  const auto longest = std::ranges::find_if(columns, [](const auto& column) { return !column.empty(); });
  if (longest == columns.end()) return end;
  const size_t items = std::min(longest->size(), kItemsMax);
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].empty() || columns[c].size() == longest->size()) continue;
    event_.dropped.push_back({entries_[first + c].field, ValueProblem::kUnevenContents});
    columns[c].clear();
  }
  list_.clear();
  for (size_t i = 0; i < items; ++i) {
    const size_t start = list_.size();
    for (size_t c = 0; c < columns.size(); ++c) {
      if (columns[c].empty() || columns[c][i].empty()) continue;
      const Entry& entry = entries_[first + c];
      value_.clear();
      const ValueProblem problem = append_value(*entry.field, columns[c][i], value_);
      if (problem != ValueProblem::kNone) {
        event_.dropped.push_back({entry.field, problem});
        continue;
      }
      list_ += list_.size() == start ? (start == 0 ? "{" : ",{") : ",";
      (list_ += entry.key) += value_;
    }
    if (list_.size() != start) list_ += '}';
  }
  if (list_.empty()) return end;
  enter(Place::kContents);
  if (comma_) event_.json += ',';
  comma_ = true;
  ((event_.json += "\"contents\":[") += list_) += ']';
  return end;
}

std::optional<std::string> EventBuilder::normalised(const ConversionField& field, std::string_view text) {
  CHECK(field.hashed());
  if (!hasher_.extract(kind_of(field.reading), trim(text), reading_).ok()) return std::nullopt;
  const std::string_view plain = hasher_.normalised();
  return plain.empty() ? std::nullopt : std::optional(std::string(plain));
}

ValueProblem EventBuilder::append_hashed(const ConversionField& field, std::string_view text,
                                         std::string& out) {
  const identity::Extracted extracted = hasher_.extract(kind_of(field.reading), text, reading_);
  if (!extracted.ok()) return problem_of(extracted.problem);
  append_hash(out, extracted.hash);
  // Pinterest's documents disagree about the case of these two, and under Limited Data Processing they
  // decide.
  const bool both = limited_ && (field.reading == Reading::kState || field.reading == Reading::kCountry);
  if (both && !hasher_.normalised().empty()) {
    out += ',';
    append_hash(out, hasher_.hash_of_capitals());
  }
  return ValueProblem::kNone;
}

ValueProblem EventBuilder::append_value(const ConversionField& field, std::string_view text,
                                        std::string& out) {
  if (field.hashed()) return append_hashed(field, text, out);
  if (field.reading == Reading::kOptOut) {
    out += read_flag(text).value_or(true) ? "true" : "false";
    return ValueProblem::kNone;
  }
  if (field.reading == Reading::kOptOutType) {
    if (!limited_) return read_flag(text) ? ValueProblem::kNone : ValueProblem::kUnknownChoice;
    out += "\"LDP\"";
    return ValueProblem::kNone;
  }
  if (is_placeholder(text)) return ValueProblem::kPlaceholder;
  std::string plain;
  switch (field.reading) {
    case Reading::kIp: {
      const auto problem = identity::normalise_ip(text, plain);
      if (problem == identity::AddressProblem::kMalformed) return ValueProblem::kInvalidIp;
      if (problem == identity::AddressProblem::kPrivate) return ValueProblem::kPrivateIp;
      break;
    }
    case Reading::kInteger: {
      const auto number = identity::read_integer(text);
      if (!number) return ValueProblem::kInvalidNumber;
      if (*number < field.least || *number > field.most) return ValueProblem::kOutOfRange;
      append_number(out, *number);
      return ValueProblem::kNone;
    }
    case Reading::kFlag: {
      const auto flag = read_flag(text);
      if (!flag) return ValueProblem::kInvalidFlag;
      out += *flag ? "true" : "false";
      return ValueProblem::kNone;
    }
    case Reading::kText:
      if (characters(text) > field.most) return ValueProblem::kTooLong;
      plain = text;
      break;
    case Reading::kChoice:
      plain = find_choice(field.choices, text);
      if (plain.empty()) return ValueProblem::kUnknownChoice;
      break;
    default: {
      const bool read = field.reading == Reading::kUserAgent  ? identity::normalise_user_agent(text, plain)
                        : field.reading == Reading::kUrl      ? identity::read_url(text, plain)
                        : field.reading == Reading::kLanguage ? identity::read_language(text, plain)
                        : field.reading == Reading::kCurrency ? identity::read_currency(text, plain)
                                                              : identity::read_decimal(text, plain);
      if (!read) return problem_of(field.reading);
    }
  }
  append_json_string(out, plain);
  return ValueProblem::kNone;
}

}  // namespace pinrelay::pinterest
