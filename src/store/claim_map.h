// The claims on conversions: a layered map, with a quick way in for many new ones at once. A backfill claims
// keys all over the map, thousands in one transaction, of which hardly any is there. Looking each up and
// moving it from layer to layer would cost more than all the rest of its way. So
//
//   a filter in memory, made when a backfill begins, tells which keys are certainly new;
//   new ones that come together make a run: a chunk map of its own, written once in key order;
//   when there are many runs, their entries move to the layered map slice by slice, many to a chunk.
//
// A claim lies in one place only, and is changed and erased there.
#pragma once

#include <optional>
#include <vector>

#include "store/entries.h"
#include "store/key_filter.h"
#include "store/layered_map.h"

namespace pinrelay::store {

class ClaimMap {
 public:
  static constexpr size_t kKeySize = 16;
  using Decide = ChunkMap::Decide;
  using DecideEntry = ChunkMap::DecideEntry;

  struct Options {
    size_t run_min = 5'000;  // fewer new claims are no run
    size_t runs_max = 128;   // more begin to move
    size_t filter_min = 2'000'000;
    size_t filter_step = 200'000;
  };
  ClaimMap(Db& db, Options options);

  // As in ChunkMap, but keys may be decided in any order.
  void update(ByteView keys, const Decide& decide);
  void read(ByteView keys, const std::function<void(size_t i, ByteView value)>& visit);
  // As in ChunkMap, from `from` to the end; leaves out what lies in runs.
  Bytes merge(ByteView from, size_t entries_max, const DecideEntry& decide);
  static void check(Db& db);

  // Before many new claims: makes the filter, in bounded steps; true when it is there.
  bool prepare();
  void forget_filter() { filter_.reset(); }
  // Moves one slice of all runs; false when there is none.
  bool move();

  // After opening and after each rollback. The filter goes: it may have passed by what has come back.
  void load();
  LayeredMap& layered() { return layered_; }

 private:
  // Places among the keys at hand.
  using Places = std::vector<size_t>;
  struct Run {
    MapNumber number = 0;
    std::vector<uint32_t> prefixes;  // of its keys, sorted; also of those that have moved
    bool leaving = false;            // its first slices have moved
  };

  void load_runs();
  bool certainly_new(ByteView key) const;
  static Places perhaps_in(const Run& run, ByteView keys, const Places& places);
  Places visit_runs(ByteView keys, Places places, const Decide& decide);
  void add_new(ByteView keys, const Places& places, const Decide& decide);
  void add_run(const Entries& entries);

  const Options options_;
  Db& db_;
  LayeredMap layered_;
  ChunkMap run_map_;
  Statement next_run_;
  std::vector<Run> runs_;
  bool loaded_ = false;  // runs_
  std::optional<KeyFilter> filter_;
  bool filter_whole_ = false;
  Bytes filter_from_;   // where the next step of making it begins
  unsigned slice_ = 0;  // the next to move
};

}  // namespace pinrelay::store
