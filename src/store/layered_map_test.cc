#include "store/layered_map.h"

#include "base/random.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

using Model = std::map<std::string, std::string>;

constexpr size_t kKeySize = 16;
constexpr MapNumber kMap = 3;

std::string text(ByteView bytes) { return std::string(as_text(bytes)); }

std::string random_key(Random& random, uint64_t keys) {
  // Evenly spread, like hashes, and drawn from so many that updates meet old entries.
  SeededRandom of_key(random.below(keys));
  std::string key(kKeySize, '\0');
  for (char& c : key) c = static_cast<char>(of_key.next() >> 24);
  return key;
}

class LayeredMapTest : public testing::Test {
 protected:
  LayeredMapTest() {
    auto db = Db::open({.path = path_, .durable = false});
    EXPECT_TRUE(db.ok());
    db_ = std::move(db).value();
    for (const char* table : {"base", "recent"})
      db_->exec(
          (std::string("CREATE TABLE ") + table + "(id INTEGER PRIMARY KEY, data BLOB NOT NULL)").c_str());
    db_->exec("PRAGMA secure_delete=ON");
    map_ = std::make_unique<LayeredMap>(*db_, "base", "recent", kKeySize);
    db_->begin();
  }

  Bytes joined(const std::set<std::string>& keys) {
    Bytes out;
    for (const std::string& key : keys) append(out, as_bytes(key));
    return out;
  }

