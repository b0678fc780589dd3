#include "exports/ownership.h"

#include <algorithm>

#include "exports/mapping.h"

namespace pinrelay::exports {
namespace {

Reason reason_of(identity::Problem problem) { return reason_named(identity::to_text(problem)); }

}  // namespace

Reason consent_of(const Job& job, const store::Person& person) {
  if (!job.consent_field) return Reason::kNone;
  const store::StoredField* field = person.field(*job.consent_field);
  return field == nullptr ? Reason::kNoConsent : read_consent(field->type, field->value);
}

std::optional<Owned> Desire::of(const Job& job, const store::Person& person, int64_t& warnings) {
  if (job.row.bulk == store::BulkKind::kEmpty || !person.member_of(job.row.audience)) return std::nullopt;
  Owned owned;
  owned.reason = static_cast<uint8_t>(consent_of(job, person));
  if (owned.reason != 0) return owned;
  Reason first = Reason::kMissingIdentifier;
  int64_t left_out = 0;
  reading_.maid_case = job.settings.maid_case == config::MaidCase::kUpper ? identity::MaidCase::kUpper
                                                                          : identity::MaidCase::kLower;
  for (const auto& [number, kind] : job.identifier_fields) {
    const store::StoredField* field = person.field(number);
    if (field == nullptr) continue;
    store::for_each_item(field->type, field->value, [&](const store::ItemView& item) {
      const auto extracted =
          hasher_.extract(static_cast<identity::IdentifierKind>(kind), item.text, reading_);
      if (extracted.ok()) {
        owned.hashes.push_back(extracted.hash);
        warnings += extracted.raw_in_hashed_field;
      } else if (extracted.problem != identity::Problem::kMissing) {
        ++left_out;
        if (first == Reason::kMissingIdentifier) first = reason_of(extracted.problem);
      }
    });
  }
  if (owned.hashes.empty()) {
    owned.reason = static_cast<uint8_t>(first);
    return owned;
  }
  warnings += left_out;
  std::sort(owned.hashes.begin(), owned.hashes.end());
  owned.hashes.erase(std::unique(owned.hashes.begin(), owned.hashes.end()), owned.hashes.end());
  return owned;
}

bool set_owner(const Policy& policy, LedgerEntry& entry, const Owner& owner, bool owns) {
  const bool was_wanted = entry.wanted();
  bool changed;
  if (!owns) {
    changed = entry.remove_owner(owner);
  } else if (policy.owners_are_a_set) {
    changed = entry.add_owner(owner);
  } else {
    entry.owners.insert(std::lower_bound(entry.owners.begin(), entry.owners.end(), owner), owner);
    changed = true;
  }
  if (entry.wanted() != was_wanted) entry.rejected = false;
  return changed;
}

void change_owners(Core& core, List& list, std::vector<OwnerChange>& changes, std::vector<Cause>& causes) {
  if (changes.empty()) return;
  std::sort(changes.begin(), changes.end(), [](const OwnerChange& a, const OwnerChange& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.owner < b.owner;
  });
  Bytes keys;
  std::vector<size_t> starts;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (i > 0 && changes[i].hash == changes[i - 1].hash) continue;
    starts.push_back(i);
    append(keys, changes[i].hash);
  }
  starts.push_back(changes.size());
  std::vector<Wish> wishes(starts.size() - 1);
  LedgerEntry entry;
  const LedgerReader ledger(core, list.row.number);
  core.store.ledger.update(list.row.number, keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    bool changed = ledger.read(old, entry);
    for (size_t c = starts[i]; c < starts[i + 1]; ++c) {
      changed |= set_owner(core.options.policy, entry, changes[c].owner, changes[c].owns);
    }
    for (size_t c = starts[i]; c < starts[i + 1]; ++c) {
      causes[changes[c].cause].shared |= entry.owners.size() > (changes[c].owns ? 1U : 0U);
    }
    wishes[i] = read_wish(entry, core.settle.now());
    if (!changed) return store::Write::kKeep;
    if (entry.empty()) return store::Write::kErase;
    store::write_ledger_entry(entry, record);
    return store::Write::kPut;
  });
  const auto place_all = [&](bool adds) {
    for (size_t i = 0; i < wishes.size(); ++i) {
      if ((wishes[i].difference == Operation::kAdd) != adds) continue;
      for (size_t c = starts[i]; c < starts[i + 1]; ++c) {
        place(core, list, changes[c].hash, wishes[i], &causes[changes[c].cause]);
      }
    }
  };
  place_all(true);
  place_all(false);
}

}  // namespace pinrelay::exports
