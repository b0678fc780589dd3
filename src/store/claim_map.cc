#include "store/claim_map.h"

#include <algorithm>
#include <numeric>

namespace pinrelay::store {
namespace {

constexpr MapNumber kLayered = 0;  // its number in its own tables; runs are numbered from 1 in theirs
constexpr unsigned kSlices = 256;  // by the first byte of the key
// Claims in a chunk of the base, at most.
constexpr int64_t kPerChunk = 90;

ByteView key_at(ByteView keys, size_t i) { return keys.subspan(i * ClaimMap::kKeySize, ClaimMap::kKeySize); }

uint32_t short_prefix_of(ByteView key) { return static_cast<uint32_t>(sort_prefix(key) >> 32); }

Bytes gather(ByteView keys, const std::vector<size_t>& places) {
  Bytes out;
  for (const size_t place : places) append(out, key_at(keys, place));
  return out;
}

// Puts all entries, whatever is there.
template <typename Map>
void put(Map& map, MapNumber number, const Entries& entries) {
  map.update(number, entries.keys(), [&](size_t i, std::optional<ByteView>, Bytes& value) {
    append(value, entries.value(i));
    return Write::kPut;
  });
}

Entries sorted(const Entries& entries) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order,
                    [&](size_t a, size_t b) { return as_text(entries.key(a)) < as_text(entries.key(b)); });
  Entries out(ClaimMap::kKeySize);
  for (const size_t i : order) out.add(entries.key(i), entries.value(i));
  return out;
}

// The first key of a slice; empty behind the last.
Bytes slice_start(unsigned slice) {
  if (slice == kSlices) return {};
  Bytes key(ClaimMap::kKeySize, 0);
  key[0] = static_cast<uint8_t>(slice);
  return key;
}

}  // namespace

ClaimMap::ClaimMap(Db& db, Options options)
    : options_(options),
      db_(db),
      layered_(db, "claim_chunk", "claim_recent", kKeySize),
      run_map_(db, "claim_run", kKeySize),
      next_run_(db, "SELECT id >> 48 FROM claim_run WHERE id >= ? << 48 ORDER BY id LIMIT 1") {}

void ClaimMap::check(Db& db) {
  LayeredMap::check(db, "claim_chunk", "claim_recent", kKeySize);
  ChunkMap::check(db, "claim_run", kKeySize);
}

void ClaimMap::load() {
  layered_.load();
  runs_.clear();
  loaded_ = false;
  slice_ = 0;
  filter_.reset();
}

void ClaimMap::load_runs() {
  if (std::exchange(loaded_, true)) return;
  int64_t from = 1;
  while (next_run_.first(from)) {
    Run& run = runs_.emplace_back();
    run.number = static_cast<MapNumber>(next_run_.integer(0));
    from = run.number + 1;
    next_run_.done();
    run_map_.scan(run.number, {}, {}, [&](ByteView key, ByteView) {
      run.prefixes.push_back(short_prefix_of(key));
      return true;
    });
  }
}

// Of the places those whose keys the run may have. Both are sorted: each search begins where the last ended,
// with steps that double, so that many keys cost little more than one.
ClaimMap::Places ClaimMap::perhaps_in(const Run& run, ByteView keys, const Places& places) {
  Places out;
  auto at = run.prefixes.begin();
  const auto end = run.prefixes.end();
  for (const size_t place : places) {
    const uint32_t prefix = short_prefix_of(key_at(keys, place));
    ptrdiff_t step = 1;
    while (step < end - at && at[step] < prefix) step *= 2;
    at = std::lower_bound(at + step / 2, at + std::min(step + 1, end - at), prefix);
    if (at == end) break;
    if (*at == prefix) out.push_back(place);
  }
  return out;
}

bool ClaimMap::certainly_new(ByteView key) const {
  return filter_ && filter_whole_ && !filter_->maybe(sort_prefix(key));
}

// Decides on those of the keys that lie in runs and returns the places of the others.
ClaimMap::Places ClaimMap::visit_runs(ByteView keys, Places places, const Decide& decide) {
  load_runs();
  for (const Run& run : runs_) {
    const Places here = perhaps_in(run, keys, places);
    if (here.empty()) continue;
    std::vector<bool> found(here.size());
    run_map_.update(run.number, gather(keys, here), [&](size_t i, std::optional<ByteView> old, Bytes& value) {
      found[i] = old.has_value();
      return old ? decide(here[i], old, value) : Write::kKeep;
    });
    Places decided;
    for (size_t i = 0; i < here.size(); ++i)
      if (found[i]) decided.push_back(here[i]);
    Places others;
    std::ranges::set_difference(places, decided, std::back_inserter(others));
    places = std::move(others);
  }
  return places;
}

