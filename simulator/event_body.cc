#include "simulator/event_body.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/utf8.h"
#include "simulator/event_fields.h"
#include "simulator/user_data.h"

namespace pinrelay::sim {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::array<std::string_view, 4> kActionSources{"web", "app_android", "app_ios", "offline"};
// From here on a number of seconds lies after the year 5000, and one of milliseconds after March 1973.
constexpr int64_t kFirstMillis = 100'000'000'000;

bool longer_than(std::string_view text, int64_t characters) {
  if (static_cast<int64_t>(text.size()) <= characters) return false;
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }) > characters;
}

std::string_view trimmed_end(const char* from, const char* to) {
  while (to > from && (to[-1] == ' ' || to[-1] == '\n' || to[-1] == '\r' || to[-1] == '\t')) --to;
  return {from, static_cast<size_t>(to - from)};
}

}  // namespace

std::string_view to_text(ActionSource source) { return kActionSources[static_cast<size_t>(source)]; }

const ActionSource* find_action_source(std::string_view name) {
  static constexpr std::array<ActionSource, 4> kAll{ActionSource::kWeb, ActionSource::kAppAndroid,
                                                    ActionSource::kAppIos, ActionSource::kOffline};
  const auto at = std::find(kActionSources.begin(), kActionSources.end(), name);
  return at == kActionSources.end() ? nullptr : &kAll[static_cast<size_t>(at - kActionSources.begin())];
}

// Every read_… is false when the body is refused; problem_ then says why.
struct EventBodyReader::State {
  bool read_body();
  bool read_events(ondemand::array events);
  bool read_event(ondemand::value element);
  bool read_object(ondemand::object object, const ObjectRule& rule);
  bool read_value(ondemand::value value, const FieldRule& rule);
  bool read_text(ondemand::value& value, const FieldRule& rule);
  bool read_integer(ondemand::value& value, const FieldRule& rule);
  bool read_texts(ondemand::value& value, const FieldRule& rule);
  bool read_objects(ondemand::value& value, const FieldRule& rule);
  bool check_required(const ObjectRule& rule, uint64_t seen);
  bool check_identifiers();
  void look_at_hash(std::string_view text, const FieldRule& rule);
  void judge(ReadEvent& event);

  bool refuse(std::string problem);
  bool wrong_type(ondemand::value& value, const FieldRule& rule);
  bool not_json() { return refuse("the body is not JSON"); }
  void note(ViolationKind kind, std::string_view field);

  bool has(Part part) const { return present_[static_cast<size_t>(part)]; }
  std::string_view text_of(Part part) const { return texts_[static_cast<size_t>(part)]; }

  ondemand::parser parser_;
  ondemand::document document_;
  std::string padded_;
  std::string problem_;
  EventBody* out_ = nullptr;

  // Of the event that is being read. Present: the key stands there; of an array, see items_.
  std::array<bool, kParts> present_{};
  std::array<std::string_view, kParts> texts_{};
  std::array<size_t, kParts> items_{};
  int64_t time_ = 0;
  std::string error_;
};

bool EventBodyReader::State::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

void EventBodyReader::State::note(ViolationKind kind, std::string_view field) {
  out_->violations.push_back({kind, out_->events.size(), std::string(field)});
}

bool EventBodyReader::State::read_body() {
  if (parser_.iterate(padded_.data(), padded_.size() - simdjson::SIMDJSON_PADDING, padded_.size())
          .get(document_))
    return not_json();
  ondemand::object object;
  if (document_.get_object().get(object)) return refuse("the body is not an object");
  bool found = false;
  for (auto next : object) {
    ondemand::field field;
    std::string_view key;
    if (std::move(next).get(field) || field.unescaped_key().get(key)) return not_json();
    if (key != "data")
      return refuse("Additional properties are not allowed ('" + std::string(key) + "' was unexpected)");
    if (found) return refuse("'data' stands twice in the body");
    found = true;
    ondemand::array events;
    if (field.value().get_array().get(events)) return refuse("the value of 'data' is not of type 'array'");
    if (!read_events(events)) return false;
  }
  const char* rest = nullptr;
  if (document_.current_location().get(rest) != simdjson::OUT_OF_BOUNDS) return not_json();
  return found ? true : refuse("'data' is a required property");
}

