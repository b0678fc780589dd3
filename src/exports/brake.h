// The brake: too many removals at once look like a mistake, so they wait for a person. Here it is decided
// which removals it lets pass, and when it holds the others.
#pragma once

#include "exports/core.h"

namespace pinrelay::exports {

// Why the brake lets a person's removals pass.
enum class Passes : uint8_t {
  kNo = 0,
  kErased,     // the person was deleted
  kWithdrawn,  // a row brought a readable no to consent
  kConfirmed,  // somebody asked for everyone to be removed
};

// What the change log says about a person; nothing where it was not read.
struct LogWords {
  bool deleted = false;  // also when the person has come back since
  bool consent = false;  // a row changed the consent field
};

bool erased(const store::Person& person);

// The one place that decides it, from the person's state and from what the log adds to it. A job that owned
// somebody whose consent field now says no has been told so by a row, unless that field was chosen since.
Passes passes_brake(const Job& job, const store::Person& person, LogWords log = {});

// True while the list's removals wait for a person. Marks the list when the brake takes hold.
bool brake_holds(Core& core, List& list);

// A removal may be queued as an ordinary one although its person has been deleted: by a pass, between the
// scan and the merge. Looks at the next page of the removals that the brake may hold, from `after` on, which
// moves on, and lets those of deleted people pass; with `also_back` also those of people who have come back.
// False when there are no more.
bool release_erased(Core& core, List& list, bool also_back, Hash& after);

// Withdrawals within a day, when there were more than the brake lets pass of other removals.
struct ManyWithdrawals {
  int64_t withdrawn = 0, size = 0;
};
std::optional<ManyWithdrawals> many_withdrawals(Core& core, const List& list);

}  // namespace pinrelay::exports
