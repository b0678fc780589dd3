// A person as the profile store keeps one: fields and memberships, each with the time of its last change, and
// what a deleted person leaves behind. Pure functions over one binary record; no database here.
#pragma once

#include <compare>
#include <span>
#include <vector>

#include "store/change.h"

namespace pinrelay::store {

// A keyed hash of the profile's key: evenly spread, and meaningless to whoever has not the store's secret.
struct ProfileId {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const ProfileId&) const = default;
};
using pinrelay::as_bytes;  // which the next line would hide
inline ByteView as_bytes(const ProfileId& id) { return id.bytes; }
inline ProfileId profile_id_at(const uint8_t* data) {
  ProfileId id;
  std::memcpy(id.bytes.data(), data, id.bytes.size());
  return id;
}

using FieldNumber = uint32_t;
using AudienceNumber = uint32_t;

struct StoredField {
  FieldNumber number;
  int64_t at;
  ValueType type;  // kNull: removed at that time
  ByteView value;
};

struct StoredMembership {
  AudienceNumber audience;
  int64_t at;
  bool member;
};

struct StoredRowId {
  uint64_t hash;
  uint16_t day;
};

// Views into the record it was read from (or the change applied to it); valid as long as those.
struct Person {
  std::string_view key;    // "" once deleted
  int64_t deleted_at = 0;  // 0: never; later than all that was erased; older rows are ignored
  int64_t named_at = 0;    // the newest row that named the person without giving a field; 0: none
  std::vector<StoredRowId> row_ids;
  std::vector<StoredMembership> memberships;  // by audience
  std::vector<StoredField> fields;            // by number

  void clear();
  bool exists() const { return !key.empty(); }
  bool member_of(AudienceNumber audience) const;
  // Null when the person has no such field.
  const StoredField* field(FieldNumber number) const;
};

// False when the record is damaged.
bool read_person(ByteView record, Person& out);
void write_person(const Person& person, Bytes& out);

// What a change did, as the change log tells it.
enum class EntryKind : uint8_t { kEnter = 1, kExit = 2, kFields = 3, kDeleted = 4 };

struct LogEntry {
  ProfileId profile;
  EntryKind kind;
  AudienceNumber audience = 0;  // enter, exit
  uint64_t field_mask = 0;      // fields: bit (number % 64) of each changed one
};

// A change with its names already turned into numbers and hashes.
struct NumberedChange {
  ChangeType type;
  int64_t at;
  std::string_view key;
  AudienceNumber audience = 0;
  uint64_t row_id_hash = 0;         // 0: none
  std::vector<StoredField> fields;  // each once
  // Groups of fields that are replaced before `fields` are set: what is under them goes, except what the
  // change names.
  struct Group {
    FieldNumber number;
    std::span<const FieldNumber> members;  // sorted
  };
  std::vector<Group> groups = {};
  std::vector<FieldNumber> named = {};  // the numbers of `fields`, sorted; filled when there are groups
  // For each of `fields` that has any: a group it belongs to, in order of `fields`.
  struct Membership {
    FieldNumber field, group;
  };
  std::vector<Membership> belongs = {};
};

enum class Applied { kChanged, kUnchanged, kOlder, kRepeated };

// Row ids are remembered for this long, at most this many a person.
constexpr uint16_t kRowIdDays = 7;
constexpr size_t kRowIdsMax = 64;

// Applies one change. An older `at` never overwrites a newer one; at equal times the later call wins. A delete
// erases what came in by earlier calls, whatever its `at`; the same delete again changes nothing. Appends to `log` what really changed (profile left
// empty, for the caller to fill).
Applied apply_change(Person& person, const NumberedChange& change, std::vector<LogEntry>& log);

}  // namespace pinrelay::store
