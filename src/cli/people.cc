#include "cli/people.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

// An address or a mobile id as lists have it, also as the hash that it becomes there.
std::vector<Hash> identifiers_named(std::string_view text) {
  using identity::IdentifierKind;
  identity::IdentifierHasher hasher;
  std::vector<Hash> hashes;
  const auto add = [&](IdentifierKind kind, identity::MaidCase maid_case) {
    const auto got = hasher.extract(kind, text, {.maid_case = maid_case});
    if (got.ok()) hashes.push_back(got.hash);
  };
  add(IdentifierKind::kEmail, identity::MaidCase::kLower);
  add(IdentifierKind::kMaid, identity::MaidCase::kLower);
  add(IdentifierKind::kMaid, identity::MaidCase::kUpper);
  return hashes;
}

// Whose the identifier is on any list.
std::set<store::ProfileId> owners_of(Context& context, std::string_view text) {
  std::set<store::ProfileId> people;
  store::LedgerEntry entry;
  for (const Hash& hash : identifiers_named(text)) {
    for (const auto& [number, list] : context.engine.core().lists) {
      if (list.conversions()) continue;
      const exports::LedgerReader ledger(context.engine.core(), number);
      context.store().ledger.read(number, hash, [&](size_t, ByteView record) {
        ledger.read(record, entry);
        for (const store::Owner& owner : entry.owners) people.insert(owner.profile);
      });
    }
  }
  return people;
}

}  // namespace

std::string hash_hint(const Hash& hash) { return to_hex(ByteView(hash).first(4)) + "…"; }

Json identifier_values(const FieldNumbers& names, const exports::Job& job, const store::Person& person) {
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
    fields.push_back({{"field", names.name(number)}, {"values", std::move(values)}});
  }
  return fields;
}

std::string id_text(const store::ProfileId& id) { return std::string(kPrefix) + to_hex(id.bytes); }

Result<store::ProfileId> find_person(Context& context, const std::string& name) {
  store::Store& store = context.store();
  const store::ProfileId id = store.profiles.id_of(name);
  if (known(store, id)) return id;
  if (const auto named = read_id(name); named && known(store, *named)) return *named;
  const std::set<store::ProfileId> owners = owners_of(context, name);
  if (owners.size() == 1) return *owners.begin();
  if (owners.size() > 1) {
    std::string ids;
    for (const store::ProfileId& owner : owners) ids += (ids.empty() ? "" : ", ") + id_text(owner);
    return Error{ErrorKind::kConflict, "several_people",
                 fmt::format("{} people have this identifier", owners.size()), "",
                 "name one of them: " + ids};
  }
  return Error{
      ErrorKind::kNotFound, "no_profile", "nobody has this key", "",
      "check the spelling, because keys are compared byte by byte; or give the number that records "
      "show (id:…), or the address or mobile id of somebody whom a job has put on a list; anything else is "
      "found by: pinrelay profile search"};
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
