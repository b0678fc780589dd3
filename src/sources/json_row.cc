#include "sources/json_row.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>

#include "base/nearest_name.h"
#include "sources/json_doubles.h"
#include "sources/value_types.h"

namespace pinrelay::sources {
namespace {

namespace ondemand = simdjson::ondemand;
using store::ValueType;

static_assert(JsonRowReader::kReadAhead >= simdjson::SIMDJSON_PADDING);

constexpr size_t kDepthMax = 128;  // of values within values, dropped ones included
constexpr char kDamage = '\x7f';   // stands for a byte that is not UTF-8
constexpr const char* kOneRowALine = "write one JSON object per line";

std::string_view describe(simdjson::error_code code) {
  switch (code) {
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "a control character stands in a string without an escape";
    case simdjson::DEPTH_ERROR:
      return "values are nested too deep";
    case simdjson::STRING_ERROR:
      return "a string has an escape that is not a character";
    default:
      return "the line is not valid JSON";
  }
}

// JSON's own spaces only: a raw token ends with those that follow it.
std::string_view trim_right(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last + 1);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

// Whether the escapes of a string are JSON's, though they may name half a surrogate pair, which is no
// character.
bool escapes_are_json(std::string_view text) {
  for (size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at + 2)) {
    if (at + 1 == text.size()) return false;
    const char kind = text[at + 1];
    if (std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos) continue;
    if (kind != 'u' || at + 6 > text.size() ||
        !std::all_of(text.begin() + static_cast<ptrdiff_t>(at) + 2,
                     text.begin() + static_cast<ptrdiff_t>(at) + 6, is_hex))
      return false;
  }
  return true;
}

// Where the quote stands that closes it.
size_t end_of_string(std::string_view text) {
  size_t at = 0;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at;
}

bool is_integer(std::string_view text) {
  return json_number_type(text) != ValueType::kNull && text.find_first_of(".eE") == std::string_view::npos;
}

}  // namespace

struct JsonRowReader::Impl {
  std::optional<RowError> read(std::string_view text, const char* readable_end, JsonRow& out);

 private:
  // What came of a value. A value that is not taken has been read all the same.
  enum class Got { kTaken, kDropped, kStop };
  // Where a value stands: the dotted name of its field, how many parts that has, and how deep it is.
  struct Path {
    std::string_view name = {};
    size_t parts = 1, depth = 1;
    uint32_t column = 0;
  };
  // A field that is made by an array of objects, while that is read.
  struct Column {
    JsonField field;
    std::vector<store::ItemView> items;
  };

  bool parse(const char* readable_end);
  bool begin(const char* readable_end);
  simdjson::error_code iterate();
  void mark_damage();
  bool read_object(ondemand::object object);
  bool read_member(std::string_view name, uint32_t column, ondemand::value value);
  bool read_text(ondemand::value& value, JsonMember& member, std::string_view name);
  Got read_string(ondemand::value& value, std::string_view& out);
  Got read_name(ondemand::field& field, std::string_view& out);
  bool read_fields(ondemand::value& value);
  bool read_members(ondemand::object object, const Path* parent, size_t place);
  bool read_value(ondemand::value& value, const Path& path);
  bool read_item(ondemand::value& value, const Path& path, size_t place);
  Got read_scalar(ondemand::value& value, ondemand::json_type type, ValueType& kind, std::string_view& out);
  bool read_array(ondemand::value& value, const Path& path);
  bool read_element(ondemand::value& value, const Path& path, size_t place, bool& has_objects);
  void end_columns(const Path& path, uint32_t places);
  bool skip(ondemand::value& value, size_t depth);
  void add(const JsonField& field, size_t parts);
  Column* column_for(const Path& path);
  void drop(std::string_view code, const Path& path) {
    row_->dropped.push_back({code, path.column, path.name});
  }
  std::string_view child_name(std::string_view parent, std::string_view name);

