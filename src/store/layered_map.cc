#include "store/layered_map.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

// A recent entry begins with one of these; an erased one hides the base's.
constexpr uint8_t kErased = 0, kPresent = 1;
// Recent entries per chunk of the base when some are moved: so many share the cost of rewriting it.
constexpr int64_t kRecentPerChunk = 8;
constexpr int64_t kRecentMin = 20'000;
constexpr size_t kMoved = 10'000;  // at a time
// Keys per chunk from which on changing the base at once is cheaper: a key written to a recent layer first
// is written some three times, but together with its neighbours.
constexpr double kDense = 3;
constexpr size_t kSlice = 20'000;         // keys whose values are held in memory
constexpr size_t kEstimateEvery = 2'000;  // keys

}  // namespace

LayeredMap::LayeredMap(Db& db, const char* base, const char* recent, size_t key_size)
    : db_(db),
      key_size_(key_size),
      base_(db, base, key_size),
      recent_(db, recent, key_size),
      maps_sql_(std::string("SELECT DISTINCT id >> 48 FROM ") + recent),
      maps_(db, maps_sql_.c_str()) {}

std::optional<ByteView> LayeredMap::Found::value(size_t i) const {
  const Slot& slot = slots[i];
  if (!slot.present) return std::nullopt;
  return ByteView(bytes).subspan(slot.at, slot.size);
}

// Counted when it is first asked for, so that opening a store reads nothing of it.
LayeredMap::Fill& LayeredMap::fill_of(MapNumber map) {
  const auto [found, fresh] = fills_.try_emplace(map);
  if (fresh) recent_.scan(map, {}, {}, [&](ByteView, ByteView) { return ++found->second.entries, true; });
  return found->second;
}

void LayeredMap::find(MapNumber map, ByteView keys, Found& out) {
  out.slots.assign(keys.size() / key_size_, {});
  out.bytes.clear();
  const auto keep = [&](size_t i, ByteView value, bool recent) {
    out.slots[i] = {out.bytes.size(), value.size(), true, recent};
    append(out.bytes, value);
  };
  recent_.read(map, keys, [&](size_t i, ByteView value) {
    keep(i, value.subspan(1), true);
    out.slots[i].present = value[0] == kPresent;
  });
  Bytes missing;
  std::vector<size_t> places;
  for (size_t i = 0; i < out.slots.size(); ++i) {
    if (out.slots[i].recent) continue;
    places.push_back(i);
    append(missing, keys.subspan(i * key_size_, key_size_));
  }
  base_.read(map, missing, [&](size_t i, ByteView value) { keep(places[i], value, false); });
}

// Whether the keys lie so close together that the base's chunks have several of them each. How many chunks it
// has is worked out anew now and then.
bool LayeredMap::dense(MapNumber map, ByteView keys) {
  Fill& fill = fill_of(map);
  fill.since_estimate += keys.size() / key_size_;
  if (fill.chunks == 0 || fill.since_estimate >= kEstimateEvery) {
    fill.chunks = 1 + base_.estimate_chunks(map);
    fill.since_estimate = 0;
  }
  const double chunks = 1 + static_cast<double>(fill.chunks) * base_.span(keys);
  const size_t count = keys.size() / key_size_;
  return static_cast<double>(count) >= kDense * chunks;
}

void LayeredMap::update(MapNumber map, ByteView keys, const Decide& decide) {
  if (keys.empty()) return;
  if (dense(map, keys)) {
    // Up to and with the last key: to before the key that follows it.
    Bytes after(keys.end() - static_cast<ptrdiff_t>(key_size_), keys.end());
    size_t i = after.size();
    while (i > 0 && ++after[--i] == 0) continue;
    const bool wrapped = std::all_of(after.begin(), after.end(), [](uint8_t byte) { return byte == 0; });
    move_all(map, keys.first(key_size_), wrapped ? ByteView() : ByteView(after));
    return base_.update(map, keys, decide);
  }
  for (size_t first = 0; first < keys.size() / key_size_; first += kSlice) {
    const size_t count = std::min(kSlice, keys.size() / key_size_ - first);
    update_recent(map, keys.subspan(first * key_size_, count * key_size_), first, decide);
  }
  make_room(map);
}

// `first` is the number of the first key among those of the caller. All is decided on what was found, so that
// a key that stays as it is costs no second look at the recent layer.
void LayeredMap::update_recent(MapNumber map, ByteView keys, size_t first, const Decide& decide) {
  find(map, keys, found_);
  Fill& fill = fill_of(map);
  Entries recent(key_size_), through(key_size_);
  Bytes entry;
  for (size_t i = 0; i < found_.slots.size(); ++i) {
    const ByteView key = keys.subspan(i * key_size_, key_size_);
    const Found::Slot& slot = found_.slots[i];
    value_.clear();
    const Write write = decide(first + i, found_.value(i), value_);
    if (write == Write::kKeep || (write == Write::kErase && !slot.present)) continue;
    entry.clear();
    if (write == Write::kPutThrough) {
      through.add(key, value_);
      if (!slot.recent) continue;
      --fill.entries;
    } else {
      fill.entries += !slot.recent;
      entry.push_back(write == Write::kPut ? kPresent : kErased);
      if (write == Write::kPut) append(entry, value_);
    }
    recent.add(key, entry);
  }
  recent_.update(map, recent.keys(), [&](size_t i, std::optional<ByteView>, Bytes& value) {
    append(value, recent.value(i));
    return value.empty() ? Write::kErase : Write::kPut;
  });
  put_through(map, through);
}

