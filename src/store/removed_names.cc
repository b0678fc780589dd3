// What people have under names that were removed goes from their records.
#include "store/profiles.h"

namespace pinrelay::store {

std::optional<ProfileId> Profiles::erase_removed(const ProfileId& from, size_t people_max) {
  const auto removed_field = [&](const StoredField& field) {
    return catalog_.fields()[field.number].removed();
  };
  const auto removed_audience = [&](const StoredMembership& membership) {
    return catalog_.audiences()[membership.audience].removed();
  };
  Bytes ids;
  std::optional<ProfileId> next;
  size_t looked_at = 0;
  scan(from, [&](const ProfileId& id, const Person& person) {
    if (looked_at++ == people_max) return next = id, false;
    if (std::ranges::any_of(person.fields, removed_field) ||
        std::ranges::any_of(person.memberships, removed_audience))
      append(ids, id.bytes);
    return true;
  });
  Person person;
  people_.update(kPeopleMap, ids, [&](size_t, std::optional<ByteView> old, Bytes& record) {
    if (!old || !read_known(*old, person)) return Write::kKeep;
    std::erase_if(person.fields, removed_field);
    std::erase_if(person.memberships, removed_audience);
    write_person(person, record);
    return Write::kPutThrough;
  });
  if (!next) catalog_.forget_removed();
  catalog_.flush();
  return next;
}

}  // namespace pinrelay::store
