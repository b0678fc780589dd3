#include "store/chunk_map.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

constexpr unsigned kBoundBits = 48;
constexpr uint64_t kEnd = 1ULL << kBoundBits;
constexpr size_t kHeader = sizeof(uint64_t);
// What fits beside the row header in the one cell of a 4,096-byte leaf page.
constexpr size_t kChunkMax = 4'020;
// A chunk that grows beyond that is cut into equal pieces of at most this size, which leaves room to grow.
constexpr size_t kPieceMax = 3'700;

uint64_t bound_of(ByteView key) {
  uint64_t bound = 0;
  for (size_t i = 0; i < kBoundBits / 8; ++i) bound = bound << 8 | key[i];
  return bound;
}

int compare(ByteView a, ByteView b) { return std::memcmp(a.data(), b.data(), a.size()); }

// One entry in a chunk's blob: the key, then the value with its size.
struct Entry {
  ByteView key, value;
  const uint8_t* next;
};

Entry entry_at(const uint8_t* at, const uint8_t* end, size_t key_size) {
  ByteReader reader({at, static_cast<size_t>(end - at)});
  Entry entry{};
  entry.key = reader.bytes(key_size);
  entry.value = reader.sized();
  entry.next = reader.position();
  return entry;
}

void append_entry(Bytes& out, ByteView key, ByteView value) {
  append(out, key);
  append_sized(out, value);
}

}  // namespace

ChunkMap::ChunkMap(Db& db, const char* table, size_t key_size)
    : db_(db),
      key_size_(key_size),
      sql_{std::string("SELECT id, data FROM ") + table +
               " WHERE id <= ? AND id >= ? ORDER BY id DESC LIMIT 1",
           std::string("INSERT OR REPLACE INTO ") + table + "(id, data) VALUES (?, ?)",
           std::string("UPDATE ") + table + " SET data = ?2 WHERE id = ?1",
           std::string("SELECT id, data FROM ") + table + " WHERE id >= ? AND id < ? ORDER BY id",
           std::string("DELETE FROM ") + table + " WHERE id >= ? AND id < ?"},
      find_(db, sql_[0].c_str()),
      insert_(db, sql_[1].c_str()),
      update_(db, sql_[2].c_str()),
      range_(db, sql_[3].c_str()),
      erase_(db, sql_[4].c_str()) {}

ChunkMap::Chunk ChunkMap::find(MapNumber map, uint64_t bound) {
  const int64_t base = static_cast<int64_t>(map) << kBoundBits;
  // Without a first chunk the range up to the next one belongs to a chunk that write() will create; as the
  // first chunk of a map is never deleted alone, that range is the whole map.
  Chunk chunk{base, kEnd, {}, false};
  if (!find_.first(base + static_cast<int64_t>(bound), base)) return chunk;
  chunk.id = find_.integer(0);
  chunk.exists = true;
  const ByteView data = find_.blob(1);
  ByteReader reader(data);
  chunk.upper = reader.fixed<uint64_t>();
  if (!reader.ok()) {
    db_.fail({ErrorKind::kCorrupt, "store_corrupt", "a chunk of the store is damaged", "",
              "restore the last backup"});
    chunk.upper = kEnd;
    return chunk;
  }
  chunk.entries = data.subspan(kHeader);
  return chunk;
}

// Writes out_, the entries of the chunk after a change, in one row or, when they have outgrown it, in
// several.
void ChunkMap::write(const Chunk& chunk) {
  Bytes& row = value_;
  const auto put = [&](int64_t id, uint64_t upper, const uint8_t* from, const uint8_t* to) {
    row.clear();
    append_fixed(row, upper);
    append(row, {from, to});
    if (chunk.exists && id == chunk.id) {
      update_.run(id, row);
    } else {
      insert_.run(id, row);
    }
  };
  const uint8_t* const end = out_.data() + out_.size();
  if (out_.size() + kHeader <= kChunkMax) return put(chunk.id, chunk.upper, out_.data(), end);
  const size_t pieces = (out_.size() + kPieceMax - 1) / kPieceMax;
  const size_t piece_size = out_.size() / pieces;
  const int64_t base = chunk.id & ~static_cast<int64_t>(kEnd - 1);
  int64_t id = chunk.id;
  const uint8_t* start = out_.data();
  for (const uint8_t* at = start; at != end;) {
    const Entry entry = entry_at(at, end, key_size_);
    at = entry.next;
    if (at == end || static_cast<size_t>(at - start) < piece_size) continue;
    // A cut is only possible where the bound grows: keys that share 48 bits stay together.
    const uint64_t next_bound = bound_of({at, key_size_});
    if (next_bound == bound_of(entry.key)) continue;
    put(id, next_bound, start, at);
    id = base + static_cast<int64_t>(next_bound);
    start = at;
  }
  put(id, chunk.upper, start, end);
}