bool EventBodyReader::State::read_events(ondemand::array events) {
  for (auto next : events) {
    ondemand::value element;
    if (std::move(next).get(element)) return not_json();
    if (out_->events.size() == kEventsMax) {
      note(ViolationKind::kEventNumber, "data");
      return refuse("the value of 'data' is too long");
    }
    if (!read_event(element)) return false;
  }
  if (!out_->events.empty()) return true;
  note(ViolationKind::kEventNumber, "data");
  return refuse("the value of 'data' is too short");
}

bool EventBodyReader::State::read_event(ondemand::value element) {
  present_ = {}, items_ = {};
  error_.clear();
  const char* const start = element.raw_json_token().data();
  ondemand::object object;
  if (element.get_object().get(object)) return refuse("an item of 'data' is not of type 'object'");
  if (!read_object(object, event_rule())) return false;
  const char* end = nullptr;
  if (document_.current_location().get(end)) return not_json();
  ReadEvent event;
  event.bytes = trimmed_end(start, end);
  judge(event);
  out_->events.push_back(std::move(event));
  return true;
}

bool EventBodyReader::State::read_object(ondemand::object object, const ObjectRule& rule) {
  uint64_t seen = 0;
  for (auto next : object) {
    ondemand::field field;
    std::string_view key;
    if (std::move(next).get(field) || field.unescaped_key().get(key)) return not_json();
    const size_t place = rule.find(key);
    if (place == rule.fields().size()) {
      if (rule.closed())
        return refuse("Additional properties are not allowed ('" + std::string(key) + "' was unexpected)");
      note(ViolationKind::kUnknownKey, key);
      continue;
    }
    if ((seen >> place & 1) != 0) note(ViolationKind::kKeyTwice, key);
    seen |= uint64_t{1} << place;
    if (!read_value(field.value(), rule.fields()[place])) return false;
  }
  return check_required(rule, seen);
}

bool EventBodyReader::State::check_required(const ObjectRule& rule, uint64_t seen) {
  for (size_t i = 0; i < rule.fields().size(); ++i) {
    if (rule.fields()[i].required && (seen >> i & 1) == 0)
      return refuse("'" + std::string(rule.fields()[i].name) + "' is a required property");
  }
  return rule.closed() || check_identifiers();
}

// The one open object is user_data.
bool EventBodyReader::State::check_identifiers() {
  const bool enough = has(Part::kEm) || has(Part::kMaids) || (has(Part::kAddress) && has(Part::kUserAgent));
  return enough || refuse("'user_data' is not valid under any of the given schemas");
}

bool EventBodyReader::State::wrong_type(ondemand::value& value, const FieldRule& rule) {
  bool null = false;
  if (rule.nullable && value.is_null().get(null) == simdjson::SUCCESS && null) return true;
  return refuse("the value of '" + std::string(rule.name) + "' is of the wrong type");
}

bool EventBodyReader::State::read_value(ondemand::value value, const FieldRule& rule) {
  switch (rule.type) {
    case ValueType::kText:
    case ValueType::kDecimal:
      return read_text(value, rule);
    case ValueType::kInteger:
      return read_integer(value, rule);
    case ValueType::kFlag: {
      bool flag = false;
      return value.get_bool().get(flag) ? wrong_type(value, rule) : true;
    }
    case ValueType::kTexts:
    case ValueType::kHashes:
      return read_texts(value, rule);
    case ValueType::kObject: {
      ondemand::object object;
      if (value.get_object().get(object)) return wrong_type(value, rule);
      return read_object(object, *rule.object);
    }
    case ValueType::kObjects:
      return read_objects(value, rule);
  }
  return false;
}

bool EventBodyReader::State::read_text(ondemand::value& value, const FieldRule& rule) {
  std::string_view text;
  if (value.get_string().get(text)) return wrong_type(value, rule);
  if (longer_than(text, rule.most))
    return refuse("the value of '" + std::string(rule.name) + "' is too long");
  const bool allowed =
      rule.allowed.empty() || std::find(rule.allowed.begin(), rule.allowed.end(), text) != rule.allowed.end();
  if (!allowed)
    return refuse("the value of '" + std::string(rule.name) + "' is not one of the allowed values");
  if (rule.type == ValueType::kDecimal && !is_decimal(text)) note(ViolationKind::kNotADecimal, rule.name);
  present_[static_cast<size_t>(rule.part)] = true;
  texts_[static_cast<size_t>(rule.part)] = text;
  return true;
}

