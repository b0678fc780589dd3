#include "store/catalog.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

constexpr std::string_view kTypeNames[] = {"unknown", "string", "int",   "number",
                                           "bool",    "date",   "array", "group"};
constexpr char kGroupMark = '\xff';  // no field's name holds it: names are UTF-8

}  // namespace

bool is_under(std::string_view name, std::string_view group) {
  return name.starts_with(group) && (name.size() == group.size() || name[group.size()] == '.');
}

std::string Catalog::group_mark(std::string_view name) { return kGroupMark + std::string(name); }

ValueType widen(ValueType a, ValueType b) {
  if (a == b || b == ValueType::kNull) return a;
  if (a == ValueType::kNull) return b;
  if (a == ValueType::kArray || b == ValueType::kArray) return ValueType::kArray;
  const auto numeric = [](ValueType type) { return type == ValueType::kInt || type == ValueType::kNumber; };
  return numeric(a) && numeric(b) ? ValueType::kNumber : ValueType::kString;
}

std::string_view type_name(ValueType type) { return kTypeNames[static_cast<size_t>(type)]; }

Catalog::Catalog(Db& db)
    : select_fields_(db, "SELECT name, type, fixed, people FROM field ORDER BY number"),
      select_audiences_(db, "SELECT name, size FROM audience ORDER BY number"),
      put_field_(db,
                 "INSERT OR REPLACE INTO field(number, name, type, fixed, people) VALUES (?, ?, ?, ?, ?)"),
      put_audience_(db, "INSERT OR REPLACE INTO audience(number, name, size) VALUES (?, ?, ?)") {}

void Catalog::load() {
  fields_.clear(), audiences_.clear(), field_numbers_.clear(), audience_numbers_.clear();
  prefixes_.clear(), members_.clear(), groups_.clear();
  for (bool more = select_fields_.first(); more; more = select_fields_.next()) {
    fields_.push_back({select_fields_.text(0), static_cast<ValueType>(select_fields_.integer(1)),
                       select_fields_.integer(2) != 0, select_fields_.integer(3)});
    if (fields_.back().removed()) continue;
    field_numbers_.emplace(fields_.back().name, static_cast<FieldNumber>(fields_.size() - 1));
    link(static_cast<FieldNumber>(fields_.size() - 1));
  }
  for (bool more = select_audiences_.first(); more; more = select_audiences_.next()) {
    audiences_.push_back({select_audiences_.text(0), select_audiences_.integer(1)});
    if (audiences_.back().removed()) continue;
    audience_numbers_.emplace(audiences_.back().name, static_cast<AudienceNumber>(audiences_.size() - 1));
  }
  changed_fields_.assign(fields_.size(), false);
  changed_audiences_.assign(audiences_.size(), false);
}

void Catalog::flush() {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (!changed_fields_[i]) continue;
    const FieldInfo& field = fields_[i];
    put_field_.run(static_cast<int64_t>(i), field.name, static_cast<int>(field.type), field.fixed,
                   field.people);
    changed_fields_[i] = false;
  }
  for (size_t i = 0; i < audiences_.size(); ++i) {
    if (!changed_audiences_[i]) continue;
    put_audience_.run(static_cast<int64_t>(i), audiences_[i].name, audiences_[i].size);
    changed_audiences_[i] = false;
  }
}

bool Catalog::changed() const {
  const auto any = [](const std::vector<bool>& flags) {
    return std::find(flags.begin(), flags.end(), true) != flags.end();
  };
  return any(changed_fields_) || any(changed_audiences_);
}

FieldNumber Catalog::field_number(std::string_view name) {
  FieldNumber number;
  return find_field(name, number) ? number : add_field({std::string(name)});
}

FieldNumber Catalog::group_number(std::string_view name) {
  FieldNumber number;
  const std::string marked = group_mark(name);
  return find_field(marked, number) ? number : add_field({marked, ValueType::kGroup, true});
}

