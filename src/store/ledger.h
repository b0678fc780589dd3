// What Pinterest has acknowledged, per list and identifier, with the identifier's present owners; and, the
// other way round, the identifiers that each profile owns for a job. Both are written only by the engine, in
// one transaction with what caused it.
#pragma once

#include "base/clock.h"
#include "store/layered_map.h"
#include "store/person.h"

namespace pinrelay::store {

using ListNumber = uint16_t;
using JobNumber = uint16_t;

// Somebody because of whom an identifier belongs on a list. Owners are a set, written idempotently.
struct Owner {
  JobNumber job;
  ProfileId profile;
  auto operator<=>(const Owner&) const = default;
};

enum class Presence : uint8_t {
  kAbsent = 0,   // not on the list as far as we are concerned: never added by us, or removed
  kPresent = 1,  // Pinterest acknowledged our ADD
  kMaybe = 2,    // the last attempt's outcome is unknown; counts as ours
};

enum class Operation : uint8_t { kAdd = 1, kRemove = 2 };

struct LedgerEntry {
  Presence presence = Presence::kAbsent;
  bool rejected = false;  // Pinterest refuses it; not sent again until the input changes or a person asks
  // The last attempt that may still take effect at Pinterest: its opposite waits until settle time
  // `mark_until`.
  bool marked = false;
  Operation marked_operation = Operation::kAdd;
  Millis mark_until{0};
  int64_t request = 0;        // the last request that carried it
  std::vector<Owner> owners;  // sorted

  bool wanted() const { return !owners.empty(); }
  // What would have to be sent for presence to follow the wish; nothing when they agree.
  std::optional<Operation> difference() const;
  // True when the row says nothing that its absence would not.
  bool empty() const;
  // Idempotent; true when the set changed.
  bool add_owner(const Owner& owner);
  bool remove_owner(const Owner& owner);
  void clear();
};

bool read_ledger_entry(ByteView record, LedgerEntry& out);
void write_ledger_entry(const LedgerEntry& entry, Bytes& out);

// What a job wants of a member: the identifiers, or the reason why there are none.
struct Owned {
  uint8_t reason = 0;        // exports/reasons.h; 0 when there are identifiers
  std::vector<Hash> hashes;  // sorted, distinct
};
bool read_owned(ByteView record, Owned& out);
void write_owned(const Owned& owned, Bytes& out);

}  // namespace pinrelay::store