  std::set<std::string> random_keys(size_t most) {
    std::set<std::string> keys;
    for (size_t i = 0; i <= random_.below(most); ++i) keys.insert(random_key(random_, 3'000));
    return keys;
  }

  Write change(const std::string& key, std::optional<ByteView> old, Bytes& value) {
    const auto there = model_.find(key);
    EXPECT_EQ(old ? std::optional(text(*old)) : std::nullopt,
              there == model_.end() ? std::nullopt : std::optional(there->second));
    EXPECT_TRUE(value.empty());
    if (random_.chance(20)) return Write::kKeep;
    if (random_.chance(35)) return model_.erase(key), Write::kErase;
    model_[key] = std::string(random_.below(70), static_cast<char>('a' + random_.below(26)));
    append(value, as_bytes(model_[key]));
    return random_.chance(20) ? Write::kPutThrough : Write::kPut;
  }

  void update(size_t most) {
    const std::set<std::string> keys = random_keys(most);
    const std::vector<std::string> listed(keys.begin(), keys.end());
    map_->update(kMap, joined(keys), [&](size_t i, std::optional<ByteView> old, Bytes& value) {
      return change(listed[i], old, value);
    });
  }

  // A range in steps; each entry and each key of it is visited once, in order.
  void merge() {
    std::string from = random_.chance(40) ? "" : random_key(random_, 3'000);
    std::string to = random_.chance(40) ? "" : random_key(random_, 3'000);
    if (!to.empty() && to < from) std::swap(from, to);
    const auto inside = [&](const std::string& key) { return key >= from && (to.empty() || key < to); };
    std::set<std::string> keys, expected;
    for (const std::string& key : random_keys(40))
      if (inside(key)) keys.insert(key), expected.insert(key);
    for (const auto& [key, value] : model_)
      if (inside(key)) expected.insert(key);
    std::set<std::string> visited;
    Bytes position(from.begin(), from.end());
    do {
      position = map_->merge(kMap, position, as_bytes(to), joined(keys), 1 + random_.below(300),
                             [&](size_t i, ByteView key, std::optional<ByteView> old, Bytes& value) {
                               EXPECT_EQ(i != LayeredMap::kNoKey, keys.contains(text(key)));
                               EXPECT_TRUE(visited.empty() || *visited.rbegin() < text(key));
                               visited.insert(text(key));
                               return change(text(key), old, value);
                             });
      std::erase_if(keys, [&](const std::string& key) { return visited.contains(key); });
    } while (text(position) != to);
    EXPECT_EQ(visited, expected);
  }

  void expect_model() {
    Model found;
    map_->scan(kMap, {}, [&](ByteView key, ByteView value) {
      EXPECT_TRUE(found.empty() || found.rbegin()->first < text(key));
      return found[text(key)] = text(value), true;
    });
    EXPECT_TRUE(found == model_) << found.size() << " entries instead of " << model_.size();
    const std::set<std::string> keys = random_keys(200);
    const std::vector<std::string> listed(keys.begin(), keys.end());
    Model read;
    map_->read(kMap, joined(keys), [&](size_t i, ByteView value) { read[listed[i]] = text(value); });
    for (const std::string& key : keys) {
      const auto there = model_.find(key);
      EXPECT_EQ(read.contains(key), there != model_.end());
      if (there != model_.end()) {
        EXPECT_EQ(read[key], there->second);
      }
    }
    LayeredMap::check(*db_, "base", "recent", kKeySize);
    ASSERT_FALSE(db_->failure()) << db_->failure()->text();
  }

  TempDirectory directory_;
  const std::string path_ = directory_ / "db";
  std::unique_ptr<Db> db_;
  std::unique_ptr<LayeredMap> map_;
  SeededRandom random_{5};
  Model model_;
};

TEST_F(LayeredMapTest, behaves_like_an_ordered_map_whatever_layer_an_entry_is_in) {
  for (int round = 0; round < 400 && !HasFailure(); ++round) {
    const uint64_t what = random_.below(100);
    if (what < 70) update(random_.chance(20) ? 600 : 20);
    if (what >= 70 && what < 85) merge();
    if (what >= 85 && what < 93) map_->flush();
    if (what >= 93 && what < 96) map_->load();
    if (what == 99) map_->erase_all(kMap), model_.clear();
    if (round % 8 == 0) expect_model();
  }
}

TEST_F(LayeredMapTest, a_scan_begins_at_a_key_and_stops_when_told) {
  for (int round = 0; round < 20; ++round) update(300), round == 10 ? map_->flush() : void();
  for (int round = 0; round < 50; ++round) {
    const std::string from = random_key(random_, 3'000);
    std::vector<std::string> expected, visited;
    for (auto at = model_.lower_bound(from); at != model_.end() && expected.size() < 5; ++at)
      expected.push_back(at->first);
    map_->scan(kMap, as_bytes(from), [&](ByteView key, ByteView) {
      visited.push_back(text(key));
      return visited.size() < 5;
    });
    EXPECT_EQ(visited, expected);
  }
}

TEST_F(LayeredMapTest, recent_entries_move_to_the_base_when_there_are_many) {
  std::set<std::string> keys;
  for (uint64_t i = 0; i < 72'000; ++i) {
    SeededRandom of_key(i);
    std::string key(kKeySize, '\0');
    for (char& c : key) c = static_cast<char>(of_key.next() >> 24);
    keys.insert(key);
    if (keys.size() < 100) continue;
    map_->update(kMap, joined(keys), [&](size_t, std::optional<ByteView>, Bytes& value) {
      append(value, as_bytes("value"));
      return Write::kPut;
    });
    keys.clear();
  }
  int64_t recent = 0, all = 0;
  ChunkMap(*db_, "recent", kKeySize).scan(kMap, {}, {}, [&](ByteView, ByteView) { return ++recent, true; });
  map_->scan(kMap, {}, [&](ByteView, ByteView) { return ++all, true; });
  EXPECT_EQ(all, 72'000);
  EXPECT_LE(recent, 21'000);
  EXPECT_GT(recent, 0);
}

TEST_F(LayeredMapTest, nothing_of_a_value_put_through_or_flushed_stays_in_the_file) {
  // Two keys far apart in a base of many chunks: not worth changing it at once.
  const std::set<std::string> keys{std::string(kKeySize, '\x01'), std::string(kKeySize, '\xf0')};
  for (int i = 0; i < 300; ++i) update(600);
  map_->flush();
  const auto put = [&](const char* value_text, Write how) {
    map_->update(kMap, joined(keys), [&](size_t, std::optional<ByteView>, Bytes& value) {
      append(value, as_bytes(value_text));
      return how;
    });
  };
  const auto in_file = [&](const char* what) {
    EXPECT_TRUE(db_->commit().ok());
    db_->exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db_->begin();
    return read_file(path_).find(what) != std::string::npos;
  };
  put("first-secret", Write::kPut);
  map_->flush();
  EXPECT_TRUE(in_file("first-secret"));
  put("second-secret", Write::kPutThrough);
  EXPECT_FALSE(in_file("first-secret"));
  put("third-secret", Write::kPut);
  EXPECT_TRUE(in_file("second-secret")) << "hidden, until it is flushed";
  map_->flush();
  EXPECT_FALSE(in_file("second-secret"));
  EXPECT_TRUE(in_file("third-secret"));
}

}  // namespace
}  // namespace pinrelay::store
