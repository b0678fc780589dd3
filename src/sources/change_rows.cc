#include "sources/change_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "store/catalog.h"

namespace pinrelay::sources {
namespace {

using store::ChangeType;
using store::ValueType;

enum class Need : uint8_t { kRefused, kOptional, kRequired };

// Which members a type of row takes, in the order of kRowMembers.
struct RowType {
  std::string_view name;
  ChangeType type;
  std::array<Need, kRowMembers.size()> members;
};

constexpr auto kNo = Need::kRefused;
constexpr auto kMay = Need::kOptional;
constexpr auto kMust = Need::kRequired;
constexpr std::array kRowTypes{
    //                                       type   key    at    id    audience fields
    RowType{"profile", ChangeType::kProfile, {kMust, kMust, kMay, kMay, kNo, kMay}},
    RowType{"enter", ChangeType::kEnter, {kMust, kMust, kMay, kMay, kMust, kNo}},
    RowType{"exit", ChangeType::kExit, {kMust, kMust, kMay, kMay, kMust, kNo}},
    RowType{"delete", ChangeType::kDelete, {kMust, kMust, kMay, kMay, kNo, kNo}},
};

using Checked = std::optional<RowError>;

RowError wrong(const char* code, uint32_t column, std::string message, std::string fix) {
  return RowError{0, column, code, std::move(message), std::move(fix)};
}

const RowType* find_type(std::string_view name) {
  for (const RowType& type : kRowTypes)
    if (type.name == name) return &type;
  return nullptr;
}

RowError unknown_type(const JsonMember& member) {
  if (!member.present())
    return wrong("missing_member", 0, "the row has no 'type'",
                 "add \"type\": profile, enter, exit or delete");
  return wrong("unknown_type", member.column, "the row's 'type' is not one we know",
               "use profile, enter, exit or delete");
}

Checked check_members(const JsonRow& row, const RowType& type) {
  for (size_t i = 0; i < kRowMembers.size(); ++i) {
    const bool present = row.members[i].present();
    if (type.members[i] == Need::kRequired && !present)
      return wrong("missing_member", 0, fmt::format("the {} row has no '{}'", type.name, kRowMembers[i]),
                   fmt::format("add \"{}\"", kRowMembers[i]));
    if (type.members[i] == Need::kRefused && present)
      return wrong("unexpected_member", row.members[i].column,
                   fmt::format("a row of type {} takes no '{}'", type.name, kRowMembers[i]),
                   "leave it out, or send a row of another type");
  }
  return {};
}

// A member that is there must say something, within its limit.
Checked check_length(const JsonRow& row, RowMember which, size_t bytes_max) {
  const JsonMember& member = row.members[which];
  if (!member.present()) return {};
  if (member.text.empty())
    return wrong("empty_value", member.column, fmt::format("'{}' is empty", kRowMembers[which]),
                 "give it a value");
  if (member.text.size() > bytes_max)
    return wrong("too_long", member.column,
                 fmt::format("'{}' is longer than {} bytes", kRowMembers[which], bytes_max), "shorten it");
  return {};
}

size_t varint_bytes(size_t value) { return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4; }

// As the change stores it: a type, a length and the text per item.
size_t stored_bytes(const JsonRow& row, const JsonField& field) {
  size_t bytes = field.text.size();
  for (uint32_t i = field.items_first; i < field.items_end; ++i)
    bytes += 1 + varint_bytes(row.items[i].text.size()) + row.items[i].text.size();
  return bytes;
}

// What is wrong with the id costs the id, and with a value the value.
void drop_what_is_too_long(JsonRow& row) {
  JsonMember& id = row.members[kIdMember];
  if (id.present() && (id.text.empty() || id.text.size() > store::kNameBytesMax)) {
    row.dropped.push_back({id.text.empty() ? "empty_value" : "too_long", id.column, kRowMembers[kIdMember]});
    id = {};
  }
  std::erase_if(row.fields, [&](const JsonField& field) {
    const bool too_long = stored_bytes(row, field) > store::kValueBytesMax;
    if (too_long) row.dropped.push_back({"too_long", field.column, field.name});
    return too_long;
  });
}

Checked read_at(const JsonMember& member, const RowTime& time, int64_t& millis) {
  millis = to_millis(time.at);
  if (!member.present()) return {};
  const auto at = parse_rfc3339(member.text);
  if (!at)
    return wrong("bad_time", member.column, "'at' is not a time with a zone",
                 "write it as 2026-01-31T12:00:00Z");
  if (at.value() > time.arrival + kFutureMax)
    return wrong("at_in_future", member.column, "'at' is more than five minutes in the future",
                 "check the sender's clock and time zone");
  millis = to_millis(at.value());
  return {};
}

Checked check_row(const JsonRow& row, const RowType& type) {
  if (auto error = check_members(row, type)) return error;
  if (auto error = check_length(row, kKeyMember, store::kKeyBytesMax)) return error;
  if (auto error = check_length(row, kAudienceMember, store::kNameBytesMax)) return error;
  return {};
}

Checked check_scope(const JsonRow& row, const RowType& type, const RowScope& scope) {
  if (!scope.admits(type.type))
    return wrong("row_type_not_allowed", row.members[kTypeMember].column,
                 fmt::format("the write key may not send rows of type {}", type.name),
                 "send it by a key that may: 'pinrelay write-key list' shows what each may send");
  const JsonMember& audience = row.members[kAudienceMember];
  if (audience.present() && !scope.admits_audience(audience.text))
    return wrong("audience_not_allowed", audience.column, "the write key may not change this audience",
                 "send it by a key that may: 'pinrelay write-key list' shows the audiences of each");
  return {};
}

void write_field(const JsonRow& row, const JsonField& field, store::ChangeWriter& out) {
  if (field.type != ValueType::kArray) return out.field(field.name, field.type, field.text);
  out.begin_array(field.name);
  for (uint32_t i = field.items_first; i < field.items_end; ++i)
    out.item(row.items[i].type, row.items[i].text);
  out.end_array();
}

void write_row(const JsonRow& row, const RowType& type, int64_t at, store::ChangeWriter& out) {
  out.begin(type.type, at, row.members[kKeyMember].text, row.members[kAudienceMember].text,
            row.members[kIdMember].text);
  for (const std::string_view name : row.groups) out.replace_group(name);
  for (const JsonField& field : row.fields) write_field(row, field, out);
  out.end();
}

}  // namespace

std::optional<RowError> ChangeRowParser::parse(std::string_view line, const char* readable_end,
                                               const RowTime& time, store::ChangeWriter& out) {
  row_.whole = false;
  if (line.size() > kRowBytesMax) return row_too_large();
  if (auto error = reader_.read(line, readable_end, row_)) return error;
  const RowType* type = find_type(row_.members[kTypeMember].text);
  if (type == nullptr) return unknown_type(row_.members[kTypeMember]);
  if (auto error = check_row(row_, *type)) return error;
  if (auto error = check_scope(row_, *type, scope_)) return error;
  int64_t at = 0;
  if (auto error = read_at(row_.members[kAtMember], time, at)) return error;
  // Last: a row that is bad makes no names.
  const JsonMember& audience = row_.members[kAudienceMember];
  if (audience.present() && !names_.admits(NameKind::kAudience, audience.text))
    return wrong("audience_limit", audience.column, "the audience is new, and no more may be made now",
                 "name an audience that is there, wait until tomorrow, or raise 'limits'");
  drop_what_is_too_long(row_);
  drop_what_passes_limits();
  write_row(row_, *type, at, out);
  return {};
}

// An array of objects is one value: where its name is one too many, so are those of its members.
void ChangeRowParser::drop_what_passes_limits() {
  const auto drop = [&](std::string_view code, uint32_t column, std::string_view name) {
    row_.dropped.push_back({code, column, name});
  };
  std::erase_if(row_.groups, [&](std::string_view group) {
    if (names_.admits(NameKind::kField, store::Catalog::group_mark(group))) return false;
    drop("field_limit", 0, group);
    std::erase_if(row_.fields, [&](const JsonField& field) { return store::is_under(field.name, group); });
    return true;
  });
  std::erase_if(row_.fields, [&](const JsonField& field) {
    const bool too_many = field.items_end - field.items_first > names_.values_max();
    const bool admitted = !too_many && names_.admits(NameKind::kField, field.name);
    if (!admitted) drop(too_many ? "too_many_values" : "field_limit", field.column, field.name);
    return !admitted;
  });
}

std::string_view ChangeRowParser::key_of_bad() const {
  const std::string_view key = row_.members[kKeyMember].text;
  return row_.whole && !row_.key_doubled && key.size() <= store::kKeyBytesMax ? key : std::string_view();
}

void Drops::add(const std::vector<DroppedValue>& values, uint64_t line) {
  for (DroppedValue value : values) {
    counts.add(value.code);
    if (listed.size() == kListedMax) continue;
    value.line = line;
    listed.push_back(describe(value));
  }
}

void Drops::add(const Drops& other) {
  counts.add(other.counts);
  for (const RowError& value : other.listed)
    if (listed.size() < kListedMax) listed.push_back(value);
}

RowError row_too_large() {
  return wrong("row_too_large", 0, "the row is larger than 1 MiB", "send fewer or shorter fields a row");
}

std::string_view trim_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

ParsedRows parse_change_rows(std::string_view ndjson, Time arrival, uint64_t first_line, Bytes& out,
                             RowNames names, RowScope scope) {
  ParsedRows parsed;
  ChangeRowParser parser(std::move(names), std::move(scope));
  store::ChangeWriter writer(out);
  const char* const end = ndjson.data() + ndjson.size();
  if (first_line == 1 && ndjson.starts_with(kByteOrderMark)) ndjson.remove_prefix(kByteOrderMark.size());
  for (uint64_t line_number = first_line; !ndjson.empty(); ++line_number) {
    const size_t size = std::min(ndjson.find('\n'), ndjson.size());
    const std::string_view line = trim_line(ndjson.substr(0, size));
    ndjson.remove_prefix(std::min(size + 1, ndjson.size()));
    if (line.empty()) continue;
    ++parsed.rows;
    auto error = parser.parse(line, end, arrival, writer);
    if (!error) {
      ++parsed.accepted;
      parsed.dropped.add(parser.dropped(), line_number);
    } else if (parsed.errors_total++ < ParsedRows::kErrorsKeptMax) {
      error->line = line_number;
      parsed.errors.push_back(std::move(*error));
    }
  }
  return parsed;
}

}  // namespace pinrelay::sources
