// A chunk map that takes random changes cheaply. They go to a layer of recent entries, a chunk map of its
// own, so small that its pages are full of them; when it has grown to a few entries per chunk of the base,
// some are moved there, in key order, many to a page. What is read is the recent entry, or else the base's.
//
// A changed or erased value may stay in the base until then, invisible; where that matters, say kPutThrough.
#pragma once

#include <map>

#include "store/chunk_map.h"
#include "store/entries.h"

namespace pinrelay::store {

class LayeredMap {
 public:
  static constexpr size_t kNoKey = ChunkMap::kNoKey;
  using Decide = ChunkMap::Decide;
  using DecideEntry = ChunkMap::DecideEntry;

  // Tables `base` and `recent` have the same shape.
  LayeredMap(Db& db, const char* base, const char* recent, size_t key_size);

  // As in ChunkMap.
  void update(MapNumber map, ByteView keys, const Decide& decide);
  Bytes merge(MapNumber map, ByteView from, ByteView to, ByteView keys, size_t entries_max,
              const DecideEntry& decide);
  void read(MapNumber map, ByteView keys, const std::function<void(size_t i, ByteView value)>& visit);
  void scan(MapNumber map, ByteView from, const std::function<bool(ByteView key, ByteView value)>& visit);
  void erase_all(MapNumber map);
  // Of the base, about.
  int64_t chunks(MapNumber map) { return base_.estimate_chunks(map); }
  static void check(Db& db, const char* base, const char* recent, size_t key_size);

  // After opening and after each rollback.
  void load() { fills_.clear(); }
  // Moves all recent entries to the base: nothing that was changed or erased is left there.
  void flush();
  // The same in bounded steps: the maps that have recent entries, and one run of a map from `from` (empty:
  // the beginning) on; where the next run begins, empty after the last.
  std::vector<MapNumber> maps();
  Bytes move(MapNumber map, ByteView from, ByteView to = {});

 private:
  // The present values of some keys, copied out of both layers.
  struct Found {
    struct Slot {
      size_t at = 0, size = 0;
      bool present = false, recent = false;
    };
    std::vector<Slot> slots;  // of the keys
    Bytes bytes;
    std::optional<ByteView> value(size_t i) const;
  };
  // A run of recent entries in key order.
  struct Window {
    Bytes keys;
    Found found;
    Bytes next;  // the key after the last; empty when there is none
  };
  void find(MapNumber map, ByteView keys, Found& out);
  void update_recent(MapNumber map, ByteView keys, size_t first, const Decide& decide);
  void put_through(MapNumber map, const Entries& entries);
  Window window(MapNumber map, ByteView from, ByteView to, size_t entries_max);
  void move_all(MapNumber map, ByteView from, ByteView to);
  void make_room(MapNumber map);
  bool dense(MapNumber map, ByteView keys);

  struct Fill {
    int64_t entries = 0;        // recent ones
    int64_t chunks = 0;         // of the base, about
    size_t since_estimate = 0;  // keys changed
    Bytes position;             // where the next move begins
  };
  Fill& fill_of(MapNumber map);

  Db& db_;
  const size_t key_size_;
  ChunkMap base_, recent_;
  const std::string maps_sql_;
  Statement maps_;
  std::map<MapNumber, Fill> fills_;
  Bytes value_;  // reused
  Found found_;  // reused
};

}  // namespace pinrelay::store