  bool fail(const char* code, uint32_t column, std::string message, std::string fix);
  void note(const char* code, uint32_t column, std::string message, std::string fix);
  bool fail_json(simdjson::error_code code, uint32_t column);
  bool is_damaged(std::string_view raw) const;
  uint32_t column_of(const void* place) const;
  uint32_t here();

  ondemand::parser parser_;
  ondemand::document document_;
  std::string padded_;  // a copy of a line that has no readable memory after it, or that is damaged
  std::vector<const char*> damage_;  // places in padded_, in order
  std::deque<std::string> dotted_;   // names made for this row
  std::deque<Column> columns_;       // of the array of objects that is being read
  size_t columns_used_ = 0;
  size_t nested_ = 0;      // fields made out of objects
  std::string_view line_;  // what is being parsed: the caller's memory, or padded_
  JsonRow* row_ = nullptr;
  std::optional<RowError> error_;
};

std::optional<RowError> JsonRowReader::Impl::read(std::string_view text, const char* readable_end,
                                                  JsonRow& out) {
  line_ = text;
  row_ = &out;
  error_.reset();
  damage_.clear(), dotted_.clear();
  nested_ = columns_used_ = 0;
  out.members = {};
  out.fields.clear(), out.items.clear(), out.groups.clear(), out.dropped.clear();
  out.key_doubled = false;
  out.whole = parse(readable_end);
  return std::move(error_);
}

bool JsonRowReader::Impl::parse(const char* readable_end) {
  if (!begin(readable_end)) return false;
  ondemand::json_type type;
  auto code = document_.type().get(type);
  if (code) return fail_json(code, here());
  if (type != ondemand::json_type::object)
    return fail("not_an_object", 1, "the line is not a JSON object", kOneRowALine);
  ondemand::object object;
  code = document_.get_object().get(object);
  if (code) return fail_json(code, here());
  if (!read_object(object)) return false;
  const char* rest = nullptr;
  if (document_.current_location().get(rest) == simdjson::OUT_OF_BOUNDS) return true;
  return fail("bad_json", column_of(rest), "more text follows the object", kOneRowALine);
}

bool JsonRowReader::Impl::begin(const char* readable_end) {
  if (static_cast<size_t>(readable_end - line_.data()) < line_.size() + kReadAhead) {
    padded_.assign(line_).append(kReadAhead, ' ');
    line_ = std::string_view(padded_).substr(0, line_.size());
  }
  // In powers of two, or lines that grow a little each would make the parser allocate each time.
  if (parser_.capacity() < line_.size()) {
    const auto code = parser_.allocate(std::max(std::bit_ceil(line_.size()), size_t{4096}));
    if (code) return fail_json(code, 0);
  }
  auto code = iterate();
  if (code == simdjson::UTF8_ERROR) {
    mark_damage();
    code = iterate();
  }
  return !code || fail_json(code, 0);
}

simdjson::error_code JsonRowReader::Impl::iterate() {
  return parser_.iterate(line_.data(), line_.size(), line_.size() + kReadAhead).get(document_);
}

// Replaces each byte that is not UTF-8, in a copy, and remembers where: the parser can go on, and a value
// that holds one is known.
void JsonRowReader::Impl::mark_damage() {
  if (line_.data() != padded_.data()) padded_.assign(line_).append(kReadAhead, ' ');
  line_ = std::string_view(padded_).substr(0, line_.size());
  for (size_t at = utf8_prefix(line_); at < line_.size(); at += utf8_prefix(line_.substr(at))) {
    padded_[at] = kDamage;
    damage_.push_back(padded_.data() + at);
  }
}

bool JsonRowReader::Impl::is_damaged(std::string_view raw) const {
  if (damage_.empty()) return false;
  const auto first = std::ranges::lower_bound(damage_, raw.data());
  return first != damage_.end() && *first < raw.data() + raw.size();
}

