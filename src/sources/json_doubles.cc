#include "sources/json_doubles.h"

#include <algorithm>

namespace pinrelay::sources {
namespace {

using Name = std::pair<std::string_view, size_t>;  // and the field's index

constexpr size_t kPairwiseMax = 16;  // up to here comparing all pairs of names beats sorting them

std::vector<Name> names_of(const std::vector<JsonField>& fields) {
  std::vector<Name> names;
  for (size_t i = 0; i < fields.size(); ++i) names.emplace_back(fields[i].name, i);
  return names;
}

bool any_doubled(const std::vector<JsonField>& fields) {
  if (fields.size() <= kPairwiseMax) {
    for (size_t i = 1; i < fields.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (fields[i].name == fields[j].name) return true;
    return false;
  }
  std::vector<Name> names = names_of(fields);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names, {}, &Name::first) != names.end();
}

void keep_one_of_each(JsonRow& row) {
  auto& fields = row.fields;
  std::vector<Name> names = names_of(fields);
  // By name; the one to keep is the last of its name.
  std::ranges::sort(names, [&](const Name& a, const Name& b) {
    if (a.first != b.first) return a.first < b.first;
    const bool a_nested = fields[a.second].nested, b_nested = fields[b.second].nested;
    return a_nested != b_nested ? a_nested : a.second < b.second;
  });
  std::vector<bool> keep(fields.size(), true);
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    if (names[i].first != names[i + 1].first) continue;
    const JsonField& lost = fields[names[i].second];
    const bool shadowed = lost.nested && !fields[names[i + 1].second].nested;
    row.dropped.push_back({shadowed ? "shadowed_value" : "duplicate_member", lost.column, lost.name});
    keep[names[i].second] = false;
  }
  size_t kept = 0;
  for (size_t i = 0; i < fields.size(); ++i)
    if (keep[i]) fields[kept++] = fields[i];
  fields.resize(kept);
}

}  // namespace

void drop_doubled_fields(JsonRow& row) {
  auto& fields = row.fields;
  if (any_doubled(fields)) keep_one_of_each(row);
  for (size_t i = store::kFieldsMax; i < fields.size(); ++i)
    row.dropped.push_back({"too_many_fields", fields[i].column, fields[i].name});
  if (fields.size() > store::kFieldsMax) fields.resize(store::kFieldsMax);
}

}  // namespace pinrelay::sources