FieldNumber Catalog::add_field(FieldInfo info) {
  const auto number = static_cast<FieldNumber>(fields_.size());
  fields_.push_back(std::move(info));
  field_numbers_.emplace(fields_.back().name, number);
  changed_fields_.push_back(true);
  link(number);
  return number;
}

// A group finds the fields that were there before it; a field finds the groups that were.
void Catalog::link(FieldNumber number) {
  const std::string_view name = fields_[number].name;
  if (fields_[number].type == ValueType::kGroup) {
    members_[number];
    for (FieldNumber field = 0; field < number; ++field)
      if (is_under(fields_[field].name, name.substr(1))) join(field, number);
    return;
  }
  for (size_t end = name.find('.');; end = name.find('.', end + 1)) {
    const std::string group(name.substr(0, end));
    FieldNumber known;
    if (!members_.empty() && find_field(group_mark(group), known)) join(number, known);
    if (end == std::string_view::npos) return;
    prefixes_.insert(group);
  }
}

void Catalog::join(FieldNumber field, FieldNumber group) {
  members_[group].push_back(field);
  groups_[field].push_back(group);
}

void Catalog::remove_field(FieldNumber field) {
  field_numbers_.erase(fields_[field].name);
  fields_[field].name.clear();
  fields_[field].fixed = true;  // nothing is learned about it
  changed_fields_[field] = true;
  members_.erase(field);
  const auto groups = groups_.extract(field);
  if (groups.empty()) return;
  for (const FieldNumber group : groups.mapped()) {
    std::erase(members_[group], field);
    if (members_[group].empty()) remove_field(group);
  }
}

void Catalog::remove_audience(AudienceNumber audience) {
  audience_numbers_.erase(audiences_[audience].name);
  audiences_[audience].name.clear();
  changed_audiences_[audience] = true;
}

bool Catalog::removed_in_use() const {
  return std::ranges::any_of(fields_, [](const FieldInfo& f) { return f.removed() && f.people != 0; }) ||
         std::ranges::any_of(audiences_, [](const AudienceInfo& a) { return a.removed() && a.size != 0; });
}

void Catalog::forget_removed() {
  for (FieldNumber i = 0; i < fields_.size(); ++i)
    if (fields_[i].removed()) count_people(i, -fields_[i].people);
  for (AudienceNumber i = 0; i < audiences_.size(); ++i)
    if (audiences_[i].removed()) count_members(i, -audiences_[i].size);
}

AudienceNumber Catalog::audience_number(std::string_view name) {
  AudienceNumber number;
  if (find_audience(name, number)) return number;
  number = static_cast<AudienceNumber>(audiences_.size());
  audiences_.push_back({std::string(name)});
  audience_numbers_.emplace(audiences_.back().name, number);
  changed_audiences_.push_back(true);
  return number;
}

bool Catalog::find_field(std::string_view name, FieldNumber& out) const {
  const auto found = field_numbers_.find(name);
  if (found == field_numbers_.end()) return false;
  out = found->second;
  return true;
}

bool Catalog::find_audience(std::string_view name, AudienceNumber& out) const {
  const auto found = audience_numbers_.find(name);
  if (found == audience_numbers_.end()) return false;
  out = found->second;
  return true;
}

void Catalog::learn(FieldNumber field, ValueType type) {
  FieldInfo& info = fields_[field];
  const ValueType wider = widen(info.type, type);
  if (info.fixed || wider == info.type) return;
  info.type = wider;
  changed_fields_[field] = true;
}

void Catalog::fix_type(FieldNumber field, ValueType type) {
  fields_[field].type = type;
  fields_[field].fixed = true;
  changed_fields_[field] = true;
}

void Catalog::count_people(FieldNumber field, int64_t by) {
  if (by == 0) return;
  fields_[field].people += by;
  changed_fields_[field] = true;
}

void Catalog::count_members(AudienceNumber audience, int64_t by) {
  if (by == 0) return;
  audiences_[audience].size += by;
  changed_audiences_[audience] = true;
}

}  // namespace pinrelay::store
