// Lists that jobs have left, and erasures that wait, for those who answer about them.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// As people read it: its name, or what there is instead.
std::string list_name(const exports::List& list);
// "readers, buyers"
std::string jobs_that_left(const exports::List& list);
// No job writes it any more, but people added by jobs may still be on it.
bool is_left(exports::Core& core, const exports::List& list);
// The names of those that are reached by an authorization; "" when there are none.
std::string left_lists_of(exports::Core& core, const std::string& authorization);

// Identifiers of deleted people that nothing sends to the list at present.
struct WaitingErasures {
  int64_t identifiers = 0;
  Millis age{0};  // of the oldest
};
std::optional<WaitingErasures> waiting_erasures(exports::Core& core, const exports::List& list);

}  // namespace pinrelay::cli
