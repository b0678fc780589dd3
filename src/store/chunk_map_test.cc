#include "store/chunk_map.h"

#include "base/random.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

using Model = std::map<std::string, std::string>;

constexpr size_t kKeySize = 16;

std::string text(ByteView bytes) { return std::string(as_text(bytes)); }

// Keys as they come, keys that share the bits which chunks are cut at, and keys crowded at the beginning.
std::string random_key(Random& random) {
  std::string key(kKeySize, '\0');
  for (char& c : key) c = static_cast<char>(random.next());
  const uint64_t kind = random.below(4);
  if (kind == 0) key.replace(0, 6, std::string(5, 'x') + static_cast<char>('a' + random.below(3)));
  if (kind == 1) key.replace(0, 5, std::string(5, '\0'));
  if (kind == 2) key.replace(2, 14, std::string(13, '\xff') + static_cast<char>(random.below(4)));
  return key;
}

std::string random_value(Random& random) {
  const size_t size = random.chance(90)   ? random.below(60)
                      : random.chance(80) ? random.below(600)
                                          : random.below(6000);
  return std::string(size, static_cast<char>('a' + random.below(26)));
}

// Sorted and distinct: some new ones, and some that are there.
std::vector<std::string> random_keys(Random& random, const Model& model, size_t most) {
  std::set<std::string> keys;
  const size_t count = random.below(most) + 1;
  for (size_t i = 0; i < count; ++i) {
    auto there = model.lower_bound(random_key(random));
    keys.insert(random.chance(50) && there != model.end() ? there->first : random_key(random));
  }
  return {keys.begin(), keys.end()};
}

Bytes joined(const std::vector<std::string>& keys) {
  Bytes out;
  for (const std::string& key : keys) append(out, as_bytes(key));
  return out;
}

class ChunkMapTest : public testing::Test {
 protected:
  ChunkMapTest() {
    auto db = Db::open({.path = directory_ / "db", .durable = false});
    EXPECT_TRUE(db.ok());
    db_ = std::move(db).value();
    db_->exec("CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL)");
    map_ = std::make_unique<ChunkMap>(*db_, "chunk", kKeySize);
    db_->begin();
  }

  Model content(MapNumber map, ByteView from = {}) {
    Model found;
    std::string last;
    map_->scan(map, from, {}, [&](ByteView key, ByteView value) {
      EXPECT_TRUE(last.empty() || last < text(key));
      last = text(key);
      found[last] = text(value);
      return true;
    });
    return found;
  }