bool JsonRowReader::Impl::read_object(ondemand::object object) {
  for (auto next : object) {
    ondemand::field member;
    if (const auto code = std::move(next).get(member)) return fail_json(code, here());
    const uint32_t column = column_of(member.key().raw() - 1);
    std::string_view name;
    const Got got = read_name(member, name);
    if (got == Got::kStop) return false;
    if (got == Got::kDropped)
      note("bad_utf8", column, "the name of a member is damaged", "export the data as UTF-8");
    if (!read_member(name, column, member.value())) return false;
  }
  return true;
}

bool JsonRowReader::Impl::read_member(std::string_view name, uint32_t column, ondemand::value value) {
  const auto found = std::find(kRowMembers.begin(), kRowMembers.end(), name);
  if (found == kRowMembers.end()) {
    const std::string_view meant = nearest_name(name, kRowMembers);
    note("unknown_member", column, fmt::format("a row has no member {}", masked_name(name)),
         meant.empty() ? "put attributes of the person into 'fields'"
                       : fmt::format("did you mean '{}'?", meant));
    return skip(value, 1);
  }
  JsonMember& member = row_->members[static_cast<size_t>(found - kRowMembers.begin())];
  if (member.present()) {
    row_->key_doubled |= name == kRowMembers[kKeyMember];
    note("duplicate_member", column, fmt::format("'{}' stands twice in the row", name),
         "leave one of them out");
    return skip(value, 1);
  }
  member.column = column;
  return name == kRowMembers[kFieldsMember] ? read_fields(value) : read_text(value, member, name);
}

// A member whose value is text. What is wrong with an id costs the id; keys may be whole numbers, and are
// taken as written.
bool JsonRowReader::Impl::read_text(ondemand::value& value, JsonMember& member, std::string_view name) {
  const bool is_id = name == kRowMembers[kIdMember];
  const uint32_t column = member.column;
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return fail_json(code, here());
  if (type == ondemand::json_type::string) {
    const Got got = read_string(value, member.text);
    if (got != Got::kDropped) return got == Got::kTaken;
    if (is_id) return drop("bad_utf8", {.name = name, .column = column}), member = {}, true;
    member.text = {};
    const auto found = std::ranges::lower_bound(damage_, line_.data() + column - 1);
    const size_t damage = found == damage_.end() ? column : column_of(*found);
    return note("bad_utf8", static_cast<uint32_t>(damage),
                fmt::format("'{}' holds what is no character", name), "export the data as UTF-8"),
           true;
  }
  const bool may_be_number = is_id || name == kRowMembers[kKeyMember];
  const std::string_view raw =
      type == ondemand::json_type::number ? trim_right(value.raw_json_token()) : std::string_view();
  if (may_be_number && is_integer(raw)) {
    member.text = raw;
  } else if (is_id) {
    drop("wrong_type", {.name = name, .column = column}), member = {};
  } else {
    note("wrong_type", column, fmt::format("'{}' is not a string", name),
         raw.empty() ? "write it as a string" : "put the number in quotes");
  }
  return skip(value, 1);
}

// Dropped when it holds what is no character.
JsonRowReader::Impl::Got JsonRowReader::Impl::read_string(ondemand::value& value, std::string_view& out) {
  const std::string_view raw = trim_right(value.raw_json_token());
  const uint32_t column = column_of(raw.data());
  if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
    out = raw.substr(1, raw.size() - 2);
    ondemand::raw_json_string consumed;
    const auto code = value.get_raw_json_string().get(consumed);
    if (code) return fail_json(code, column), Got::kStop;
    return is_damaged(raw) ? Got::kDropped : Got::kTaken;
  }
  const auto code = value.get_string().get(out);
  if (!code) return is_damaged(raw) ? Got::kDropped : Got::kTaken;
  if (code == simdjson::STRING_ERROR && escapes_are_json(raw.substr(1, raw.size() - 2))) return Got::kDropped;
  return fail_json(code, column), Got::kStop;
}

