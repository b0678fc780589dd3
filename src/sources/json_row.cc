#include "sources/json_row.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "sources/value_types.h"

namespace pinrelay::sources {
namespace {

namespace ondemand = simdjson::ondemand;
using store::ValueType;

static_assert(JsonRowReader::kReadAhead >= simdjson::SIMDJSON_PADDING);

constexpr size_t kPairwiseMax = 16;  // up to here comparing all pairs of names beats sorting them
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

}  // namespace

struct JsonRowReader::Impl {
  std::optional<RowError> read(std::string_view text, const char* readable_end, JsonRow& out);

 private:
  bool parse(const char* readable_end);
  bool read_object(ondemand::object object);
  bool read_member(std::string_view name, uint32_t column, ondemand::value value);
  bool read_string(ondemand::value& value, std::string_view& out);
  bool read_name(ondemand::field& field, std::string_view& out);
  bool read_fields(ondemand::value& value);
  bool read_field(ondemand::field& field);
  bool read_scalar(ondemand::value& value, ondemand::json_type type, ValueType& kind, std::string_view& out);
  bool read_array(ondemand::value& value, JsonField& field);
  bool fields_differ();

  bool fail(const char* code, uint32_t column, std::string message, std::string fix);
  bool fail_json(simdjson::error_code code, uint32_t column);
  bool fail_twice(std::string_view name, uint32_t column);
  bool fail_nested(const JsonField& field);
  bool fail_item(const JsonField& field, size_t index, const char* what);
  uint32_t column_of(const void* place) const;
  uint32_t here();