  void put_all(MapNumber map, const Model& model) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : model) keys.push_back(key);
    map_->update(map, joined(keys), [&](size_t i, std::optional<ByteView>, Bytes& value) {
      append(value, as_bytes(model.at(keys[i])));
      return Write::kPut;
    });
  }

  // A map of some 20 chunks.
  Model fill(MapNumber map) {
    SeededRandom random(99);
    Model model;
    for (int i = 0; i < 1500; ++i) model[random_key(random)] = std::string(random.below(80), 'v');
    put_all(map, model);
    return model;
  }

  // Random puts, erasures and refusals, in the map and in the model alike.
  void update_both(Random& random, MapNumber map, Model& model, size_t most, unsigned erase_percent) {
    const std::vector<std::string> keys = random_keys(random, model, most);
    map_->update(map, joined(keys), [&](size_t i, std::optional<ByteView> old, Bytes& value) {
      const auto there = model.find(keys[i]);
      expect_old(old, there == model.end() ? nullptr : &there->second);
      EXPECT_TRUE(value.empty());
      return change(random, model, keys[i], value, erase_percent);
    });
  }

  static void expect_old(const std::optional<ByteView>& old, const std::string* expected) {
    EXPECT_EQ(old ? std::optional(text(*old)) : std::nullopt,
              expected != nullptr ? std::optional(*expected) : std::nullopt);
  }

  static Write change(Random& random, Model& model, const std::string& key, Bytes& value,
                      unsigned erase_percent) {
    if (random.chance(20)) return Write::kKeep;
    if (random.chance(erase_percent)) {
      model.erase(key);
      return Write::kErase;
    }
    model[key] = random_value(random);
    append(value, as_bytes(model[key]));
    return Write::kPut;
  }

  // Merges a random range in steps and checks what is visited against the model.
  void merge_both(Random& random, MapNumber map, Model& model) {
    std::string from = random.chance(30) ? "" : random_key(random),
                to = random.chance(30) ? "" : random_key(random);
    if (!to.empty() && to < from) std::swap(from, to);
    std::vector<std::string> keys;
    for (const std::string& key : random_keys(random, model, 50)) {
      if (key >= from && (to.empty() || key < to)) keys.push_back(key);
    }
    std::set<std::string> expected(keys.begin(), keys.end());
    for (const auto& [key, value] : model) {
      if (key >= from && (to.empty() || key < to)) expected.insert(key);
    }
    const size_t entries_max = random.chance(20) ? SIZE_MAX : 1 + random.below(100);
    const unsigned erase_percent = random.chance(10) ? 95 : 30;
    std::vector<std::string> visited;
    size_t first_key = 0;  // of those not yet visited
    Bytes position = Bytes(from.begin(), from.end());
    for (int step = 0; step < 10'000; ++step) {
      const std::vector<std::string> rest(keys.begin() + static_cast<ptrdiff_t>(first_key), keys.end());
      size_t in_step = 0;
      position = map_->merge(map, position, as_bytes(to), joined(rest), entries_max,
                             [&](size_t i, ByteView key, std::optional<ByteView> old, Bytes& value) {
                               const std::string name = text(key);
                               const auto there = model.find(name);
                               expect_old(old, there == model.end() ? nullptr : &there->second);
                               const bool listed = std::binary_search(rest.begin(), rest.end(), name);
                               EXPECT_EQ(listed, i != ChunkMap::kNoKey);
                               EXPECT_TRUE(!listed || rest[i] == name);
                               first_key += listed;
                               ++in_step;
                               visited.push_back(name);
                               return change(random, model, name, value, erase_percent);
                             });
      if (text(position) == to) break;
      EXPECT_GE(in_step, entries_max);
      EXPECT_LE(visited.back(), text(position));
    }
    EXPECT_EQ(text(position), to);
    EXPECT_EQ(visited, std::vector<std::string>(expected.begin(), expected.end()));
  }

  void expect_sound() {
    ChunkMap::check(*db_, "chunk", kKeySize);
    ASSERT_FALSE(db_->failure()) << db_->failure()->text();
  }

  int64_t count_rows() {
    Statement count(*db_, "SELECT count(*) FROM chunk");
    return count.first() ? count.integer(0) : -1;
  }

  TempDirectory directory_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<ChunkMap> map_;
};

TEST_F(ChunkMapTest, update_behaves_like_an_ordered_map) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    Model model;
    const auto map = static_cast<MapNumber>(seed);
    for (int round = 0; round < 1000; ++round) {
      update_both(random, map, model, 40, round % 200 > 150 ? 80 : 30);
      if (round % 50 == 0) {
        ASSERT_EQ(content(map), model) << "round " << round;
        expect_sound();
      }
    }
    ASSERT_EQ(content(map), model);
  }
}

TEST_F(ChunkMapTest, merge_visits_each_entry_and_key_of_the_range_once_and_touches_nothing_else) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    Model model;
    for (int round = 0; round < 500; ++round) {
      if (random.chance(50)) update_both(random, 3, model, 60, 10);
      merge_both(random, 3, model);
      if (HasFailure()) FAIL() << "round " << round;
      if (round % 25 == 0) {
        ASSERT_EQ(content(3), model) << "round " << round;
        expect_sound();
      }
    }
    ASSERT_EQ(content(3), model);
    map_->erase_all(3);
  }
}