JsonRowReader::Impl::Got JsonRowReader::Impl::read_name(ondemand::field& field, std::string_view& out) {
  const char* name = field.key().raw();
  const std::string_view from(name, static_cast<size_t>(line_.data() + line_.size() - name));
  size_t end = from.find('"');
  if (std::memchr(name, '\\', std::min(end, from.size())) != nullptr) end = end_of_string(from);
  CHECK(end < from.size());  // the first pass refuses strings that are not closed
  out = from.substr(0, end);
  const bool damaged = is_damaged(out);
  if (std::memchr(name, '\\', out.size()) == nullptr) return damaged ? Got::kDropped : Got::kTaken;
  const std::string_view raw = out;
  const auto code = field.unescaped_key().get(out);
  if (!code) return damaged ? Got::kDropped : Got::kTaken;
  out = {};
  if (code == simdjson::STRING_ERROR && escapes_are_json(raw)) return Got::kDropped;
  return fail_json(code, column_of(name - 1)), Got::kStop;
}

bool JsonRowReader::Impl::read_fields(ondemand::value& value) {
  const uint32_t column = here();
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return fail_json(code, column);
  if (type != ondemand::json_type::object) {
    drop("wrong_type", {.name = kRowMembers[kFieldsMember], .column = column});
    return skip(value, 1);
  }
  ondemand::object object;
  if (const auto code = value.get_object().get(object)) return fail_json(code, column);
  if (!read_members(object, nullptr, 0)) return false;
  drop_doubled_fields(*row_);
  return true;
}

// Of `fields`, or of an object within. `place`: of an element of an array of objects, from 1 on; else 0.
bool JsonRowReader::Impl::read_members(ondemand::object object, const Path* parent, size_t place) {
  for (auto next : object) {
    ondemand::field member;
    if (const auto code = std::move(next).get(member)) return fail_json(code, here());
    Path path{.column = column_of(member.key().raw() - 1)};
    const Got got = read_name(member, path.name);
    if (got == Got::kStop) return false;
    const bool nameless = path.name.empty();
    if (parent != nullptr) {
      path.parts = parent->parts + 1, path.depth = parent->depth + 1;
      path.name = child_name(parent->name, path.name);
    }
    ondemand::value& value = member.value();
    const bool deep = path.parts > kNamePartsMax;
    const bool long_name = path.name.size() > store::kNameBytesMax;
    if (got == Got::kDropped || nameless || deep || long_name) {
      drop(got == Got::kDropped ? "bad_utf8"
           : nameless           ? "empty_value"
           : deep               ? "nested_value"
                                : "too_long",
           path);
      if (!skip(value, path.depth)) return false;
    } else if (!(place > 0 ? read_item(value, path, place) : read_value(value, path))) {
      return false;
    }
  }
  return true;
}

bool JsonRowReader::Impl::read_value(ondemand::value& value, const Path& path) {
  ondemand::json_type type;
  if (value.type().get(type)) return skip(value, path.depth);
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return fail_json(code, path.column);
    return read_members(object, &path, 0);
  }
  if (type == ondemand::json_type::array) return read_array(value, path);
  JsonField field{};
  field.name = path.name, field.column = path.column, field.nested = path.parts > 1;
  const Got got = read_scalar(value, type, field.type, field.text);
  if (got == Got::kDropped) drop("bad_utf8", path);
  if (got == Got::kTaken) add(field, path.parts);
  return got != Got::kStop;
}

// A member of the element at `place` of an array of objects.
bool JsonRowReader::Impl::read_item(ondemand::value& value, const Path& path, size_t place) {
  ondemand::json_type type;
  if (value.type().get(type)) return skip(value, path.depth);
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return fail_json(code, path.column);
    return read_members(object, &path, place);
  }
  if (type == ondemand::json_type::array) {
    drop("nested_value", path);
    return skip(value, path.depth);
  }
  store::ItemView item{};
  const Got got = read_scalar(value, type, item.type, item.text);
  if (got == Got::kDropped) drop("bad_utf8", path);
  if (got != Got::kTaken || item.type == ValueType::kNull) return got != Got::kStop;
  Column* column = column_for(path);
  if (column == nullptr) return true;
  if (column->items.size() >= place) drop("duplicate_member", path);  // the last one is taken
  column->items.resize(place);
  column->items[place - 1] = item;
  return true;
}

