#include "store/person.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

constexpr int64_t kDayMillis = 24LL * 3600 * 1000;

// Times within a person are written as differences, because most came in one row.
void append_time(Bytes& out, int64_t at, int64_t& last) {
  const auto difference = static_cast<uint64_t>(at) - static_cast<uint64_t>(last);
  append_varint(out, difference << 1 ^ (difference >> 63 != 0 ? ~0ULL : 0));
  last = at;
}

int64_t read_time(ByteReader& reader, int64_t& last) {
  const uint64_t code = reader.varint();
  const uint64_t difference = code >> 1 ^ ((code & 1) != 0 ? ~0ULL : 0);
  return last = static_cast<int64_t>(static_cast<uint64_t>(last) + difference);
}

bool same_value(const StoredField& a, const StoredField& b) {
  return a.type == b.type && as_text(a.value) == as_text(b.value);
}

// Remembers the row's id; true when it was known already.
bool repeated(Person& person, const NumberedChange& change) {
  if (change.row_id_hash == 0) return false;
  const auto day = static_cast<uint16_t>(std::max<int64_t>(change.at, 0) / kDayMillis);
  for (const StoredRowId& id : person.row_ids) {
    if (id.hash == change.row_id_hash) return true;
  }
  std::erase_if(person.row_ids, [&](const StoredRowId& id) { return id.day + kRowIdDays < day; });
  if (person.row_ids.size() >= kRowIdsMax) person.row_ids.erase(person.row_ids.begin());
  person.row_ids.push_back({change.row_id_hash, day});
  return false;
}

Applied apply_membership(Person& person, const NumberedChange& change, std::vector<LogEntry>& log) {
  const bool enters = change.type == ChangeType::kEnter;
  const auto at =
      std::lower_bound(person.memberships.begin(), person.memberships.end(), change.audience,
                       [](const StoredMembership& m, AudienceNumber a) { return m.audience < a; });
  const bool found = at != person.memberships.end() && at->audience == change.audience;
  if (found && at->at > change.at) return Applied::kOlder;
  const bool was_member = found && at->member;
  if (found) {
    at->at = change.at;
    at->member = enters;
  } else {
    person.memberships.insert(at, {change.audience, change.at, enters});
  }
  if (was_member == enters) return Applied::kUnchanged;
  log.push_back({{}, enters ? EntryKind::kEnter : EntryKind::kExit, change.audience});
  return Applied::kChanged;
}

// False when what is there is newer. Adds to `mask` when the value differs.
bool set_field(Person& person, const StoredField& field, uint64_t& mask) {
  const auto at = std::lower_bound(person.fields.begin(), person.fields.end(), field.number,
                                   [](const StoredField& f, FieldNumber n) { return f.number < n; });
  const bool found = at != person.fields.end() && at->number == field.number;
  if (found && at->at > field.at) return false;
  const bool differs = found ? !same_value(*at, field) : field.type != ValueType::kNull;
  if (differs) mask |= 1ULL << (field.number % 64);
  if (found) {
    *at = field;
  } else {
    person.fields.insert(at, field);
  }
  return true;
}

// Leaves the group's time with the person, as a removed field, so that older rows that come later cannot
// bring back what was replaced.
bool replace_group(Person& person, const NumberedChange& change, const NumberedChange::Group& group,
                   uint64_t& mask) {
  uint64_t ignored = 0;
  if (!set_field(person, {group.number, change.at, ValueType::kNull, {}}, ignored)) return false;
  for (StoredField& field : person.fields) {
    if (field.type == ValueType::kNull || field.at > change.at) continue;
    if (!std::ranges::binary_search(group.members, field.number)) continue;
    if (std::ranges::binary_search(change.named, field.number)) continue;
    field = {field.number, change.at, ValueType::kNull, {}};
    mask |= 1ULL << (field.number % 64);
  }
  return true;
}

bool group_is_newer(const Person& person, const NumberedChange& change, FieldNumber field) {
  return std::ranges::any_of(change.belongs, [&](const auto& each) {
    if (each.field != field) return false;
    const auto group = std::ranges::lower_bound(person.fields, each.group, {}, &StoredField::number);
    return group != person.fields.end() && group->number == each.group && group->at > change.at;
  });
}

Applied apply_fields(Person& person, const NumberedChange& change, std::vector<LogEntry>& log) {
  const bool says_nothing = change.fields.empty() && change.groups.empty();
  if (says_nothing) person.named_at = std::max(person.named_at, change.at);
  uint64_t mask = 0;
  bool newer = says_nothing;
  for (const auto& group : change.groups) newer |= replace_group(person, change, group, mask);
  for (const StoredField& field : change.fields)
    if (!group_is_newer(person, change, field.number)) newer |= set_field(person, field, mask);
  if (mask != 0) log.push_back({{}, EntryKind::kFields, 0, mask});
  return mask != 0 ? Applied::kChanged : newer ? Applied::kUnchanged : Applied::kOlder;
}

