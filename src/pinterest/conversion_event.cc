#include "pinterest/conversion_event.h"

#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "identity/blank.h"
#include "identity/clear_text.h"
#include "identity/flag.h"

namespace pinrelay::pinterest {
namespace {

using identity::is_placeholder;
using identity::read_flag;
using identity::trim;

constexpr int64_t kLateSeconds = 3600, kFutureSeconds = 300;
constexpr size_t kItemsMax = 1'000;  // of one array; Pinterest documents no limit

constexpr uint64_t bit(Reading reading) { return 1ULL << static_cast<unsigned>(reading); }

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

EventBuilder::EventBuilder(EventMapping mapping)
    : mapping_(std::move(mapping)), instants_(mapping_.time_zone, mapping_.date_order) {
  const auto& targets = mapping_.targets;
  for (size_t i = 0; i < targets.size(); ++i) {
    auto& sources = entry_for(*targets[i]).sources;
    const bool alternative =
        i > 0 && targets[i] == targets[i - 1] && std::ranges::binary_search(mapping_.alternatives, i);
    if (alternative) {
      ++sources.back().second;
    } else {
      sources.emplace_back(i, 1);
    }
  }
  for (const FixedValue& each : mapping_.fixed) entry_for(*each.target).fixed = each.text;
  std::ranges::sort(entries_, {}, &Entry::field);  // one table: addresses are its order
  reading_.date_order = mapping_.date_order;
  reading_.default_country = mapping_.default_country;
}

EventBuilder::Entry& EventBuilder::entry_for(const ConversionField& field) {
  const auto found = std::ranges::find(entries_, &field, &Entry::field);
  if (found != entries_.end()) return *found;
  return entries_.emplace_back(Entry{&field, "\"" + std::string(field.key()) + "\":"});
}

const EventBuilder::Entry* EventBuilder::entry_of(Reading reading) const {
  const auto found =
      std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.field->reading == reading; });
  return found == entries_.end() ? nullptr : &*found;
}

// The first item that is not blank and no placeholder; "" when there is none.
std::string_view EventBuilder::first_text(const FieldValue& value) const {
  std::string_view out;
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    if (out.empty()) out = trim(item.text);
    if (is_placeholder(out)) out = {};
  });
  return out;
}

// The first text that is valid; else the first there is, else what the mapping fixes.
template <typename Valid>
std::string_view EventBuilder::choose_text(const Entry* entry, Valid valid) const {
  std::string_view first;
  if (entry == nullptr) return first;
  for (const auto& [from, count] : entry->sources) {
    for (size_t i = from; i < from + count; ++i) {
      const std::string_view text = first_text(values_[i]);
      if (text.empty()) continue;
      if (valid(text)) return text;
      if (first.empty()) first = text;
    }
  }
  return first.empty() ? std::string_view(entry->fixed) : first;
}

std::string_view EventBuilder::any_text(const Entry* entry) const {
  return choose_text(entry, [](std::string_view) { return true; });
}

bool EventBuilder::is_absent(const Entry& entry) const {
  return std::ranges::all_of(entry.sources, [&](const auto& source) {
    const auto values = values_.subspan(source.first, source.second);
    return std::ranges::all_of(values, [&](const FieldValue& value) { return first_text(value).empty(); });
  });
}

// A default stands in for nothing, and for what cannot be read only where that does no harm: not where it
// would make another amount, another number or another wish of it.
bool EventBuilder::fixed_fills(const Entry& entry) const {
  if (entry.fixed.empty()) return false;
  if (entry.field->reading == Reading::kCurrency && currency_from_amount_) return false;
  switch (entry.field->reading) {
    case Reading::kText:
    case Reading::kChoice:
    case Reading::kUrl:
    case Reading::kLanguage:
    case Reading::kCountry:
      return true;
    default:
      return is_absent(entry);
  }
}

EventProblem EventBuilder::read_event_id() {
  const Entry* entry = entry_of(Reading::kEventId);
  const auto fits = [&](std::string_view text) { return characters(text) <= entry->field->most; };
  const std::string_view text = choose_text(entry, fits);
  if (text.empty()) return EventProblem::kMissingEventId;
  if (!fits(text)) return EventProblem::kEventIdTooLong;
  event_.event_id = text;
  if (identity::holds_email(text)) event_.dropped.push_back({entry->field, ValueProblem::kEmailInId});
  return EventProblem::kNone;
}