void LayeredMap::put_through(MapNumber map, const Entries& entries) {
  base_.update(map, entries.keys(), [&](size_t i, std::optional<ByteView>, Bytes& value) {
    append(value, entries.value(i));
    return Write::kPut;
  });
}

LayeredMap::Window LayeredMap::window(MapNumber map, ByteView from, ByteView to, size_t entries_max) {
  Window out;
  recent_.scan(map, from, to, [&](ByteView key, ByteView value) {
    if (out.found.slots.size() == entries_max) {
      out.next.assign(key.begin(), key.end());
      return false;
    }
    append(out.keys, key);
    out.found.slots.push_back({out.found.bytes.size(), value.size() - 1, value[0] == kPresent, true});
    append(out.found.bytes, value.subspan(1));
    return true;
  });
  return out;
}

Bytes LayeredMap::move(MapNumber map, ByteView from, ByteView to) {
  Fill& fill = fill_of(map);
  const Window run = window(map, from, to, kMoved);
  if (run.keys.empty()) return {};
  base_.update(map, run.keys, [&](size_t i, std::optional<ByteView> old, Bytes& value) {
    const auto recent = run.found.value(i);
    if (!recent) return old ? Write::kErase : Write::kKeep;
    append(value, *recent);
    return Write::kPut;
  });
  recent_.update(map, run.keys, [&](size_t, std::optional<ByteView>, Bytes&) { return Write::kErase; });
  fill.entries -= static_cast<int64_t>(run.found.slots.size());
  if (fill.entries == 0) recent_.erase_all(map);  // its emptied chunks would still be walked through
  return run.next;
}

void LayeredMap::move_all(MapNumber map, ByteView from, ByteView to) {
  Bytes position(from.begin(), from.end());
  do {
    position = move(map, position, to);
  } while (!position.empty() && !db_.failure());
}

void LayeredMap::make_room(MapNumber map) {
  Fill& fill = fill_of(map);
  const int64_t most = std::max(kRecentMin, kRecentPerChunk * fill.chunks);
  while (fill.entries > most && !db_.failure()) fill.position = move(map, fill.position, {});
}

std::vector<MapNumber> LayeredMap::maps() {
  std::vector<MapNumber> maps;
  for (bool more = maps_.first(); more; more = maps_.next())
    maps.push_back(static_cast<MapNumber>(maps_.integer(0)));
  return maps;
}

void LayeredMap::flush() {
  for (const MapNumber map : maps()) move_all(map, {}, {});
}

Bytes LayeredMap::merge(MapNumber map, ByteView from, ByteView to, ByteView keys, size_t entries_max,
                        const DecideEntry& decide) {
  // A pass over everything moves the recent entries on its way.
  move_all(map, from, to);
  return base_.merge(map, from, to, keys, entries_max, decide);
}

void LayeredMap::read(MapNumber map, ByteView keys,
                      const std::function<void(size_t i, ByteView value)>& visit) {
  Found found;
  for (size_t first = 0; first < keys.size() / key_size_; first += kSlice) {
    const size_t count = std::min(kSlice, keys.size() / key_size_ - first);
    find(map, keys.subspan(first * key_size_, count * key_size_), found);
    for (size_t i = 0; i < count; ++i)
      if (const auto value = found.value(i)) visit(first + i, *value);
  }
}

void LayeredMap::scan(MapNumber map, ByteView from,
                      const std::function<bool(ByteView key, ByteView value)>& visit) {
  Window run = window(map, from, {}, kMoved);
  size_t at = 0;
  bool stopped = false;
  const auto key = [&] { return ByteView(run.keys).subspan(at * key_size_, key_size_); };
  const auto ready = [&] {
    if (at == run.found.slots.size() && !run.next.empty())
      run = window(map, Bytes(run.next), {}, kMoved), at = 0;
    return at < run.found.slots.size();
  };
  const auto pass = [&] {
    if (const auto value = run.found.value(at)) stopped = !visit(key(), *value);
    ++at;
  };
  base_.scan(map, from, {}, [&](ByteView base_key, ByteView base_value) {
    int order = 1;  // of the recent entry to the base's
    while (!stopped && ready()) {
      order = std::memcmp(key().data(), base_key.data(), key_size_);
      if (order > 0) break;
      pass();
      if (order == 0) break;
    }
    if (!stopped && order != 0) stopped = !visit(base_key, base_value);
    return !stopped;
  });
  while (!stopped && ready()) pass();
}

void LayeredMap::erase_all(MapNumber map) {
  base_.erase_all(map);
  recent_.erase_all(map);
  fills_.erase(map);
}

void LayeredMap::check(Db& db, const char* base, const char* recent, size_t key_size) {
  ChunkMap::check(db, base, key_size);
  ChunkMap::check(db, recent, key_size);
}

}  // namespace pinrelay::store
