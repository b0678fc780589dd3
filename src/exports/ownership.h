// Who owns which identifiers: computing what a member should have on the list, and keeping the ledger's
// owners in step.
#pragma once

#include "exports/placement.h"
#include "exports/reasons.h"
#include "identity/identifier.h"

namespace pinrelay::exports {

// kNone when the job may send the person: always, unless it names a consent field.
Reason consent_of(const Job& job, const store::Person& person);
inline bool consents(const Job& job, const store::Person& person) {
  return consent_of(job, person) == Reason::kNone;
}

// What the job wants of the person, from the person alone: nothing when not a member. `warnings` counts
// values that were left out or look misplaced while others made it.
class Desire {
 public:
  std::optional<Owned> of(const Job& job, const store::Person& person, int64_t& warnings);

 private:
  identity::IdentifierHasher hasher_;
  identity::ReadingOptions reading_;
};

// One owner more or less of an identifier.
struct OwnerChange {
  Hash hash{};
  Owner owner{};
  bool owns = false;
  size_t cause = 0;  // index into the causes
};

// Changes the ledger's owners and the queue with them. `changes` is sorted here; each cause is placed on an
// ADD rather than on a REMOVE when it has both.
void change_owners(Core& core, List& list, std::vector<OwnerChange>& changes, std::vector<Cause>& causes);

// Adds or removes one owner as the policy says; a change of whether anybody wants the identifier forgets a
// rejection.
bool set_owner(const Policy& policy, LedgerEntry& entry, const Owner& owner, bool owns);

}  // namespace pinrelay::exports