TEST_F(ChunkMapTest, maps_in_one_table_do_not_see_each_other) {
  SeededRandom random(5);
  std::map<MapNumber, Model> models;
  const MapNumber numbers[] = {0, 1, 2, 0x7ffe};
  for (int round = 0; round < 600; ++round) {
    const MapNumber map = numbers[random.below(4)];
    random.chance(70) ? update_both(random, map, models[map], 40, 20) : merge_both(random, map, models[map]);
  }
  for (const MapNumber map : numbers) EXPECT_EQ(content(map), models[map]);
  map_->erase_all(1);
  models[1].clear();
  for (const MapNumber map : numbers) EXPECT_EQ(content(map), models[map]);
  expect_sound();
}

TEST_F(ChunkMapTest, is_usable_after_everything_has_been_erased) {
  const Model model = fill(0);
  map_->merge(0, {}, {}, {}, SIZE_MAX,
              [](size_t, ByteView, std::optional<ByteView>, Bytes&) { return Write::kErase; });
  EXPECT_TRUE(content(0).empty());
  put_all(0, model);
  EXPECT_EQ(content(0), model);
}

TEST_F(ChunkMapTest, read_visits_the_keys_that_are_present) {
  const Model model = fill(0);
  SeededRandom random(6);
  for (int round = 0; round < 200; ++round) {
    const std::vector<std::string> keys = random_keys(random, model, 100);
    Model found, expected;
    map_->read(0, joined(keys), [&](size_t i, ByteView value) { found[keys[i]] = text(value); });
    for (const std::string& key : keys) {
      if (model.contains(key)) expected[key] = model.at(key);
    }
    ASSERT_EQ(found, expected);
  }
}

TEST_F(ChunkMapTest, scan_begins_at_a_key_and_stops_when_told) {
  const Model model = fill(0);
  SeededRandom random(7);
  for (int round = 0; round < 100; ++round) {
    const std::string from = random_key(random);
    ASSERT_EQ(content(0, as_bytes(from)), Model(model.lower_bound(from), model.end()));
  }
  size_t visited = 0;
  map_->scan(0, {}, {}, [&](ByteView, ByteView) { return ++visited < 10; });
  EXPECT_EQ(visited, 10u);
}

TEST_F(ChunkMapTest, keeping_everything_writes_nothing) {
  const Model model = fill(0);
  ASSERT_TRUE(db_->commit().ok());
  const int64_t changes = sqlite3_total_changes(db_->handle());
  db_->begin();
  std::vector<std::string> keys;
  for (const auto& [key, value] : model) keys.push_back(key);
  map_->merge(0, {}, {}, joined(keys), SIZE_MAX,
              [](size_t, ByteView, std::optional<ByteView>, Bytes&) { return Write::kKeep; });
  map_->update(0, joined(keys), [](size_t, std::optional<ByteView>, Bytes&) { return Write::kKeep; });
  EXPECT_EQ(sqlite3_total_changes(db_->handle()), changes);
}

TEST_F(ChunkMapTest, small_entries_never_make_a_chunk_larger_than_a_page) {
  SeededRandom random(8);
  for (int round = 0; round < 300; ++round) {
    std::set<std::string> keys;
    for (int i = 0; i < 50; ++i) {
      std::string key(kKeySize, '\0');
      for (char& c : key) c = static_cast<char>(random.next());
      keys.insert(key);
    }
    map_->update(0, joined({keys.begin(), keys.end()}), [&](size_t, std::optional<ByteView>, Bytes& value) {
      value.assign(random.below(300), 'v');
      return Write::kPut;
    });
  }
  Statement largest(*db_, "SELECT max(length(data)) FROM chunk");
  ASSERT_TRUE(largest.first());
  EXPECT_LE(largest.integer(0), 4050);
  EXPECT_GT(count_rows(), 500);
}

// Damage: whatever is wrong with the rows, every way through the map ends, and says so.
class DamagedChunkMapTest : public ChunkMapTest {
 protected:
  enum class Way { kUpdate, kMerge, kRead, kScan, kCheck };