// What is no JSON scalar is noted, and what is no text is dropped; both have been read then.
JsonRowReader::Impl::Got JsonRowReader::Impl::read_scalar(ondemand::value& value, ondemand::json_type type,
                                                          ValueType& kind, std::string_view& out) {
  if (type == ondemand::json_type::string) {
    const Got got = read_string(value, out);
    if (got == Got::kTaken) kind = is_date(out) ? ValueType::kDate : ValueType::kString;
    return got;
  }
  const std::string_view raw = trim_right(value.raw_json_token());
  const uint32_t column = column_of(raw.data());
  if (type == ondemand::json_type::number) {
    // Checked and kept as written: reading it as a number could lose digits.
    out = raw;
    kind = json_number_type(out);
    if (kind != ValueType::kNull) return Got::kTaken;
    note("bad_json", column, "a number is not as JSON writes them", "put it in quotes to send it as text");
    return Got::kDropped;
  }
  kind = raw == "null" ? ValueType::kNull : ValueType::kBool;
  out = kind == ValueType::kNull ? std::string_view() : raw == "true" ? "true" : "false";
  if (raw == "null" || raw == "true" || raw == "false") return Got::kTaken;
  note("bad_json", column, std::string(describe(simdjson::N_ATOM_ERROR)), kOneRowALine);
  return Got::kDropped;
}

bool JsonRowReader::Impl::read_array(ondemand::value& value, const Path& path) {
  JsonField field{};
  field.name = path.name, field.type = ValueType::kArray, field.column = path.column;
  field.nested = path.parts > 1;
  field.items_first = static_cast<uint32_t>(row_->items.size());
  bool has_objects = false;
  size_t place = 0;
  ondemand::array array;
  if (const auto code = value.get_array().get(array)) return fail_json(code, path.column);
  for (auto next : array) {
    ondemand::value item;
    if (const auto code = std::move(next).get(item)) return fail_json(code, here());
    if (!read_element(item, path, ++place, has_objects)) return false;
  }
  field.items_end = static_cast<uint32_t>(row_->items.size());
  const auto is_there = [](const store::ItemView& item) { return item.type != ValueType::kNull; };
  if (!has_objects || std::any_of(row_->items.begin() + field.items_first, row_->items.end(), is_there))
    add(field, path.parts);
  if (has_objects) end_columns(path, static_cast<uint32_t>(place));
  return true;
}

// Takes the element into the items of the array itself, or, an object, into columns; one that cannot be taken
// leaves its place empty.
bool JsonRowReader::Impl::read_element(ondemand::value& value, const Path& path, size_t place,
                                       bool& has_objects) {
  ondemand::json_type type;
  store::ItemView item{};
  if (value.type().get(type)) return skip(value, path.depth);
  if (type == ondemand::json_type::object) {
    has_objects = true;
    row_->items.push_back(item);
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return fail_json(code, path.column);
    return read_members(object, &path, place);
  }
  if (type == ondemand::json_type::array) {
    drop("nested_value", path);
    row_->items.push_back(item);
    return skip(value, path.depth);
  }
  const Got got = read_scalar(value, type, item.type, item.text);
  if (got == Got::kStop) return false;
  if (got == Got::kDropped) drop("bad_utf8", path), item = {};
  row_->items.push_back(item);
  return true;
}

// All columns get as many places as the array has.
void JsonRowReader::Impl::end_columns(const Path& path, uint32_t places) {
  row_->groups.push_back(path.name);
  for (size_t i = 0; i < columns_used_; ++i) {
    Column& column = columns_[i];
    column.items.resize(places);
    column.field.items_first = static_cast<uint32_t>(row_->items.size());
    row_->items.insert(row_->items.end(), column.items.begin(), column.items.end());
    column.field.items_end = static_cast<uint32_t>(row_->items.size());
    row_->fields.push_back(column.field);
  }
  columns_used_ = 0;
}

