// An ordered map from fixed-size, evenly spread keys (hashes) to small values, kept in chunks: one SQLite row
// holds all entries of a key range, up to one database page. Touching one key costs what a B-tree row costs;
// touching keys in order costs a hundredth of it. Profiles, ledger and owned identifiers are such maps. Many
// maps share one table, told apart by number.
//
// A row's id is (map number << 48 | lower bound), a bound being the first 48 bits of a key. The blob begins
// with the range's upper bound, so the range that a chunk covers is known without looking at its neighbour,
// and ends with a seal. A damaged or missing chunk fails the database with kCorrupt.
#pragma once

#include <functional>
#include <optional>

#include "store/db.h"

namespace pinrelay::store {

using MapNumber = uint16_t;  // below 0x7fff, so that row ids stay positive

enum class Write {
  kKeep,
  kPut,
  kErase,
  kPutThrough,  // kPut, and nothing of the old value stays in the file
};

class ChunkMap {
 public:
  ChunkMap(Db& db, const char* table, size_t key_size);

  // `keys`: sorted, distinct keys, one after the other. `decide(i, old, value)` gets the i-th key's present
  // value, or nothing, and says what becomes of it; for kPut it fills `value`, which arrives empty.
  using Decide = std::function<Write(size_t i, std::optional<ByteView> old, Bytes& value)>;
  void update(MapNumber map, ByteView keys, const Decide& decide);

  // Like update, but visits every entry in [from, to) as well as the keys (which must lie there); i is kNoKey
  // for an entry that is not among the keys. An empty `to` is the end of the map. Stops early, between two
  // chunks, once it has visited `entries_max`; returns where it stopped, which is `to` when it is done. Keys
  // below that were visited.
  static constexpr size_t kNoKey = SIZE_MAX;
  using DecideEntry = std::function<Write(size_t i, ByteView key, std::optional<ByteView> old, Bytes& value)>;
  Bytes merge(MapNumber map, ByteView from, ByteView to, ByteView keys, size_t entries_max,
              const DecideEntry& decide);

  // Calls visit(i, value) for each of the sorted, distinct keys that is present.
  void read(MapNumber map, ByteView keys, const std::function<void(size_t i, ByteView value)>& visit);

  // Visits entries in key order from `from` (empty: the beginning) to before `to` (empty: the end), until
  // visit returns false.
  void scan(MapNumber map, ByteView from, ByteView to,
            const std::function<bool(ByteView key, ByteView value)>& visit);

  void erase_all(MapNumber map);

  // About how many chunks the map has, from the width of a few.
  int64_t estimate_chunks(MapNumber map);
  // Which part of all possible keys lies between the first and the last of some.
  double span(ByteView keys) const;

  // Reads the whole table and fails the database at the first chunk that is damaged, missing or misplaced.
  static void check(Db& db, const char* table, size_t key_size);

 private:
  struct Chunk {
    int64_t id;
    uint64_t upper;  // exclusive bound, 1 << 48 at the end of the map
    ByteView entries;
    bool exists;
  };
  Chunk find(MapNumber map, uint64_t bound);
  void write(const Chunk& chunk);

  Db& db_;
  const size_t key_size_;
  std::string sql_[6];
  Statement find_, any_, insert_, update_, range_, erase_;
  Bytes out_, value_;  // reused
};

}  // namespace pinrelay::store
