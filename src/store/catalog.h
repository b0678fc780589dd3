// Names that the store numbers: fields (with their learned types and coverage) and audiences (with their
// sizes).
#pragma once

#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/db.h"
#include "store/person.h"

namespace pinrelay::store {

struct FieldInfo {
  std::string name;
  ValueType type = ValueType::kNull;  // learned: the narrowest type that holds every value seen
  bool fixed = false;                 // set by the configuration; learning does not change it
  int64_t people = 0;                 // who have a value

  // Its number is not given again, and its name may be.
  bool removed() const { return name.empty(); }
};

struct AudienceInfo {
  std::string name;
  int64_t size = 0;

  bool removed() const { return name.empty(); }
};

// The narrowest type that holds both; widening never fails, its end is string.
ValueType widen(ValueType a, ValueType b);
std::string_view type_name(ValueType type);
// Whether a dotted name is the group's own or stands under it.
bool is_under(std::string_view name, std::string_view group);

class Catalog {
 public:
  explicit Catalog(Db& db);

  // After opening and after each rollback: what is in memory follows the database.
  void load();
  // Writes what changed in memory since the last flush; called within a transaction.
  void flush();
  bool changed() const;  // something is still to be flushed

  // The number of a name, new ones being added.
  FieldNumber field_number(std::string_view name);
  AudienceNumber audience_number(std::string_view name);
  // False when there is none of that name.
  bool find_field(std::string_view name, FieldNumber& out) const;
  bool find_audience(std::string_view name, AudienceNumber& out) const;

  void learn(FieldNumber field, ValueType type);
  void fix_type(FieldNumber field, ValueType type);
  void count_people(FieldNumber field, int64_t by);
  void count_members(AudienceNumber audience, int64_t by);

  // A group is the field "name" and every field under "name."; it has a number of its own, under which a
  // person remembers when the group was replaced. Made when it is first replaced.
  FieldNumber group_number(std::string_view name);
  // What a group is called among the fields; no field's own name is like it.
  static std::string group_mark(std::string_view name);
  // Whether a field stands under "name.".
  bool has_fields_under(std::string_view name) const { return prefixes_.contains(std::string(name)); }
  // The fields of a group by number, and the groups of a field.
  std::span<const FieldNumber> members_of(FieldNumber group) const { return members_.at(group); }
  std::span<const FieldNumber> groups_of(FieldNumber field) const {
    const auto found = groups_.find(field);
    return found == groups_.end() ? std::span<const FieldNumber>() : found->second;
  }

  // The name is free from now on. Its number stays taken, so that what people have under it can still be told
  // from everything else until Profiles::erase_removed has erased it. A group goes with its last field.
  void remove_field(FieldNumber field);
  void remove_audience(AudienceNumber audience);
  // Whether people still have values or memberships under numbers whose names were removed.
  bool removed_in_use() const;
  // Everything under such numbers is erased.
  void forget_removed();

  // By number; groups are among them, of the type kGroup.
  const std::deque<FieldInfo>& fields() const { return fields_; }
  const std::deque<AudienceInfo>& audiences() const { return audiences_; }  // by number

 private:
  FieldNumber add_field(FieldInfo info);
  void link(FieldNumber number);
  void join(FieldNumber field, FieldNumber group);

  Statement select_fields_, select_audiences_, put_field_, put_audience_;
  std::deque<FieldInfo> fields_;
  std::deque<AudienceInfo> audiences_;
  std::unordered_map<std::string_view, FieldNumber> field_numbers_;  // views into fields_
  std::unordered_map<std::string_view, AudienceNumber> audience_numbers_;
  std::unordered_set<std::string> prefixes_;  // of dotted names, whole parts only
  std::unordered_map<FieldNumber, std::vector<FieldNumber>> members_, groups_;
  std::vector<bool> changed_fields_, changed_audiences_;
};

}  // namespace pinrelay::store