// Reads a value that is not taken: what is no JSON is seen all the same.
bool JsonRowReader::Impl::skip(ondemand::value& value, size_t depth) {
  if (depth > kDepthMax) return fail_json(simdjson::DEPTH_ERROR, here());
  ondemand::json_type type;
  if (value.type().get(type)) {
    note("bad_json", here(), "a value is not as JSON writes them", "put it in quotes to send it as text");
    return true;
  }
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return fail_json(code, here());
    for (auto next : object) {
      ondemand::field member;
      if (const auto code = std::move(next).get(member)) return fail_json(code, here());
      std::string_view name;
      if (read_name(member, name) == Got::kStop || !skip(member.value(), depth + 1)) return false;
    }
    return true;
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto code = value.get_array().get(array)) return fail_json(code, here());
    for (auto next : array) {
      ondemand::value item;
      if (const auto code = std::move(next).get(item)) return fail_json(code, here());
      if (!skip(item, depth + 1)) return false;
    }
    return true;
  }
  ValueType kind;
  std::string_view text;
  return read_scalar(value, type, kind, text) != Got::kStop;
}

void JsonRowReader::Impl::add(const JsonField& field, size_t parts) {
  const Path path{.name = field.name, .column = field.column};
  if (parts > 1 && nested_ == kNestedFieldsMax) return drop("too_many_names", path);
  nested_ += parts > 1;
  row_->fields.push_back(field);
}

// Of the field of an array of objects; null when there are too many.
JsonRowReader::Impl::Column* JsonRowReader::Impl::column_for(const Path& path) {
  for (size_t i = 0; i < columns_used_; ++i)
    if (columns_[i].field.name == path.name) return &columns_[i];
  if (nested_ == kNestedFieldsMax) return drop("too_many_names", path), nullptr;
  ++nested_;
  if (columns_used_ == columns_.size()) columns_.emplace_back();
  Column& column = columns_[columns_used_++];
  column.items.clear();
  column.field = {};
  column.field.name = path.name, column.field.type = ValueType::kArray;
  column.field.column = path.column, column.field.nested = true;
  return &column;
}

std::string_view JsonRowReader::Impl::child_name(std::string_view parent, std::string_view name) {
  return dotted_.emplace_back(std::string(parent) + "." + std::string(name));
}

// What ends the reading of a line.
bool JsonRowReader::Impl::fail(const char* code, uint32_t column, std::string message, std::string fix) {
  note(code, column, std::move(message), std::move(fix));
  return false;
}

// What makes the row bad, though the rest of it can be read.
void JsonRowReader::Impl::note(const char* code, uint32_t column, std::string message, std::string fix) {
  if (!error_) error_ = RowError{0, column, code, std::move(message), std::move(fix)};
}

bool JsonRowReader::Impl::fail_json(simdjson::error_code code, uint32_t column) {
  if (damage_.empty()) return fail("bad_json", column, std::string(describe(code)), kOneRowALine);
  return fail("bad_utf8", column_of(damage_.front()), "the row is not UTF-8", "export the data as UTF-8");
}

uint32_t JsonRowReader::Impl::column_of(const void* place) const {
  const auto* at = static_cast<const char*>(place);
  const bool inside = at >= line_.data() && at <= line_.data() + line_.size();
  return inside ? static_cast<uint32_t>(at - line_.data()) + 1 : 0;
}

// Where the parser stands; 0 when it has run off the end.
uint32_t JsonRowReader::Impl::here() {
  const char* place = nullptr;
  return document_.current_location().get(place) ? 0 : column_of(place);
}

JsonRowReader::JsonRowReader() : impl_(std::make_unique<Impl>()) {}
JsonRowReader::~JsonRowReader() = default;

std::optional<RowError> JsonRowReader::read(std::string_view line, const char* readable_end, JsonRow& row) {
  return impl_->read(line, readable_end, row);
}

}  // namespace pinrelay::sources
