#include "cli/people.h"

#include <algorithm>

#include "identity/identifier.h"
#include "identity/mask.h"

namespace pinrelay::cli {
namespace {

constexpr std::string_view kPrefix = "id:";
constexpr const char* kDeleted = "(deleted)";

bool known(store::Store& store, const store::ProfileId& id) {
  bool found = false;
  store.profiles.read({id}, [&](size_t, const store::Person&) { found = true; });
  return found;
}

std::optional<store::ProfileId> read_id(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  // The digest reader takes 64 digits; an id has the first half of them.
  Hash padded;
  if (!parse_hex(std::string(text.substr(kPrefix.size())) + std::string(32, '0'), padded))
    return std::nullopt;
  return store::profile_id_at(padded.data());
}

}  // namespace

std::string hash_hint(const Hash& hash) { return to_hex(ByteView(hash).first(4)) + "…"; }

Json identifier_values(Context& context, const exports::Job& job, const store::Person& person) {
  identity::IdentifierHasher hasher;
  identity::ReadingOptions reading;
  if (job.settings.maid_case == config::MaidCase::kUpper) reading.maid_case = identity::MaidCase::kUpper;
  Json fields = Json::array();
  for (const auto& [number, kind] : job.identifier_fields) {
    Json values = Json::array();
    const store::StoredField* field = person.field(number);
    if (field != nullptr) {
      store::for_each_item(field->type, field->value, [&](const store::ItemView& item) {
        const auto got = hasher.extract(static_cast<identity::IdentifierKind>(kind), item.text, reading);
        values.push_back({{"value", identity::mask(item.text)},
                          {"identifier", got.ok() ? Json(hash_hint(got.hash)) : Json()},
                          {"reason", got.ok() ? Json() : Json(identity::to_text(got.problem))}});
      });
    }
    fields.push_back(
        {{"field", context.store().catalog.fields()[number].name}, {"values", std::move(values)}});
  }
  return fields;
}

std::string id_text(const store::ProfileId& id) { return std::string(kPrefix) + to_hex(id.bytes); }

Result<store::ProfileId> find_person(store::Store& store, const std::string& key) {
  const store::ProfileId id = store.profiles.id_of(key);
  if (known(store, id)) return id;
  const auto named = read_id(key);
  if (named && known(store, *named)) return *named;
  return Error{ErrorKind::kNotFound, "no_profile", "nobody has this key", "",
               "check the spelling, because keys are compared byte by byte; or give the number that records "
               "show (id:…)"};
}

std::map<store::ProfileId, std::string> person_hints(store::Store& store, std::vector<store::ProfileId> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::map<store::ProfileId, std::string> hints;
  for (const store::ProfileId& id : ids) hints[id] = kDeleted;
  store.profiles.read(ids, [&](size_t i, const store::Person& person) {
    if (person.exists()) hints[ids[i]] = identity::mask(person.key);
  });
  return hints;
}

}  // namespace pinrelay::cli
