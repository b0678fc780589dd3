#include "simulator/hash_set.h"

#include <cstring>
#include <utility>

#include "base/sha256.h"

namespace pinrelay::sim {
namespace {

constexpr size_t kShards = 256;
constexpr size_t kFirstSlots = 8;
constexpr size_t kAhead = 16;  // how many records ahead memory is fetched
constexpr Hash kEmpty{};

}  // namespace

// The bytes are mixed although true hashes need no mixing: tests use hashes that count upwards, and a
// backfill brings hashes in ascending order, which would crowd the front of a growing table that keeps the
// order.
size_t HashSet::Shard::home(const Hash& hash) const {
  uint64_t low, high;
  std::memcpy(&low, hash.data() + 1, sizeof low);
  std::memcpy(&high, hash.data() + 24, sizeof high);
  uint64_t mixed = (low ^ high) * 0x9e3779b97f4a7c15ULL;
  mixed ^= mixed >> 32;
  return static_cast<size_t>(mixed) & (slots.size() - 1);
}

size_t HashSet::Shard::find(const Hash& hash) const {
  size_t slot = home(hash);
  while (slots[slot] != hash && slots[slot] != kEmpty) slot = (slot + 1) & (slots.size() - 1);
  return slot;
}

bool HashSet::Shard::insert(const Hash& hash) {
  if (hash == kEmpty) return !std::exchange(has_zero, true);
  if ((used + 1) * 8 > slots.size() * 7) grow();
  Hash& slot = slots[find(hash)];
  if (slot == hash) return false;
  slot = hash;
  ++used;
  return true;
}

// Closes the gap by moving back what had to step over it, so that no marks of deleted members pile up.
bool HashSet::Shard::erase(const Hash& hash) {
  if (hash == kEmpty) return std::exchange(has_zero, false);
  if (slots.empty()) return false;
  size_t gap = find(hash);
  if (slots[gap] != hash) return false;
  const size_t mask = slots.size() - 1;
  for (size_t next = (gap + 1) & mask; slots[next] != kEmpty; next = (next + 1) & mask) {
    if (((next - home(slots[next])) & mask) < ((next - gap) & mask)) continue;
    slots[gap] = slots[next];
    gap = next;
  }
  slots[gap] = kEmpty;
  --used;
  return true;
}

void HashSet::Shard::grow() {
  std::vector<Hash> old(std::max(kFirstSlots, slots.size() * 2));
  old.swap(slots);
  for (const Hash& hash : old) {
    if (hash != kEmpty) slots[find(hash)] = hash;
  }
}

std::vector<Hash> HashSet::Shard::sorted() const {
  std::vector<Hash> out;
  out.reserve(used + 1);
  if (has_zero) out.push_back(kEmpty);
  for (const Hash& hash : slots) {
    if (hash != kEmpty) out.push_back(hash);
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool HashSet::insert(const Hash& hash) {
  if (shards_.empty()) shards_.resize(kShards);
  const bool added = shards_[hash[0]].insert(hash);
  size_ += added;
  return added;
}

bool HashSet::erase(const Hash& hash) {
  const bool removed = !shards_.empty() && shards_[hash[0]].erase(hash);
  size_ -= removed;
  return removed;
}

bool HashSet::contains(const Hash& hash) const {
  if (shards_.empty()) return false;
  const Shard& shard = shards_[hash[0]];
  if (hash == kEmpty) return shard.has_zero;
  return !shard.slots.empty() && shard.slots[shard.find(hash)] == hash;
}

void HashSet::prefetch(const Hash& hash) const {
  const Shard& shard = shards_[hash[0]];
  if (!shard.slots.empty()) __builtin_prefetch(&shard.slots[shard.home(hash)]);
}

void HashSet::insert(std::span<const Hash> hashes) {
  if (shards_.empty()) shards_.resize(kShards);
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (i + kAhead < hashes.size()) prefetch(hashes[i + kAhead]);
    insert(hashes[i]);
  }
}

void HashSet::erase(std::span<const Hash> hashes) {
  if (shards_.empty()) return;
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (i + kAhead < hashes.size()) prefetch(hashes[i + kAhead]);
    erase(hashes[i]);
  }
}

std::vector<Hash> HashSet::sorted() const {
  std::vector<Hash> out;
  out.reserve(size_);
  for_each_sorted([&](const Hash& hash) { out.push_back(hash); });
  return out;
}

std::string HashSet::digest() const {
  Sha256 sha256;
  std::string line;
  for_each_sorted([&](const Hash& hash) {
    line.clear();
    append_hex(line, hash);
    line += '\n';
    sha256.add(line);
  });
  return to_hex(sha256.finish());
}

}  // namespace pinrelay::sim
