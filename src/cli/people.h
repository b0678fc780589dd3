// Naming people without naming them: masked hints of keys, and ids that stand for a key where the hint is not
// enough.
#pragma once

#include <map>

#include "cli/command.h"
#include "cli/field_numbers.h"

namespace pinrelay::cli {

// "id:" and 32 hex digits: what commands show, and accept in the place of a key.
std::string id_text(const store::ProfileId& id);
// The person of a key, or of an id as above, also when they have been deleted; else whoever has put this
// e-mail address or mobile id, or its SHA-256, on a list. kNotFound when never seen, kConflict when that are
// several people.
Result<store::ProfileId> find_person(Context& context, const std::string& name);
// The masked keys of people; "(deleted)" for who is gone. Any order, repetitions allowed.
std::map<store::ProfileId, std::string> person_hints(store::Store& store, std::vector<store::ProfileId> ids);

// The beginning of an identifier: enough to recognise one, not to use it.
std::string hash_hint(const Hash& hash);
// Each field that the job maps to an identifier: its values, masked, with the identifier they give or why
// they give none.
Json identifier_values(const FieldNumbers& names, const exports::Job& job, const store::Person& person);

}  // namespace pinrelay::cli