void ClaimMap::update(ByteView keys, const Decide& decide) {
  Places known, fresh;
  for (size_t i = 0; i < keys.size() / kKeySize; ++i)
    (certainly_new(key_at(keys, i)) ? fresh : known).push_back(i);
  known = visit_runs(keys, std::move(known), decide);
  layered_.update(kLayered, gather(keys, known), [&](size_t i, std::optional<ByteView> old, Bytes& value) {
    const Write write = decide(known[i], old, value);
    if (filter_ && write == Write::kPut) filter_->add(sort_prefix(key_at(keys, known[i])));
    return write;
  });
  add_new(keys, fresh, decide);
}

void ClaimMap::add_new(ByteView keys, const Places& places, const Decide& decide) {
  Entries entries(kKeySize);
  Bytes value;
  for (const size_t place : places) {
    value.clear();
    if (decide(place, std::nullopt, value) != Write::kPut) continue;
    entries.add(key_at(keys, place), value);
    filter_->add(sort_prefix(key_at(keys, place)));
  }
  if (entries.size() >= options_.run_min) return add_run(entries);
  put(layered_, kLayered, entries);
}

void ClaimMap::add_run(const Entries& entries) {
  Run run;
  const auto taken = [&](const Run& other) { return other.number == run.number; };
  for (run.number = 1; std::ranges::any_of(runs_, taken);) ++run.number;
  put(run_map_, run.number, entries);
  for (size_t i = 0; i < entries.size(); ++i) run.prefixes.push_back(short_prefix_of(entries.key(i)));
  runs_.push_back(std::move(run));
  // So quickly that a round of slices has moved before as many new runs have come.
  for (size_t i = 0; i <= kSlices / options_.runs_max; ++i)
    if (slice_ > 0 || runs_.size() > options_.runs_max) move();
}

bool ClaimMap::move() {
  load_runs();
  if (runs_.empty()) return false;
  Entries entries(kKeySize);
  for (Run& run : runs_) {
    run.leaving |= slice_ == 0;
    const size_t start = entries.keys().size();
    run_map_.scan(run.number, slice_start(slice_), slice_start(slice_ + 1),
                  [&](ByteView key, ByteView value) {
                    entries.add(key, value);
                    return true;
                  });
    run_map_.update(run.number, entries.keys().subspan(start),
                    [](size_t, std::optional<ByteView>, Bytes&) { return Write::kErase; });
  }
  put(layered_, kLayered, sorted(entries));
  if (++slice_ < kSlices) return true;
  slice_ = 0;
  for (const Run& run : runs_)
    if (run.leaving) run_map_.erase_all(run.number);
  std::erase_if(runs_, &Run::leaving);
  return true;
}

void ClaimMap::read(ByteView keys, const std::function<void(size_t i, ByteView value)>& visit) {
  Places places(keys.size() / kKeySize);
  std::iota(places.begin(), places.end(), size_t{0});
  places = visit_runs(keys, std::move(places), [&](size_t i, std::optional<ByteView> old, Bytes&) {
    visit(i, *old);
    return Write::kKeep;
  });
  layered_.read(kLayered, gather(keys, places), [&](size_t i, ByteView value) { visit(places[i], value); });
}

Bytes ClaimMap::merge(ByteView from, size_t entries_max, const DecideEntry& decide) {
  return layered_.merge(kLayered, from, {}, {}, entries_max, decide);
}

bool ClaimMap::prepare() {
  if (filter_ && filter_->full()) filter_.reset();
  if (!filter_) {
    load_runs();
    filter_.emplace(options_.filter_min + static_cast<size_t>(layered_.chunks(kLayered) * kPerChunk));
    for (const Run& run : runs_) {
      run_map_.scan(run.number, {}, {}, [&](ByteView key, ByteView) {
        filter_->add(sort_prefix(key));
        return true;
      });
    }
    filter_whole_ = false;
    filter_from_.clear();
  }
  if (filter_whole_) return true;
  size_t visited = 0;
  Bytes next;
  layered_.scan(kLayered, filter_from_, [&](ByteView key, ByteView) {
    if (visited++ == options_.filter_step) next.assign(key.begin(), key.end());
    if (next.empty()) filter_->add(sort_prefix(key));
    return next.empty();
  });
  // What could not be read is not known.
  if (db_.failure()) filter_.reset();
  filter_whole_ = filter_ && next.empty();
  filter_from_ = std::move(next);
  return filter_whole_;
}

}  // namespace pinrelay::store
