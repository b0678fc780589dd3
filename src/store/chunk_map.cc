#include "store/chunk_map.h"

#include <algorithm>

#include "store/seal.h"

namespace pinrelay::store {
namespace {

constexpr unsigned kBoundBits = 48;
constexpr uint64_t kEnd = 1ULL << kBoundBits;
// The upper bound before the entries, and the seal after them.
constexpr size_t kFrameBytes = sizeof(uint64_t) + kSealBytes;
// What fits beside the row header in the one cell of a 4,096-byte leaf page.
constexpr size_t kChunkMax = 4'050;
// A chunk that grows beyond that is cut into equal pieces of about this size at most, which leaves room to
// grow.
constexpr size_t kPieceMax = 3'700;

constexpr const char* kChunk = "a chunk of the store";

// Keys are longer than a prefix.
uint64_t bound_of(ByteView key) { return sort_prefix(key) >> (64 - kBoundBits); }

int compare(ByteView a, ByteView b) {
  const uint64_t x = sort_prefix(a), y = sort_prefix(b);
  if (x != y) return x < y ? -1 : 1;
  return std::memcmp(a.data() + sizeof x, b.data() + sizeof x, a.size() - sizeof x);
}

bool puts(Write write) { return write == Write::kPut || write == Write::kPutThrough; }

int64_t base_of(MapNumber map) { return static_cast<int64_t>(map) << kBoundBits; }

// What a chunk's row holds; false when it is not what was written there.
struct Content {
  uint64_t upper = 0;
  ByteView entries;
};
bool read_content(int64_t id, ByteView data, Content& out) {
  if (!unseal(data, static_cast<uint64_t>(id)) || data.size() < sizeof out.upper) return false;
  std::memcpy(&out.upper, data.data(), sizeof out.upper);
  out.entries = data.subspan(sizeof out.upper);
  return true;
}

// One entry in a chunk's blob: the key, then the value with its size.
struct Entry {
  ByteView key, value;
  const uint8_t* next;
};

// The seal has vouched for the bytes, so one that does not parse was written so by us.
Entry entry_at(const uint8_t* at, const uint8_t* end, size_t key_size) {
  ByteReader reader({at, static_cast<size_t>(end - at)});
  Entry entry{};
  entry.key = reader.bytes(key_size);
  entry.value = reader.sized();
  entry.next = reader.position();
  CHECK(reader.ok());
  return entry;
}

void append_entry(Bytes& out, ByteView key, ByteView value) {
  append(out, key);
  append_sized(out, value);
}

// Walks the entries of a chunk and collects in `out` what becomes of them. What stays is copied in long runs,
// and nothing is copied while nothing changes.
class Rewrite {
 public:
  Rewrite(ByteView entries, size_t key_size, Bytes& out)
      : at_(entries.data()), end_(at_ + entries.size()), copied_(at_), key_size_(key_size), out_(out) {
    out_.clear();
    read();
  }

  bool at_end() const { return at_ == end_; }
  const Entry& entry() const { return entry_; }
  void keep() {
    at_ = entry_.next;
    read();
  }
  void keep_before(ByteView key) {
    while (!at_end() && compare(entry_.key, key) < 0) keep();
  }
  void insert(ByteView key, ByteView value) {
    copy();
    append_entry(out_, key, value);
    changed_ = true;
  }
  void erase() {
    copy();
    keep();
    copied_ = at_;
    changed_ = true;
  }
  // True when `out` differs from the chunk.
  bool finish() {
    if (changed_) append(out_, {copied_, end_});
    return changed_;
  }

 private:
  void read() {
    if (!at_end()) entry_ = entry_at(at_, end_, key_size_);
  }
  void copy() {
    append(out_, {copied_, at_});
    copied_ = at_;
  }