  void go(Way way, const Model& model) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : model) keys.push_back(key);
    const Bytes all = joined(keys);
    if (way == Way::kUpdate) {
      map_->update(1, all, [](size_t, std::optional<ByteView>, Bytes&) { return Write::kPut; });
    }
    if (way == Way::kMerge) {
      map_->merge(1, {}, {}, all, SIZE_MAX,
                  [](size_t, ByteView, std::optional<ByteView>, Bytes&) { return Write::kErase; });
    }
    if (way == Way::kRead) map_->read(1, all, [](size_t, ByteView) {});
    if (way == Way::kScan) map_->scan(1, {}, {}, [](ByteView, ByteView) { return true; });
    if (way == Way::kCheck) ChunkMap::check(*db_, "chunk", kKeySize);
  }

  // Does the damage, goes every way, and takes the damage back each time.
  void expect_noticed(const std::function<void()>& damage) {
    ASSERT_TRUE(db_->commit().ok());
    for (const Way way : {Way::kUpdate, Way::kMerge, Way::kRead, Way::kScan, Way::kCheck}) {
      db_->begin();
      damage();
      ASSERT_FALSE(db_->failure()) << db_->failure()->text();
      go(way, model_);
      ASSERT_TRUE(db_->failure()) << "way " << static_cast<int>(way);
      EXPECT_EQ(db_->failure()->kind, ErrorKind::kCorrupt);
      EXPECT_FALSE(db_->commit().ok());
    }
    db_->begin();
    go(Way::kCheck, model_);
    EXPECT_FALSE(db_->failure());
  }

  int64_t random_id(Random& random) {
    Statement pick(*db_, "SELECT id FROM chunk WHERE id >= (1 << 48) LIMIT 1 OFFSET ?");
    return pick.first(static_cast<int64_t>(random.below(static_cast<uint64_t>(count_rows()))))
               ? pick.integer(0)
               : -1;
  }
  Bytes data_of(int64_t id) {
    Statement get(*db_, "SELECT data FROM chunk WHERE id = ?");
    if (!get.first(id)) return {};
    const ByteView data = get.blob(0);
    return {data.begin(), data.end()};
  }
  void set_data(int64_t id, const Bytes& data) {
    Statement set(*db_, "UPDATE chunk SET data = ?2 WHERE id = ?1");
    set.run(id, data);
  }

  Model model_ = fill(1);
};

TEST_F(DamagedChunkMapTest, a_flipped_bit_anywhere_in_a_chunk_is_noticed) {
  SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    const int64_t id = random_id(random);
    Bytes data = data_of(id);
    data[random.below(data.size())] ^= static_cast<uint8_t>(1u << random.below(8));
    expect_noticed([&] { set_data(id, data); });
    if (HasFailure()) FAIL() << "round " << round;
  }
}

TEST_F(DamagedChunkMapTest, a_chunk_that_has_lost_its_end_is_noticed) {
  SeededRandom random(2);
  for (int round = 0; round < 50; ++round) {
    const int64_t id = random_id(random);
    Bytes data = data_of(id);
    data.resize(random.below(data.size()));
    expect_noticed([&] { set_data(id, data); });
    if (HasFailure()) FAIL() << "round " << round;
  }
}

TEST_F(DamagedChunkMapTest, a_missing_chunk_is_noticed) {
  const int64_t rows = count_rows();
  ASSERT_GT(rows, 10);
  Statement pick(*db_, "SELECT id FROM chunk ORDER BY id LIMIT 1 OFFSET ?");
  for (const int64_t which : {int64_t{0}, int64_t{1}, rows / 2, rows - 1}) {
    ASSERT_TRUE(pick.first(which));
    const int64_t id = pick.integer(0);
    pick.done();
    expect_noticed([&] {
      Statement drop(*db_, "DELETE FROM chunk WHERE id = ?");
      drop.run(id);
    });
    if (HasFailure()) FAIL() << "chunk " << which << " of " << rows;
  }
}

TEST_F(DamagedChunkMapTest, chunks_that_have_changed_places_are_noticed) {
  SeededRandom random(3);
  for (int round = 0; round < 20; ++round) {
    const int64_t one = random_id(random), other = random_id(random);
    if (one == other) continue;
    const Bytes first = data_of(one), second = data_of(other);
    expect_noticed([&] { set_data(one, second), set_data(other, first); });
  }
}

}  // namespace
}  // namespace pinrelay::store
