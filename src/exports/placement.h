// Keeps a list's queue in line with its ledger. Whoever has changed a ledger entry (live change, bulk pass,
// end of an attempt) asks here what follows for the queue; nobody else writes queue rows.
#pragma once

#include <functional>

#include "exports/core.h"

namespace pinrelay::exports {

// What follows from a ledger entry, without the entry.
struct Wish {
  bool wanted = false;
  std::optional<Operation> difference;  // what would have to be sent; nothing when rejected or in line
  std::optional<Millis> settles_at;     // on the settle clock: not before that
};

// Also forgets a mark that has expired. `entry` may be written back afterwards.
Wish read_wish(LedgerEntry& entry, Millis settle_now);

// The person-change that led here. It becomes the cause of at most one primary queue row; `placed` tells
// whether it has.
struct Cause {
  Owner owner;
  int64_t run = 0;
  bool unbraked = false;  // an erasure, or a confirmed delete
  bool placed = false;
  bool shared = false;  // somebody else owns an identifier that it is about
  bool erases = false;  // unbraked, because the person was deleted
};

// Puts, changes or drops the identifier's queue row. Without a cause the row, if any is needed, counts no
// person.
void place(Core& core, List& list, const Hash& hash, const Wish& wish, Cause* cause);

// Looks at every ledger entry of the list; what follows for the queue is placed for those that `change` says
// it has changed, because of whom `cause` gives (nobody without one). In bounded memory. Returns by how much
// the number of identifiers we have on the list changed.
int64_t revise_ledger(Core& core, List& list, const std::function<bool(LedgerEntry&)>& change,
                      const std::function<Cause(const LedgerEntry&)>& cause = {});

// The class of a row that nothing holds back.
QueueClass ready_class(Operation operation, bool unbraked);

// Moves rows whose settle time has passed to where they can be sent from.
void promote_settled(Core& core, List& list);

}  // namespace pinrelay::exports
