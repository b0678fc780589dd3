#include "store/ledger.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

constexpr uint8_t kPresenceBits = 3, kRejectedBit = 4, kMarkedBit = 8, kMarkedRemoveBit = 16;

}  // namespace

std::optional<Operation> LedgerEntry::difference() const {
  if (wanted()) return presence == Presence::kPresent ? std::nullopt : std::optional(Operation::kAdd);
  return presence == Presence::kAbsent ? std::nullopt : std::optional(Operation::kRemove);
}

bool LedgerEntry::empty() const { return owners.empty() && presence == Presence::kAbsent && !marked; }

bool LedgerEntry::add_owner(const Owner& owner) {
  const auto at = std::lower_bound(owners.begin(), owners.end(), owner);
  if (at != owners.end() && *at == owner) return false;
  owners.insert(at, owner);
  return true;
}

bool LedgerEntry::remove_owner(const Owner& owner) {
  const auto at = std::lower_bound(owners.begin(), owners.end(), owner);
  if (at == owners.end() || *at != owner) return false;
  owners.erase(at);
  return true;
}

void LedgerEntry::clear() {
  owners.clear();
  presence = Presence::kAbsent;
  rejected = marked = false;
  marked_operation = Operation::kAdd;
  mark_until = Millis{0};
  request = 0;
}

bool read_ledger_entry(ByteView record, LedgerEntry& out) {
  out.clear();
  ByteReader reader(record);
  const auto flags = reader.fixed<uint8_t>();
  out.presence = static_cast<Presence>(flags & kPresenceBits);
  out.rejected = (flags & kRejectedBit) != 0;
  out.marked = (flags & kMarkedBit) != 0;
  out.marked_operation = (flags & kMarkedRemoveBit) != 0 ? Operation::kRemove : Operation::kAdd;
  if (out.marked) out.mark_until = Millis{static_cast<int64_t>(reader.varint())};
  out.request = static_cast<int64_t>(reader.varint());
  while (!reader.done() && reader.ok()) {
    const auto job = static_cast<JobNumber>(reader.varint());
    const ByteView profile = reader.bytes(16);
    if (reader.ok()) out.owners.push_back({job, profile_id_at(profile.data())});
  }
  return reader.ok();
}

void write_ledger_entry(const LedgerEntry& entry, Bytes& out) {
  out.push_back(static_cast<uint8_t>(static_cast<uint8_t>(entry.presence) |
                                     (entry.rejected ? kRejectedBit : 0) | (entry.marked ? kMarkedBit : 0) |
                                     (entry.marked_operation == Operation::kRemove ? kMarkedRemoveBit : 0)));
  if (entry.marked) append_varint(out, static_cast<uint64_t>(entry.mark_until.count()));
  append_varint(out, static_cast<uint64_t>(entry.request));
  for (const Owner& owner : entry.owners) {
    append_varint(out, owner.job);
    append(out, owner.profile.bytes);
  }
}

bool read_owned(ByteView record, Owned& out) {
  out.hashes.clear();
  ByteReader reader(record);
  out.reason = reader.fixed<uint8_t>();
  while (!reader.done() && reader.ok()) {
    const ByteView hash = reader.bytes(32);
    if (!reader.ok()) break;
    std::memcpy(out.hashes.emplace_back().data(), hash.data(), 32);
  }
  return reader.ok();
}

void write_owned(const Owned& owned, Bytes& out) {
  out.push_back(owned.reason);
  for (const Hash& hash : owned.hashes) append(out, hash);
}

}  // namespace pinrelay::store