void ChunkMap::update(MapNumber map, ByteView keys, const Decide& decide) {
  const size_t count = keys.size() / key_size_;
  for (size_t i = 0; i < count && !db_.failure();) {
    const Chunk chunk = find(map, bound_of(keys.subspan(i * key_size_)));
    const uint8_t* at = chunk.entries.data();
    const uint8_t* const end = at + chunk.entries.size();
    const uint8_t* copied = at;  // everything before this has been dealt with
    bool changed = false;
    out_.clear();
    for (; i < count; ++i) {
      const ByteView key = keys.subspan(i * key_size_, key_size_);
      if (bound_of(key) >= chunk.upper) break;
      Entry entry{};
      bool found = false;
      while (at != end) {
        entry = entry_at(at, end, key_size_);
        const int order = compare(entry.key, key);
        found = order == 0;
        if (order >= 0) break;
        at = entry.next;
      }
      value_.clear();
      const Write write = decide(i, found ? std::optional(entry.value) : std::nullopt, value_);
      if (write == Write::kKeep || (write == Write::kErase && !found)) continue;
      changed = true;
      append(out_, {copied, at});
      if (write == Write::kPut) append_entry(out_, key, value_);
      if (found) at = entry.next;
      copied = at;
    }
    if (changed) append(out_, {copied, end});
    find_.done();
    if (changed) write(chunk);
  }
}

Bytes ChunkMap::merge(MapNumber map, ByteView from, ByteView to, ByteView keys, size_t entries_max,
                      const DecideEntry& decide) {
  const Bytes zero(key_size_, 0);
  Bytes position(from.empty() ? zero : Bytes(from.begin(), from.end()));
  const size_t count = keys.size() / key_size_;
  size_t visited = 0;
  size_t i = 0;
  while (!db_.failure()) {
    const Chunk chunk = find(map, bound_of(position));
    const uint8_t* at = chunk.entries.data();
    const uint8_t* const end = at + chunk.entries.size();
    bool changed = false;
    out_.clear();
    // Walks entries and keys together; `before_to` is false for what lies beyond the range, which is copied
    // as it is.
    while (true) {
      const bool have_key = i < count && bound_of(keys.subspan(i * key_size_)) < chunk.upper;
      const ByteView key = have_key ? keys.subspan(i * key_size_, key_size_) : ByteView();
      Entry entry{};
      bool have_entry = at != end;
      if (have_entry) {
        entry = entry_at(at, end, key_size_);
        if (compare(entry.key, position) < 0) {  // belongs to an earlier step
          append(out_, {at, entry.next});
          at = entry.next;
          continue;
        }
        have_entry = to.empty() || compare(entry.key, to) < 0;
      }
      if (!have_entry && !have_key) break;
      const int order = !have_entry ? 1 : !have_key ? -1 : compare(entry.key, key);
      value_.clear();
      const ByteView present = order <= 0 ? entry.key : key;
      const Write write = decide(order >= 0 ? i : kNoKey, present,
                                 order <= 0 ? std::optional(entry.value) : std::nullopt, value_);
      ++visited;
      changed |= write == Write::kPut || (write == Write::kErase && order <= 0);
      if (write == Write::kPut) {
        append_entry(out_, present, value_);
      } else if (write == Write::kKeep && order <= 0) {
        append(out_, {at, entry.next});
      }
      if (order <= 0) at = entry.next;
      if (order >= 0) ++i;
    }
    if (changed) append(out_, {at, end});
    find_.done();
    if (changed) write(chunk);
    if (chunk.upper == kEnd) return {};
    position.assign(key_size_, 0);
    for (size_t b = 0; b < kBoundBits / 8; ++b) {
      position[b] = static_cast<uint8_t>(chunk.upper >> (8 * (kBoundBits / 8 - 1 - b)));
    }
    if (!to.empty() && compare(position, to) >= 0) break;
    if (visited >= entries_max) return position;
  }
  return Bytes(to.begin(), to.end());
}

void ChunkMap::read(MapNumber map, ByteView keys,
                    const std::function<void(size_t i, ByteView value)>& visit) {
  const size_t count = keys.size() / key_size_;
  for (size_t i = 0; i < count && !db_.failure();) {
    const Chunk chunk = find(map, bound_of(keys.subspan(i * key_size_)));
    const uint8_t* at = chunk.entries.data();
    const uint8_t* const end = at + chunk.entries.size();
    for (; i < count; ++i) {
      const ByteView key = keys.subspan(i * key_size_, key_size_);
      if (bound_of(key) >= chunk.upper) break;
      while (at != end) {
        const Entry entry = entry_at(at, end, key_size_);
        const int order = compare(entry.key, key);
        if (order == 0) visit(i, entry.value);
        if (order >= 0) break;
        at = entry.next;
      }
    }
    find_.done();
  }
}

void ChunkMap::scan(MapNumber map, ByteView from,
                    const std::function<bool(ByteView key, ByteView value)>& visit) {
  const int64_t base = static_cast<int64_t>(map) << kBoundBits;
  const int64_t first = from.empty() ? base : find(map, bound_of(from)).id;
  find_.done();
  bool more = range_.first(first, base + static_cast<int64_t>(kEnd));
  for (; more; more = range_.next()) {
    const ByteView data = range_.blob(1);
    if (data.size() < kHeader) continue;
    const uint8_t* const end = data.data() + data.size();
    for (const uint8_t* at = data.data() + kHeader; at != end;) {
      const Entry entry = entry_at(at, end, key_size_);
      at = entry.next;
      if (!from.empty() && compare(entry.key, from) < 0) continue;
      if (!visit(entry.key, entry.value)) return range_.done();
    }
  }
}

void ChunkMap::erase_all(MapNumber map) {
  const int64_t base = static_cast<int64_t>(map) << kBoundBits;
  erase_.run(base, base + static_cast<int64_t>(kEnd));
}

}  // namespace pinrelay::store