bool EventBodyReader::State::read_integer(ondemand::value& value, const FieldRule& rule) {
  int64_t number = 0;
  if (value.get_int64().get(number)) return wrong_type(value, rule);
  if (number < rule.least || number > rule.most)
    return refuse("the value of '" + std::string(rule.name) + "' is out of range");
  if (rule.part == Part::kEventTime) time_ = number;
  return true;
}

bool EventBodyReader::State::read_texts(ondemand::value& value, const FieldRule& rule) {
  ondemand::array array;
  if (value.get_array().get(array)) return wrong_type(value, rule);
  size_t items = 0;
  for (auto next : array) {
    ondemand::value item;
    std::string_view text;
    if (std::move(next).get(item)) return not_json();
    if (item.get_string().get(text))
      return refuse("an item of '" + std::string(rule.name) + "' is of the wrong type");
    if (rule.type == ValueType::kHashes) look_at_hash(text, rule);
    ++items;
  }
  if (static_cast<int64_t>(items) > rule.most)
    return refuse("the value of '" + std::string(rule.name) + "' is too long");
  present_[static_cast<size_t>(rule.part)] = true;
  items_[static_cast<size_t>(rule.part)] = items;
  return true;
}

bool EventBodyReader::State::read_objects(ondemand::value& value, const FieldRule& rule) {
  ondemand::array array;
  if (value.get_array().get(array)) return wrong_type(value, rule);
  for (auto next : array) {
    ondemand::value item;
    ondemand::object object;
    if (std::move(next).get(item)) return not_json();
    if (item.get_object().get(object))
      return refuse("an item of '" + std::string(rule.name) + "' is of the wrong type");
    if (!read_object(object, *rule.object)) return false;
  }
  return true;
}

void EventBodyReader::State::look_at_hash(std::string_view text, const FieldRule& rule) {
  if (!is_sha256(text)) {
    if (!looks_hashed(text)) note(ViolationKind::kClearText, rule.name);
    error_ = "Invalid user_data." + std::string(rule.name) + ": not a SHA-256 hash.";
  } else if (is_hash_of_nothing(text)) {
    note(ViolationKind::kHashOfNothing, rule.name);
  }
}

// What the description lets pass.
void EventBodyReader::State::judge(ReadEvent& event) {
  event.event_name = text_of(Part::kEventName);
  event.event_id = text_of(Part::kEventId);
  event.event_time = time_;
  event.has_external_id = items_[static_cast<size_t>(Part::kExternalId)] > 0;
  event.has_click_id = has(Part::kClickId);
  if (time_ >= kFirstMillis) note(ViolationKind::kTimeInMillis, "event_time");
  if (has(Part::kAddress)) {
    const AddressKind kind = address_kind(text_of(Part::kAddress));
    if (kind == AddressKind::kPrivate) note(ViolationKind::kPrivateAddress, "client_ip_address");
    if (kind == AddressKind::kNone) note(ViolationKind::kBadAddress, "client_ip_address");
  }
  const bool someone = items_[static_cast<size_t>(Part::kEm)] > 0 ||
                       items_[static_cast<size_t>(Part::kMaids)] > 0 ||
                       (has(Part::kAddress) && has(Part::kUserAgent));
  if (!someone) error_ = "Invalid user_data: it identifies nobody.";
  if (event.event_name.empty()) error_ = "Invalid event_name: it is empty.";
  if (event.event_id.empty()) error_ = "Invalid event_id: it is empty.";
  if (const ActionSource* const source = find_action_source(text_of(Part::kActionSource))) {
    event.action_source = *source;
  } else {
    error_ = "Invalid action_source: " + std::string(text_of(Part::kActionSource)) + ".";
  }
  event.error = error_;
}

EventBodyReader::EventBodyReader() : state_(std::make_unique<State>()) {}
EventBodyReader::~EventBodyReader() = default;

std::optional<Reply> EventBodyReader::read(std::string_view json, EventBody& out) {
  out.events.clear();
  out.violations.clear();
  state_->out_ = &out;
  state_->padded_.assign(json);
  state_->padded_.append(simdjson::SIMDJSON_PADDING, ' ');
  if (state_->read_body()) return std::nullopt;
  return make_error(400, 1, "Invalid request: " + state_->problem_);
}

}  // namespace pinrelay::sim