EventProblem EventBuilder::read_event_name() {
  const auto known = [](std::string_view text) { return find_event_name(text) != nullptr; };
  std::string_view text = choose_text(entry_of(Reading::kEventName), known);
  if (text.empty()) text = mapping_.event_name_default;
  if (text.empty()) return EventProblem::kMissingEventName;
  const EventName* name = find_event_name(text);
  if (name == nullptr) return EventProblem::kUnknownEventName;
  event_.event_name = name->name;
  event_.newer_event_name = !name->described;
  return EventProblem::kNone;
}

EventProblem EventBuilder::read_action_source() {
  const auto known = [](std::string_view text) { return !find_action_source(text).empty(); };
  std::string_view text = choose_text(entry_of(Reading::kActionSource), known);
  if (text.empty()) text = mapping_.action_source_default;
  if (text.empty()) return EventProblem::kMissingActionSource;
  event_.action_source = find_action_source(text);
  return event_.action_source.empty() ? EventProblem::kUnknownActionSource : EventProblem::kNone;
}

// Of several times the latest that is not in the future; else one that is; nothing when none can be read.
std::optional<identity::Instant> EventBuilder::latest(const FieldValue& value, bool& empty) const {
  std::optional<identity::Instant> best;
  const auto ahead = [&](const identity::Instant& instant) {
    return instant.seconds > present_ + kFutureSeconds;
  };
  empty = true;
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    const std::string_view text = trim(item.text);
    if (text.empty() || is_placeholder(text)) return;
    empty = false;
    const auto instant = instants_.read(text);
    if (!instant) return;
    const bool better = !best || (ahead(*best) ? instant->seconds < best->seconds
                                               : !ahead(*instant) && instant->seconds > best->seconds);
    if (better) best = instant;
  });
  return best;
}

// The first value that can be read.
std::optional<identity::Instant> EventBuilder::latest(const Entry& entry, bool& empty) const {
  empty = true;
  for (const auto& [from, count] : entry.sources) {
    for (size_t i = from; i < from + count; ++i) {
      bool none = false;
      const auto instant = latest(values_[i], none);
      empty = empty && none;
      if (instant) return instant;
    }
  }
  return std::nullopt;
}

EventProblem EventBuilder::read_event_time() {
  event_.event_time = present_;
  event_.time_was_empty = true;
  const Entry* entry = entry_of(Reading::kEventTime);
  if (entry == nullptr) return EventProblem::kNone;
  const auto instant = latest(*entry, event_.time_was_empty);
  if (event_.time_was_empty) return EventProblem::kNone;
  if (!instant)
    return mapping_.now_when_unparsable ? EventProblem::kNone : EventProblem::kEventTimeUnparsable;
  event_.event_time = instant->seconds;
  event_.ambiguous_time = instant->ambiguous;
  event_.late = instant->seconds < present_ - kLateSeconds;
  if (instant->seconds > present_ + kFutureSeconds) return EventProblem::kEventInFuture;
  const bool too_old = instant->seconds < present_ - mapping_.event_max_age.count() / 1'000;
  return too_old ? EventProblem::kEventTooOld : EventProblem::kNone;
}