  ondemand::parser parser_;
  ondemand::document document_;
  std::string padded_;  // a copy of a line that has no readable memory after it
  std::vector<std::pair<std::string_view, uint32_t>> names_;
  std::string_view line_;  // what is being parsed: the caller's memory, or padded_
  JsonRow* row_ = nullptr;
  std::optional<RowError> error_;
};

std::optional<RowError> JsonRowReader::Impl::read(std::string_view text, const char* readable_end,
                                                  JsonRow& out) {
  line_ = text;
  row_ = &out;
  error_.reset();
  out.members = {};
  out.fields.clear();
  out.items.clear();
  parse(readable_end);
  return std::move(error_);
}

bool JsonRowReader::Impl::parse(const char* readable_end) {
  if (static_cast<size_t>(readable_end - line_.data()) < line_.size() + kReadAhead) {
    padded_.assign(line_).append(kReadAhead, ' ');
    line_ = std::string_view(padded_).substr(0, line_.size());
  }
  // In powers of two, or lines that grow a little each would make the parser allocate each time.
  if (parser_.capacity() < line_.size()) {
    const auto code = parser_.allocate(std::max(std::bit_ceil(line_.size()), size_t{4096}));
    if (code) return fail_json(code, 0);
  }
  auto code = parser_.iterate(line_.data(), line_.size(), line_.size() + kReadAhead).get(document_);
  if (code) return fail_json(code, 0);
  ondemand::json_type type;
  code = document_.type().get(type);
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

bool JsonRowReader::Impl::read_object(ondemand::object object) {
  for (auto next : object) {
    ondemand::field member;
    if (const auto code = std::move(next).get(member)) return fail_json(code, here());
    const uint32_t column = column_of(member.key().raw() - 1);
    std::string_view name;
    if (!read_name(member, name)) return false;
    if (!read_member(name, column, member.value())) return false;
  }
  return true;
}

bool JsonRowReader::Impl::read_member(std::string_view name, uint32_t column, ondemand::value value) {
  const auto found = std::find(kRowMembers.begin(), kRowMembers.end(), name);
  if (found == kRowMembers.end()) {
    const std::string_view meant = closest_name(name, kRowMembers);
    return fail("unknown_member", column, fmt::format("a row has no member {}", shown_name(name)),
                meant.empty() ? "put attributes of the person into 'fields'"
                              : fmt::format("did you mean '{}'?", meant));
  }
  JsonMember& member = row_->members[static_cast<size_t>(found - kRowMembers.begin())];
  if (member.present())
    return fail("duplicate_member", column, fmt::format("'{}' stands twice in the row", name),
                "leave one of them out");
  member.column = column;
  if (name == kRowMembers[kFieldsMember]) return read_fields(value);
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return fail_json(code, here());
  if (type == ondemand::json_type::string) return read_string(value, member.text);
  return fail("wrong_type", column, fmt::format("'{}' is not a string", name),
              type == ondemand::json_type::number ? "put the number in quotes" : "write it as a string");
}

bool JsonRowReader::Impl::read_string(ondemand::value& value, std::string_view& out) {
  const std::string_view raw = trim_right(value.raw_json_token());
  const uint32_t column = column_of(raw.data());
  if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
    out = raw.substr(1, raw.size() - 2);
    ondemand::raw_json_string consumed;
    const auto code = value.get_raw_json_string().get(consumed);
    return !code || fail_json(code, column);
  }
  const auto code = value.get_string().get(out);
  return !code || fail_json(code, column);
}

bool JsonRowReader::Impl::read_name(ondemand::field& field, std::string_view& out) {
  const char* name = field.key().raw();
  const auto* quote = static_cast<const char*>(
      std::memchr(name, '"', static_cast<size_t>(line_.data() + line_.size() - name)));
  CHECK(quote != nullptr);  // the first pass refuses strings that are not closed
  out = {name, static_cast<size_t>(quote - name)};
  if (std::memchr(name, '\\', out.size()) == nullptr) return true;
  const auto code = field.unescaped_key().get(out);
  return !code || fail_json(code, column_of(name - 1));
}

bool JsonRowReader::Impl::read_fields(ondemand::value& value) {
  const uint32_t column = here();
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return fail_json(code, column);
  if (type != ondemand::json_type::object)
    return fail("wrong_type", column, "'fields' is not an object", "write it as {\"name\": value, …}");
  ondemand::object object;
  if (const auto code = value.get_object().get(object)) return fail_json(code, column);
  for (auto next : object) {
    ondemand::field field;
    if (const auto code = std::move(next).get(field)) return fail_json(code, here());
    if (!read_field(field)) return false;
  }
  return fields_differ();
}

bool JsonRowReader::Impl::read_field(ondemand::field& member) {
  JsonField field{};
  field.column = column_of(member.key().raw() - 1);
  if (!read_name(member, field.name)) return false;
  ondemand::json_type type;
  ondemand::value& value = member.value();
  if (const auto code = value.type().get(type)) return fail_json(code, field.column);
  if (type == ondemand::json_type::object) return fail_nested(field);
  if (type == ondemand::json_type::array) {
    field.type = ValueType::kArray;
    if (!read_array(value, field)) return false;
  } else if (!read_scalar(value, type, field.type, field.text)) {
    return false;
  }
  if (row_->fields.size() == store::kFieldsMax)
    return fail("too_many_fields", field.column,
                fmt::format("the row has more than {} fields", store::kFieldsMax), "send fewer fields a row");
  row_->fields.push_back(field);
  return true;
}

bool JsonRowReader::Impl::read_scalar(ondemand::value& value, ondemand::json_type type, ValueType& kind,
                                      std::string_view& out) {
  const uint32_t column = here();
  if (type == ondemand::json_type::string) {
    if (!read_string(value, out)) return false;
    kind = is_date(out) ? ValueType::kDate : ValueType::kString;
    return true;
  }
  if (type == ondemand::json_type::number) {
    // Checked and kept as written: reading it as a number could lose digits.
    out = trim_right(value.raw_json_token());
    kind = json_number_type(out);
    return kind != ValueType::kNull || fail("bad_json", column, "a number is not as JSON writes them",
                                            "put it in quotes to send it as text");
  }
  if (type == ondemand::json_type::boolean) {
    bool truth = false;
    if (const auto code = value.get_bool().get(truth)) return fail_json(code, column);
    kind = ValueType::kBool;
    out = truth ? "true" : "false";
    return true;
  }
  kind = ValueType::kNull;
  out = {};
  bool null = false;
  const auto code = value.is_null().get(null);
  return (!code && null) || fail_json(simdjson::N_ATOM_ERROR, column);
}

bool JsonRowReader::Impl::read_array(ondemand::value& value, JsonField& field) {
  field.items_first = static_cast<uint32_t>(row_->items.size());
  ondemand::array array;
  if (const auto code = value.get_array().get(array)) return fail_json(code, field.column);
  for (auto next : array) {
    ondemand::value item;
    if (const auto code = std::move(next).get(item)) return fail_json(code, here());
    ondemand::json_type type;
    if (const auto code = item.type().get(type)) return fail_json(code, here());
    const size_t index = row_->items.size() - field.items_first;
    if (type == ondemand::json_type::object) return fail_item(field, index, "an object");
    if (type == ondemand::json_type::array) return fail_item(field, index, "an array");
    if (type == ondemand::json_type::null) return fail_item(field, index, "null");
    store::ItemView view{};
    if (!read_scalar(item, type, view.type, view.text)) return false;
    row_->items.push_back(view);
  }
  field.items_end = static_cast<uint32_t>(row_->items.size());
  return true;
}

// False, with the error set, when a name stands twice.
bool JsonRowReader::Impl::fields_differ() {
  const auto& fields = row_->fields;
  if (fields.size() <= kPairwiseMax) {
    for (size_t i = 1; i < fields.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (fields[i].name == fields[j].name) return fail_twice(fields[i].name, fields[i].column);
    return true;
  }
  names_.clear();
  for (const JsonField& field : fields) names_.emplace_back(field.name, field.column);
  std::sort(names_.begin(), names_.end());
  const auto twice = std::adjacent_find(names_.begin(), names_.end(),
                                        [](const auto& a, const auto& b) { return a.first == b.first; });
  return twice == names_.end() || fail_twice(twice->first, std::next(twice)->second);
}

bool JsonRowReader::Impl::fail(const char* code, uint32_t column, std::string message, std::string fix) {
  error_ = RowError{0, column, code, std::move(message), std::move(fix)};
  return false;
}

bool JsonRowReader::Impl::fail_twice(std::string_view name, uint32_t column) {
  return fail("duplicate_member", column,
              fmt::format("the field {} stands twice in the row", shown_name(name)),
              "leave one of them out, or send one array");
}

bool JsonRowReader::Impl::fail_json(simdjson::error_code code, uint32_t column) {
  if (code == simdjson::UTF8_ERROR)
    return fail("bad_utf8", static_cast<uint32_t>(utf8_prefix(line_) + 1), "the row is not UTF-8",
                "export the data as UTF-8");
  return fail("bad_json", column, std::string(describe(code)), kOneRowALine);
}

bool JsonRowReader::Impl::fail_nested(const JsonField& field) {
  return fail("nested_value", field.column, fmt::format("the field {} is an object", shown_name(field.name)),
              "send each of its members as a field of its own");
}

bool JsonRowReader::Impl::fail_item(const JsonField& field, size_t index, const char* what) {
  const bool is_null = std::string_view(what) == "null";
  return fail(is_null ? "wrong_type" : "nested_value", here(),
              fmt::format("item {} of the field {} is {}", index, shown_name(field.name), what),
              is_null ? "leave it out of the array" : "an array takes strings, numbers, true and false");
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
