#include "store/claim_map.h"

#include "base/random.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

using Model = std::map<std::string, std::string>;

std::string text(ByteView bytes) { return std::string(as_text(bytes)); }

class ClaimMapTest : public testing::Test {
 protected:
  ClaimMapTest() {
    auto db = Db::open({.path = directory_ / "db", .durable = false});
    EXPECT_TRUE(db.ok());
    db_ = std::move(db).value();
    for (const char* table : {"claim_chunk", "claim_recent", "claim_run"})
      db_->exec(
          (std::string("CREATE TABLE ") + table + "(id INTEGER PRIMARY KEY, data BLOB NOT NULL)").c_str());
    open();
    db_->begin();
  }

  void open() {
    map_ = std::make_unique<ClaimMap>(
        *db_,
        ClaimMap::Options{.run_min = 30, .runs_max = 3, .filter_min = filter_min_, .filter_step = 2'000});
  }

  // The n-th of all keys; some share their first eight bytes.
  static std::string key_of(uint64_t n) {
    SeededRandom first(n / 2), second(n);
    std::string key(ClaimMap::kKeySize, '\0');
    for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>((i < 8 ? first : second).next() >> 24);
    return key;
  }

  Bytes joined(const std::vector<std::string>& keys) {
    Bytes out;
    for (const std::string& key : keys) append(out, as_bytes(key));
    return out;
  }

  std::vector<std::string> random_keys(size_t most) {
    std::set<std::string> keys;
    const size_t count = 1 + random_.below(most);
    for (size_t i = 0; i < count; ++i) keys.insert(key_of(random_.below(kKeys)));
    return {keys.begin(), keys.end()};
  }

  void update(Model& model, size_t most) {
    const std::vector<std::string> keys = random_keys(most);
    std::set<size_t> decided;
    map_->update(joined(keys), [&](size_t i, std::optional<ByteView> old, Bytes& value) {
      EXPECT_TRUE(decided.insert(i).second) << "decided twice";
      const auto there = model.find(keys[i]);
      EXPECT_EQ(old ? std::optional(text(*old)) : std::nullopt,
                there == model.end() ? std::nullopt : std::optional(there->second));
      if (random_.chance(10)) return Write::kKeep;
      if (random_.chance(20)) return model.erase(keys[i]), Write::kErase;
      model[keys[i]] = std::string(random_.below(40), static_cast<char>('a' + random_.below(26)));
      append(value, as_bytes(model[keys[i]]));
      return Write::kPut;
    });
    EXPECT_EQ(decided.size(), keys.size());
  }

  void expect(const Model& model) {
    std::vector<std::string> keys;
    for (uint64_t n = 0; n < kKeys; ++n) keys.push_back(key_of(n));
    std::ranges::sort(keys);
    Model found;
    map_->read(joined(keys), [&](size_t i, ByteView value) { found[keys[i]] = text(value); });
    EXPECT_TRUE(found == model) << found.size() << " claims instead of " << model.size();
    size_t places = 0;
    const auto count = [&](ByteView, ByteView) { return ++places, true; };
    for (MapNumber run = 1; run < 100; ++run)
      ChunkMap(*db_, "claim_run", ClaimMap::kKeySize).scan(run, {}, {}, count);
    map_->layered().scan(0, {}, count);
    EXPECT_EQ(places, model.size()) << "a claim lies in two places";
    ClaimMap::check(*db_);
    ASSERT_FALSE(db_->failure()) << db_->failure()->text();
  }

  size_t runs() {
    size_t count = 0;
    for (MapNumber number = 1; number < 100; ++number) {
      bool any = false;
      ChunkMap(*db_, "claim_run", ClaimMap::kKeySize).scan(number, {}, {}, [&](ByteView, ByteView) {
        return any = true, false;
      });
      count += any;
    }
    return count;
  }

  static constexpr uint64_t kKeys = 20'000;
  const size_t filter_min_ = 1'000;  // so that filters fill up and are made anew
  TempDirectory directory_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<ClaimMap> map_;
  SeededRandom random_{11};
};

TEST_F(ClaimMapTest, behaves_like_a_map_whatever_place_a_claim_is_in) {
  Model model, committed;
  size_t most_runs = 0;
  for (int round = 0; round < 1'500 && !HasFailure(); ++round) {
    const uint64_t what = random_.below(100);
    if (what < 60) {
      update(model, random_.chance(50) ? 400 : 10);
    } else if (what < 75) {
      map_->prepare();
    } else if (what < 85) {
      map_->move();
    } else if (what < 87) {
      map_->forget_filter();
    } else if (what < 94) {
      EXPECT_TRUE(db_->commit().ok());
      db_->begin();
      committed = model;
    } else if (what < 98) {
      db_->rollback();
      db_->begin();
      map_->load();
      model = committed;
    } else {
      EXPECT_TRUE(db_->commit().ok());
      open();  // another process
      db_->begin();
      committed = model;
    }
    most_runs = std::max(most_runs, runs());
    if (round % 25 == 0) expect(model);
  }
  EXPECT_GT(model.size(), 4'000u);
  EXPECT_GT(most_runs, 3u) << "or this was no test";
  EXPECT_LE(most_runs, 9u);
}

TEST_F(ClaimMapTest, a_filter_that_could_not_be_made_whole_is_none) {
  Model model;
  update(model, 400);
  EXPECT_TRUE(db_->commit().ok());
  db_->begin();
  db_->exec("INSERT INTO nowhere VALUES (1)");
  ASSERT_TRUE(db_->failure());
  EXPECT_FALSE(map_->prepare());
  db_->rollback();
  db_->begin();
  map_->load();
  update(model, 400);
  while (!map_->prepare()) continue;
  update(model, 400);
  expect(model);
}

TEST_F(ClaimMapTest, a_claim_that_comes_back_with_a_failure_is_known) {
  Model model;
  while (model.size() < 300) update(model, 400);
  EXPECT_TRUE(db_->commit().ok());
  db_->begin();
  std::vector<std::string> keys;
  for (const auto& [key, value] : model) keys.push_back(key);
  map_->update(joined(keys), [](size_t, std::optional<ByteView>, Bytes&) { return Write::kErase; });
  while (!map_->prepare()) continue;
  db_->rollback();
  db_->begin();
  map_->load();
  size_t known = 0;
  map_->update(joined(keys), [&](size_t, std::optional<ByteView> old, Bytes&) {
    known += old.has_value();
    return Write::kKeep;
  });
  EXPECT_EQ(known, model.size());
}

TEST_F(ClaimMapTest, many_new_claims_make_a_run_and_few_do_not) {
  Model model;
  update(model, 400);
  EXPECT_EQ(runs(), 0u) << "nobody knows that they are new";
  while (!map_->prepare()) continue;
  update(model, 20);
  EXPECT_EQ(runs(), 0u);
  while (runs() == 0) update(model, 400);
  while (map_->move()) continue;
  EXPECT_EQ(runs(), 0u);
  expect(model);
}

TEST_F(ClaimMapTest, a_pass_over_all_sees_what_has_moved) {
  Model model;
  while (!map_->prepare()) continue;
  while (runs() < 2) update(model, 400);
  while (map_->move()) continue;
  size_t visited = 0;
  const size_t all = model.size();
  Bytes from;
  do {
    from = map_->merge(from, 500, [&](size_t, ByteView key, std::optional<ByteView>, Bytes&) {
      ++visited;
      return random_.chance(50) ? model.erase(text(key)), Write::kErase : Write::kKeep;
    });
  } while (!from.empty());
  EXPECT_EQ(visited, all);
  EXPECT_FALSE(model.empty());
  expect(model);
}

}  // namespace
}  // namespace pinrelay::store
