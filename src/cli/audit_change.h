// What a command has changed, for the audit log: the object it names, before and after. Nothing in it is a
// secret or a raw identifier.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// Of an object: a path and its value, as text.
using Known = std::map<std::string, std::string>;

// What is known of the object of a command ("job pause", "readers"); within a transaction. Empty where a
// command has none, or it does not exist.
Known known_of(Context& context, std::string_view command, const std::string& object);
// A JSON object of [before, after] by path, null for what was or is not there; "" when nothing differs.
std::string change_between(const Known& before, const Known& after);
// "state: Draft → Running", for people.
std::string change_text(const std::string& changed);

}  // namespace pinrelay::cli