bool EventBuilder::decide() {
  event_.problem = read_event_id();
  if (event_.problem == EventProblem::kNone) event_.problem = read_event_name();
  if (event_.problem == EventProblem::kNone) event_.problem = read_action_source();
  if (event_.problem == EventProblem::kNone) event_.problem = read_event_time();
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
  values_ = values;
  present_ = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  reading_.today = std::chrono::floor<std::chrono::days>(now);
  if (!decide()) return event_;
  find_currency();
  limited_ = limits(any_text(entry_of(Reading::kOptOutType)));
  write_root();
  bool partner = false;
  for (size_t i = 0; i < entries_.size();) {
    const Entry& entry = entries_[i];
    if (!partner && entry.field->place != Place::kRoot) partner = true, write_defaults();
    if (entry.field->reading == Reading::kMoney) write_currency();
    if (entry.field->place == Place::kContents) {
      i = write_contents(i);
      continue;
    }
    if (entry.field->reading == Reading::kTime) {
      write_time(entry);
    } else if (!decides(entry.field->reading)) {
      write(entry);
    }
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
  append_integer(out, event_.event_time);
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

// The currency that stood beside an amount, once, before the first amount.
void EventBuilder::write_currency() {
  if (!currency_from_amount_) return;
  currency_from_amount_ = false;
  enter(Place::kCustomData);
  if (comma_) event_.json += ',';
  comma_ = true;
  event_.json += "\"currency\":";
  append_json_string(event_.json, currency_);
}

void EventBuilder::write_time(const Entry& entry) {
  bool empty = false;
  const auto instant = latest(entry, empty);
  if (empty) return;
  if (!instant) return event_.dropped.push_back({entry.field, ValueProblem::kInvalidTime});
  if (instant->seconds > present_ + kFutureSeconds)
    return event_.dropped.push_back({entry.field, ValueProblem::kOutOfRange});
  enter(entry.field->place);
  if (comma_) event_.json += ',';
  comma_ = true;
  append_integer(event_.json += entry.key, instant->seconds);
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

// Adds the text to the list. True if it is valid, even if it was a duplicate and nothing was added.
bool EventBuilder::collect(const ConversionField& field, std::string_view text) {
  text = trim(text);
  if (text.empty()) return false;
  if (!field.array && !pieces_.empty()) return true;
  const auto leave_out = [&](ValueProblem problem) {
    event_.dropped.push_back({&field, problem});
    return false;
  };
  const size_t items_max = field.reading == Reading::kLanguage ? static_cast<size_t>(field.most) : kItemsMax;
  if (pieces_.size() >= items_max) return leave_out(ValueProblem::kOutOfRange);
  value_.clear();
  if (const ValueProblem problem = append_value(field, text, value_); problem != ValueProblem::kNone)
    return leave_out(problem);
  if (value_.empty()) return true;  // says nothing, rightly
  const auto same = [&](const auto& piece) {
    return std::string_view(list_).substr(piece.first, piece.second) == value_;
  };
  if (std::ranges::any_of(pieces_, same)) return true;
  if (!list_.empty()) list_ += ',';
  pieces_.emplace_back(list_.size(), value_.size());
  list_ += value_;
  return true;
}

// Collects every item of the value. True if at least one is valid.
bool EventBuilder::collect_all(const ConversionField& field, const FieldValue& value) {
  const bool splits = field.target == "content_ids" && !mapping_.content_ids_separator.empty();
  bool valid = false;
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    std::string_view rest = item.text;
    while (splits && rest.find(mapping_.content_ids_separator) != std::string_view::npos) {
      const size_t end = rest.find(mapping_.content_ids_separator);
      valid |= collect(field, rest.substr(0, end));
      rest.remove_prefix(end + mapping_.content_ids_separator.size());
    }
    valid |= collect(field, rest);
  });
  return valid;
}

void EventBuilder::write(const Entry& entry) {
  const ConversionField& field = *entry.field;
  list_.clear();
  pieces_.clear();
  for (const auto& [from, count] : entry.sources)
    for (size_t i = from; i < from + count && !collect_all(field, values_[i]); ++i) {
    }
  if (pieces_.empty() && fixed_fills(entry)) collect(field, entry.fixed);
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
size_t EventBuilder::write_contents(size_t first) {
  size_t end = first;
  std::vector<std::vector<std::string_view>> columns;
  for (; end < entries_.size() && entries_[end].field->place == Place::kContents; ++end) {
    auto& column = columns.emplace_back();
    const auto [from, count] = entries_[end].sources.front();
    for (size_t i = from; i < from + count; ++i) {
      column.clear();
      store::for_each_place(values_[i].type, values_[i].value,
                            [&](const store::ItemView& item) { column.push_back(trim(item.text)); });
      if (std::ranges::any_of(column, [](std::string_view text) { return !text.empty(); })) break;
    }
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

// By an event that has nothing else to be wrong about.
ValueProblem check_fixed(const FixedValue& fixed) {
  constexpr std::string_view kAddress = "a@example.org", kId = "1";
  EventMapping mapping;
  mapping.targets = {find_conversion_field("em"), find_conversion_field("event_id")};
  mapping.event_name_default = "checkout";
  mapping.action_source_default = "web";
  mapping.fixed = {fixed};
  const FieldValue values[] = {{store::ValueType::kString, as_bytes(kAddress)},
                               {store::ValueType::kString, as_bytes(kId)}};
  EventBuilder builder(std::move(mapping));
  const BuiltEvent& event = builder.build(values, Time{});
  if (event.problem != EventProblem::kNone) return ValueProblem::kUnknownChoice;
  return event.dropped.empty() ? ValueProblem::kNone : event.dropped.front().problem;
}

}  // namespace pinrelay::pinterest