// Erases all that arrived before it, however new. The tombstone is later than anything erased, so that a repeat
// of those rows brings nobody back.
Applied apply_delete(Person& person, const NumberedChange& change, std::vector<LogEntry>& log) {
  // The same delete again spares whoever has come back since.
  if (person.deleted_at != 0 && change.at == person.deleted_at) return Applied::kUnchanged;
  person.deleted_at = change.at;
  if (!person.exists()) return Applied::kUnchanged;
  const auto erase = [&](int64_t at) { person.deleted_at = std::max(person.deleted_at, at + 1); };
  if (person.named_at != 0) erase(person.named_at);
  for (const StoredField& field : person.fields) erase(field.at);
  for (const StoredMembership& membership : person.memberships) {
    erase(membership.at);
    if (membership.member) log.push_back({{}, EntryKind::kExit, membership.audience});
  }
  person.key = {};
  person.named_at = 0;
  person.fields.clear();
  person.memberships.clear();
  log.push_back({{}, EntryKind::kDeleted});
  return Applied::kChanged;
}

}  // namespace

void Person::clear() {
  key = {};
  deleted_at = named_at = 0;
  row_ids.clear();
  memberships.clear();
  fields.clear();
}

bool Person::member_of(AudienceNumber audience) const {
  for (const StoredMembership& membership : memberships) {
    if (membership.audience == audience) return membership.member;
  }
  return false;
}

const StoredField* Person::field(FieldNumber number) const {
  for (const StoredField& field : fields) {
    if (field.number == number) return field.type == ValueType::kNull ? nullptr : &field;
  }
  return nullptr;
}

bool read_person(ByteView record, Person& out) {
  out.clear();
  ByteReader reader(record);
  int64_t last_time = 0;
  out.key = as_text(reader.sized());
  out.deleted_at = static_cast<int64_t>(reader.varint());
  out.named_at = static_cast<int64_t>(reader.varint());
  for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) {
    const auto hash = reader.fixed<uint64_t>();
    out.row_ids.push_back({hash, reader.fixed<uint16_t>()});
  }
  for (uint64_t n = reader.varint(); n > 0 && reader.ok(); --n) {
    const uint64_t audience_and_member = reader.varint();
    out.memberships.push_back({static_cast<AudienceNumber>(audience_and_member >> 1),
                               read_time(reader, last_time), (audience_and_member & 1) != 0});
  }
  while (!reader.done() && reader.ok()) {
    StoredField field{};
    field.number = static_cast<FieldNumber>(reader.varint());
    field.at = read_time(reader, last_time);
    field.type = static_cast<ValueType>(reader.fixed<uint8_t>());
    field.value = reader.sized();
    out.fields.push_back(field);
  }
  return reader.ok();
}

void write_person(const Person& person, Bytes& out) {
  int64_t last_time = 0;
  append_sized(out, pinrelay::as_bytes(person.key));
  append_varint(out, static_cast<uint64_t>(person.deleted_at));
  append_varint(out, static_cast<uint64_t>(person.named_at));
  append_varint(out, person.row_ids.size());
  for (const StoredRowId& id : person.row_ids) {
    append_fixed(out, id.hash);
    append_fixed(out, id.day);
  }
  append_varint(out, person.memberships.size());
  for (const StoredMembership& membership : person.memberships) {
    append_varint(out, uint64_t{membership.audience} << 1 | (membership.member ? 1 : 0));
    append_time(out, membership.at, last_time);
  }
  for (const StoredField& field : person.fields) {
    append_varint(out, field.number);
    append_time(out, field.at, last_time);
    out.push_back(static_cast<uint8_t>(field.type));
    append_sized(out, field.value);
  }
}

Applied apply_change(Person& person, const NumberedChange& change, std::vector<LogEntry>& log) {
  // Before the times are compared: a repeated row that names no time comes with a newer one.
  if (repeated(person, change)) return Applied::kRepeated;
  if (person.deleted_at != 0 && change.at < person.deleted_at) return Applied::kOlder;
  if (change.type == ChangeType::kDelete) return apply_delete(person, change, log);
  if (person.key.empty()) person.key = change.key;
  return change.type == ChangeType::kProfile ? apply_fields(person, change, log)
                                             : apply_membership(person, change, log);
}

}  // namespace pinrelay::store