  const uint8_t* at_;
  const uint8_t* const end_;
  const uint8_t* copied_;  // everything before this has been dealt with
  const size_t key_size_;
  Bytes& out_;
  Entry entry_{};
  bool changed_ = false;
};

}  // namespace

ChunkMap::ChunkMap(Db& db, const char* table, size_t key_size)
    : db_(db),
      key_size_(key_size),
      sql_{std::string("SELECT id, data FROM ") + table +
               " WHERE id <= ? AND id >= ? ORDER BY id DESC LIMIT 1",
           std::string("SELECT id FROM ") + table + " WHERE id >= ? AND id < ? LIMIT 1",
           std::string("INSERT OR REPLACE INTO ") + table + "(id, data) VALUES (?, ?)",
           std::string("UPDATE ") + table + " SET data = ?2 WHERE id = ?1",
           std::string("SELECT id, data FROM ") + table + " WHERE id >= ? AND id < ? ORDER BY id",
           std::string("DELETE FROM ") + table + " WHERE id >= ? AND id < ?"},
      find_(db, sql_[0].c_str()),
      any_(db, sql_[1].c_str()),
      insert_(db, sql_[2].c_str()),
      update_(db, sql_[3].c_str()),
      range_(db, sql_[4].c_str()),
      erase_(db, sql_[5].c_str()) {
  CHECK(key_size >= sizeof(uint64_t));
}

// The chunk whose range holds `bound`; its entries live until find_.done(). After a failure it is empty and
// ends the map, so that no loop waits for progress.
ChunkMap::Chunk ChunkMap::find(MapNumber map, uint64_t bound) {
  const int64_t base = base_of(map);
  const Chunk nothing{base, kEnd, {}, false};
  if (!find_.first(base + static_cast<int64_t>(bound), base)) {
    // The first chunk of a map is never deleted alone, so without one the map has to be empty. write() will
    // create it.
    if (any_.first(base, base + static_cast<int64_t>(kEnd))) db_.fail_damaged(kChunk);
    any_.done();
    return nothing;
  }
  const int64_t id = find_.integer(0);
  Content content;
  if (!read_content(id, find_.blob(1), content) || content.upper <= bound) {
    db_.fail_damaged(kChunk);
    return nothing;
  }
  return {id, content.upper, content.entries, true};
}

// Writes out_, the entries of the chunk after a change, in one row or, when they have outgrown it, in
// several.
void ChunkMap::write(const Chunk& chunk) {
  Bytes& row = value_;
  const auto put = [&](int64_t id, uint64_t upper, const uint8_t* from, const uint8_t* to) {
    row.clear();
    append_fixed(row, upper);
    append(row, {from, to});
    seal(row, static_cast<uint64_t>(id));
    if (chunk.exists && id == chunk.id) {
      update_.run(id, row);
    } else {
      insert_.run(id, row);
    }
  };
  const uint8_t* const end = out_.data() + out_.size();
  constexpr size_t kEntriesMax = kChunkMax - kFrameBytes;
  if (out_.size() <= kEntriesMax) return put(chunk.id, chunk.upper, out_.data(), end);
  const size_t pieces = (out_.size() + kPieceMax - 1) / kPieceMax;
  const size_t piece_size = out_.size() / pieces;
  const int64_t base = chunk.id & ~static_cast<int64_t>(kEnd - 1);
  int64_t id = chunk.id;
  const uint8_t* start = out_.data();
  uint64_t last_bound = kEnd;  // of the entry before
  for (const uint8_t* at = start; at != end;) {
    const Entry entry = entry_at(at, end, key_size_);
    const uint64_t bound = bound_of(entry.key);
    const bool full = static_cast<size_t>(at - start) >= piece_size ||
                      static_cast<size_t>(entry.next - start) > kEntriesMax;
    // A cut is only possible where the bound grows: keys that share 48 bits stay together.
    if (at != start && full && bound != last_bound) {
      put(id, bound, start, at);
      id = base + static_cast<int64_t>(bound);
      start = at;
    }
    last_bound = bound;
    at = entry.next;
  }
  put(id, chunk.upper, start, end);
}

void ChunkMap::update(MapNumber map, ByteView keys, const Decide& decide) {
  const size_t count = keys.size() / key_size_;
  for (size_t i = 0; i < count && !db_.failure();) {
    const Chunk chunk = find(map, bound_of(keys.subspan(i * key_size_)));
    if (db_.failure()) return;
    Rewrite rewrite(chunk.entries, key_size_, out_);
    for (; i < count; ++i) {
      const ByteView key = keys.subspan(i * key_size_, key_size_);
      if (bound_of(key) >= chunk.upper) break;
      rewrite.keep_before(key);
      const bool found = !rewrite.at_end() && compare(rewrite.entry().key, key) == 0;
      value_.clear();
      const Write write = decide(i, found ? std::optional(rewrite.entry().value) : std::nullopt, value_);
      if (puts(write)) rewrite.insert(key, value_);
      if (write != Write::kKeep && found) rewrite.erase();
    }
    const bool changed = rewrite.finish();
    find_.done();
    if (changed) write(chunk);
  }
}

Bytes ChunkMap::merge(MapNumber map, ByteView from, ByteView to, ByteView keys, size_t entries_max,
                      const DecideEntry& decide) {
  Bytes position(key_size_, 0);
  if (!from.empty()) position.assign(from.begin(), from.end());
  const size_t count = keys.size() / key_size_;
  size_t visited = 0;
  size_t i = 0;
  while (!db_.failure()) {
    const Chunk chunk = find(map, bound_of(position));
    if (db_.failure()) break;
    Rewrite rewrite(chunk.entries, key_size_, out_);
    rewrite.keep_before(position);
    // Entries and keys together, whichever comes first.
    while (true) {
      const bool have_key = i < count && bound_of(keys.subspan(i * key_size_)) < chunk.upper;
      const bool have_entry = !rewrite.at_end() && (to.empty() || compare(rewrite.entry().key, to) < 0);
      if (!have_entry && !have_key) break;
      const ByteView key = have_key ? keys.subspan(i * key_size_, key_size_) : ByteView();
      const int order = !have_entry ? 1 : !have_key ? -1 : compare(rewrite.entry().key, key);
      const bool found = order <= 0, listed = order >= 0;
      const ByteView present = found ? rewrite.entry().key : key;
      value_.clear();
      const Write write = decide(listed ? i : kNoKey, present,
                                 found ? std::optional(rewrite.entry().value) : std::nullopt, value_);
      ++visited;
      if (puts(write)) rewrite.insert(present, value_);
      if (found) write == Write::kKeep ? rewrite.keep() : rewrite.erase();
      if (listed) ++i;
    }
    const bool changed = rewrite.finish();
    find_.done();
    if (changed) write(chunk);
    if (chunk.upper == kEnd) break;
    position.assign(key_size_, 0);
    const uint64_t upper = __builtin_bswap64(chunk.upper << (64 - kBoundBits));
    std::memcpy(position.data(), &upper, sizeof upper);
    if (!to.empty() && compare(position, to) >= 0) break;
    if (visited >= entries_max) return position;
  }
  return {to.begin(), to.end()};
}

void ChunkMap::read(MapNumber map, ByteView keys,
                    const std::function<void(size_t i, ByteView value)>& visit) {
  const size_t count = keys.size() / key_size_;
  for (size_t i = 0; i < count && !db_.failure();) {
    const Chunk chunk = find(map, bound_of(keys.subspan(i * key_size_)));
    if (db_.failure()) return;
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

void ChunkMap::scan(MapNumber map, ByteView from, ByteView to,
                    const std::function<bool(ByteView key, ByteView value)>& visit) {
  const int64_t base = base_of(map);
  const int64_t end_of_map = base + static_cast<int64_t>(kEnd);
  const Chunk first = find(map, from.empty() ? 0 : bound_of(from));
  find_.done();
  if (!first.exists) return;
  int64_t expected = first.id;  // where the next chunk has to begin
  for (bool more = range_.first(first.id, end_of_map); more; more = range_.next()) {
    Content content;
    if (range_.integer(0) != expected || !read_content(expected, range_.blob(1), content)) {
      db_.fail_damaged(kChunk);
      return range_.done();
    }
    expected = base + static_cast<int64_t>(content.upper);
    const uint8_t* const end = content.entries.data() + content.entries.size();
    for (const uint8_t* at = content.entries.data(); at != end;) {
      const Entry entry = entry_at(at, end, key_size_);
      at = entry.next;
      if (!from.empty() && compare(entry.key, from) < 0) continue;
      if (!to.empty() && compare(entry.key, to) >= 0) return range_.done();
      if (!visit(entry.key, entry.value)) return range_.done();
    }
    if (!to.empty() && content.upper > bound_of(to)) return range_.done();
  }
  if (expected != end_of_map) db_.fail_damaged(kChunk);
}

int64_t ChunkMap::estimate_chunks(MapNumber map) {
  constexpr uint64_t kSamples = 32;
  uint64_t width = 0;
  for (uint64_t i = 0; i < kSamples; ++i) {
    const Chunk chunk = find(map, kEnd / kSamples * i);
    find_.done();
    if (!chunk.exists) return 0;
    width += chunk.upper - static_cast<uint64_t>(chunk.id - base_of(map));
  }
  return static_cast<int64_t>(kEnd / std::max<uint64_t>(1, width / kSamples));
}

double ChunkMap::span(ByteView keys) const {
  const uint64_t first = bound_of(keys), last = bound_of(keys.last(key_size_));
  return static_cast<double>(last - first + 1) / static_cast<double>(kEnd);
}

void ChunkMap::erase_all(MapNumber map) {
  erase_.run(base_of(map), base_of(map) + static_cast<int64_t>(kEnd));
}

void ChunkMap::check(Db& db, const char* table, size_t key_size) {
  const std::string sql = std::string("SELECT id, data FROM ") + table + " ORDER BY id";
  Statement all(db, sql.c_str());
  int64_t expected = 0;  // where the next chunk has to begin; at the end of a map any other map may follow
  for (bool more = all.first(); more; more = all.next()) {
    const int64_t id = all.integer(0);
    const int64_t base = id & ~static_cast<int64_t>(kEnd - 1);
    const bool in_place = (expected & static_cast<int64_t>(kEnd - 1)) == 0 ? id == base : id == expected;
    Content content;
    bool good = in_place && read_content(id, all.blob(1), content);
    const uint8_t* at = content.entries.data();
    const uint8_t* const end = at + content.entries.size();
    for (ByteView last; good && at != end;) {
      const Entry entry = entry_at(at, end, key_size);
      const uint64_t bound = bound_of(entry.key);
      good = bound >= static_cast<uint64_t>(id - base) && bound < content.upper &&
             (last.empty() || compare(last, entry.key) < 0);
      last = entry.key;
      at = entry.next;
    }
    if (!good) return db.fail_damaged(kChunk);
    expected = base + static_cast<int64_t>(content.upper);
  }
  if ((expected & static_cast<int64_t>(kEnd - 1)) != 0) db.fail_damaged(kChunk);
}

}  // namespace pinrelay::store
