#include "store/profiles.h"

#include "base/random.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

using People = std::map<std::string, KnownPerson>;

TestRow enter(int64_t at, std::string key, std::string audience) {
  return {.type = ChangeType::kEnter, .at = at, .key = std::move(key), .audience = std::move(audience)};
}
TestRow leave(int64_t at, std::string key, std::string audience) {
  return {.type = ChangeType::kExit, .at = at, .key = std::move(key), .audience = std::move(audience)};
}
TestRow erase(int64_t at, std::string key) {
  return {.type = ChangeType::kDelete, .at = at, .key = std::move(key)};
}
TestRow set(int64_t at, std::string key, std::string field, std::string value) {
  return {.at = at, .key = std::move(key), .fields = {{std::move(field), std::move(value)}}};
}

// What rows with distinct times have to come to in their order of arrival, by the words of the format alone:
// each thing is as its newest row says. A delete erases what has arrived; from then on only rows that are
// newer than it and than all it erased count, and the same delete does nothing.
People expected_people(const std::vector<TestRow>& rows) {
  struct Known {
    int64_t tombstone = 0, newest = 0;
    std::map<std::string, std::pair<int64_t, std::optional<std::string>>> fields;
    std::map<std::string, std::pair<int64_t, bool>> memberships;
  };
  std::map<std::string, Known> known;
  for (const TestRow& row : rows) {
    Known& person = known[row.key];
    if (row.at < person.tombstone || (row.at == person.tombstone && row.type == ChangeType::kDelete))
      continue;
    if (row.type == ChangeType::kDelete) {
      const int64_t tombstone = std::max(row.at, person.newest + 1);
      person = {};
      person.tombstone = tombstone;
      continue;
    }
    person.newest = std::max(person.newest, row.at);
    for (const auto& [name, value] : row.fields)
      if (row.at > person.fields[name].first) person.fields[name] = {row.at, value};
    if (row.type != ChangeType::kProfile && row.at > person.memberships[row.audience].first)
      person.memberships[row.audience] = {row.at, row.type == ChangeType::kEnter};
  }
  People people;
  for (const auto& [key, person] : known) {
    if (person.newest == 0) continue;
    KnownPerson& shown = people[key];
    for (const auto& [name, newest] : person.fields)
      if (newest.second) shown.fields[name] = *newest.second;
    for (const auto& [name, newest] : person.memberships)
      if (newest.second) shown.audiences.insert(name);
  }
  return people;
}

// Rows about few people, with distinct times from 1 on, in order of time.
std::vector<TestRow> random_rows(Random& random, size_t count) {
  std::vector<TestRow> rows;
  for (size_t i = 0; i < count; ++i) {
    TestRow row;
    row.at = static_cast<int64_t>(i + 1);
    row.key = "u" + std::to_string(random.below(5));
    row.id = random.chance(50) ? "row-" + std::to_string(i) : "";
    const uint64_t what = random.below(100);
    row.type = what < 40   ? ChangeType::kProfile
               : what < 70 ? ChangeType::kEnter
               : what < 90 ? ChangeType::kExit
                           : ChangeType::kDelete;
    if (row.type == ChangeType::kEnter || row.type == ChangeType::kExit)
      row.audience = "A" + std::to_string(random.below(3));
    for (uint64_t f = 0; row.type == ChangeType::kProfile && f < random.below(4); ++f) {
      std::optional<std::string>& value = row.fields["f" + std::to_string(random.below(4))];
      if (random.chance(75)) value = "v" + std::to_string(random.below(3));
    }
    rows.push_back(row);
  }
  return rows;
}

template <typename T>
void shuffle(Random& random, std::vector<T>& items) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

std::vector<LogEntry> whole_log(Store& store) {
  std::vector<LogEntry> entries;
  store.profiles.read_log(0, SIZE_MAX, [&](const LogEntry& entry) { entries.push_back(entry); });
  return entries;
}

std::string shown(const std::vector<LogEntry>& entries) {
  std::string out;
  for (const LogEntry& e : entries) {
    out += to_hex(e.profile.bytes).substr(0, 6) + " " + std::to_string(static_cast<int>(e.kind)) + " " +
           std::to_string(e.audience) + " " + std::to_string(e.field_mask) + "\n";
  }
  return out;
}

// The log is a sequence of changes that really happened: nobody enters twice, and who follows it knows who is
// in.
void expect_consistent_log(Store& store) {
  std::set<std::pair<ProfileId, AudienceNumber>> members;
  for (const LogEntry& entry : whole_log(store)) {
    const std::pair member(entry.profile, entry.audience);
    EXPECT_TRUE(entry.kind != EntryKind::kEnter || members.insert(member).second);
    EXPECT_TRUE(entry.kind != EntryKind::kExit || members.erase(member) == 1);
    EXPECT_TRUE(entry.kind != EntryKind::kFields || entry.field_mask != 0);
  }
  std::set<std::pair<ProfileId, AudienceNumber>> present;
  store.profiles.scan({}, [&](const ProfileId& id, const Person& person) {
    for (const StoredMembership& m : person.memberships) {
      if (m.member) present.insert({id, m.audience});
    }
    return true;
  });
  EXPECT_EQ(members, present);
}

// Coverage and sizes are what a recount gives.
void expect_right_counts(Store& store) {
  std::map<std::string, int64_t> coverage, sizes;
  for (const auto& [key, person] : everybody(store)) {
    for (const auto& [name, value] : person.fields) ++coverage[name];
    for (const std::string& audience : person.audiences) ++sizes[audience];
  }
  for (const FieldInfo& field : store.catalog.fields())
    EXPECT_EQ(field.people, coverage[field.name]) << field.name;
  for (const AudienceInfo& a : store.catalog.audiences()) EXPECT_EQ(a.size, sizes[a.name]) << a.name;
}

std::unique_ptr<Store> reopened(std::unique_ptr<Store> store) {
  const std::string directory = store->directory();
  store = nullptr;
  return open_store(directory);
}

class ProfilesTest : public testing::Test {
 protected:
  People now() { return everybody(*store_); }
  int64_t size_of(std::string_view audience) {
    AudienceNumber number;
    return store_->catalog.find_audience(audience, number) ? store_->catalog.audiences()[number].size : -1;
  }

  TempDirectory directory_;
  std::unique_ptr<Store> store_ = open_store(directory_.path());
};

TEST_F(ProfilesTest, rows_become_people_with_fields_and_memberships) {
  const ApplyCounts counts =
      apply_rows(*store_, {set(1, "u1", "email", "a@example.org"), enter(2, "u1", "Readers"),
                           enter(2, "u2", "Readers"), leave(3, "u2", "Readers")});
  EXPECT_EQ(now(), (People{{"u1", {{{"email", "a@example.org"}}, {"Readers"}}}, {"u2", {}}}));
  EXPECT_EQ(counts.rows, 4u);
  EXPECT_EQ(counts.new_people, 2u);
  EXPECT_EQ(counts.enters, 2u);
  EXPECT_EQ(counts.exits, 1u);
  EXPECT_EQ(size_of("Readers"), 1);
}

TEST_F(ProfilesTest, an_enter_of_an_unknown_key_creates_a_person_without_fields) {
  EXPECT_EQ(apply_rows(*store_, {enter(1, "u1", "Readers")}).new_people, 1u);
  EXPECT_EQ(now(), (People{{"u1", {{}, {"Readers"}}}}));
}

TEST_F(ProfilesTest, what_does_nothing_is_not_logged) {
  apply_rows(*store_, {enter(1, "u1", "Readers"), set(1, "u1", "email", "a@example.org")});
  const Position head = store_->profiles.log_head();
  EXPECT_EQ(head, 2);
  apply_rows(*store_, {enter(2, "u1", "Readers"), set(2, "u1", "email", "a@example.org"),
                       leave(1, "u2", "Readers"), erase(3, "u3")});
  EXPECT_EQ(store_->profiles.log_head(), head);
  EXPECT_EQ(size_of("Readers"), 1);
}

TEST_F(ProfilesTest, a_deleted_person_leaves_no_key_and_no_value_in_the_tables) {
  apply_rows(*store_, {set(1, "rosalind", "email", "rosalind@example.org"), enter(1, "rosalind", "Readers")});
  EXPECT_EQ(apply_rows(*store_, {erase(2, "rosalind")}).deleted, 1u);
  EXPECT_EQ(now(), People{});
  EXPECT_EQ(size_of("Readers"), 0);
  const ProfileId id = store_->profiles.id_of("rosalind");
  store_ = nullptr;  // which brings everything into the main file
  Bytes file;
  std::FILE* stream = std::fopen((directory_ / "pinrelay.db").c_str(), "rb");
  for (int c; (c = std::fgetc(stream)) != EOF;) file.push_back(static_cast<uint8_t>(c));
  std::fclose(stream);
  EXPECT_EQ(as_text(file).find("rosalind"), std::string_view::npos);
  EXPECT_NE(as_text(file).find(as_text(id.bytes)), std::string_view::npos) << "the tombstone";
}

TEST_F(ProfilesTest, rows_mean_the_same_shuffled_repeated_and_in_pages_of_any_size) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    std::vector<TestRow> rows = random_rows(random, 1 + random.below(60));
    TempDirectory directory;
    const auto store = open_store(directory.path());
    for (size_t i = random.below(rows.size()); i > 0; --i) rows.push_back(rows[random.below(rows.size())]);
    shuffle(random, rows);
    const People expected = expected_people(rows);
    for (size_t i = 0; i < rows.size();) {
      const size_t end = std::min(rows.size(), i + 1 + random.below(30));
      apply_rows(*store,
                 {rows.begin() + static_cast<ptrdiff_t>(i), rows.begin() + static_cast<ptrdiff_t>(end)});
      i = end;
    }
    ASSERT_TRUE(everybody(*store) == expected);
    expect_consistent_log(*store);
    expect_right_counts(*store);
    if (HasFailure()) return;
  }
}

// Names are numbered as they are met, which follows each store's own order of people.
void number_names(Store& store) {
  store.begin();
  for (const char* field : {"f0", "f1", "f2", "f3"}) store.catalog.field_number(field);
  for (const char* audience : {"A0", "A1", "A2"}) store.catalog.audience_number(audience);
  ASSERT_TRUE(store.commit().ok());
}

TEST_F(ProfilesTest, one_page_or_many_give_the_same_log) {
  number_names(*store_);
  SeededRandom random(11);
  std::vector<TestRow> rows = random_rows(random, 400);
  shuffle(random, rows);
  apply_rows(*store_, rows);
  const std::string at_once = shown(whole_log(*store_));
  TempDirectory other;
  const auto second = open_store(other.path());
  number_names(*second);
  for (const TestRow& row : rows) apply_rows(*second, {row});
  EXPECT_TRUE(everybody(*second) == now());
  // Each store keys its ids with a secret of its own.
  std::map<ProfileId, ProfileId> same_person;
  for (int i = 0; i < 5; ++i) {
    const std::string key = "u" + std::to_string(i);
    same_person[second->profiles.id_of(key)] = store_->profiles.id_of(key);
  }
  std::vector<LogEntry> one_by_one = whole_log(*second);
  for (LogEntry& entry : one_by_one) entry.profile = same_person.at(entry.profile);
  EXPECT_EQ(shown(one_by_one), at_once);
}

// A row without a time comes with a newer one when it is sent again.
TEST_F(ProfilesTest, a_repeated_row_is_harmless_also_when_its_first_arrival_was_too_late) {
  apply_rows(*store_, {leave(20, "u1", "Readers")});
  TestRow late = enter(10, "u1", "Readers");
  late.id = "row-1";
  EXPECT_EQ(apply_rows(*store_, {late}).older, 1u);
  late.at = 30;
  EXPECT_EQ(apply_rows(*store_, {late}).repeated, 1u);
  EXPECT_EQ(size_of("Readers"), 0);
}

TEST_F(ProfilesTest, counts_and_people_survive_reopening) {
  SeededRandom random(12);
  apply_rows(*store_, random_rows(random, 300));
  const People before = now();
  store_ = reopened(std::move(store_));
  EXPECT_TRUE(now() == before);
  expect_right_counts(*store_);
  apply_rows(*store_, random_rows(random, 300));
  expect_right_counts(*store_);
}

TEST_F(ProfilesTest, read_visits_the_known_among_the_ids) {
  apply_rows(*store_, {set(1, "u1", "email", "a@example.org"), set(1, "u2", "email", "b@example.org"),
                       erase(2, "u2")});
  std::vector<ProfileId> ids;
  for (const char* key : {"u1", "u2", "u3"}) ids.push_back(store_->profiles.id_of(key));
  std::sort(ids.begin(), ids.end());
  std::map<ProfileId, std::string> found;
  store_->profiles.read(ids, [&](size_t i, const Person& person) { found[ids[i]] = person.key; });
  EXPECT_EQ(found, (std::map<ProfileId, std::string>{{store_->profiles.id_of("u1"), "u1"},
                                                     {store_->profiles.id_of("u2"), ""}}));
}

TEST_F(ProfilesTest, ids_differ_from_store_to_store) {
  TempDirectory other;
  const auto second = open_store(other.path());
  EXPECT_NE(store_->profiles.id_of("u1"), second->profiles.id_of("u1"));
}

TEST_F(ProfilesTest, a_damaged_row_is_refused_and_nothing_of_its_page_stays) {
  Bytes changes = encode({enter(1, "u1", "Readers"), enter(1, "u2", "Readers")});
  changes.pop_back();
  store_->begin();
  store_->profiles.apply(changes, kNoon, nullptr);
  const Result<void> committed = store_->commit();
  ASSERT_FALSE(committed.ok());
  EXPECT_EQ(committed.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(now(), People{});
  EXPECT_EQ(store_->profiles.log_head(), 0);
  EXPECT_EQ(apply_rows(*store_, {enter(1, "u1", "Readers")}).enters, 1u) << "the store goes on";
}

TEST_F(ProfilesTest, types_are_learned_and_widen_without_rejecting) {
  EXPECT_EQ(widen(ValueType::kNull, ValueType::kInt), ValueType::kInt);
  EXPECT_EQ(widen(ValueType::kInt, ValueType::kNull), ValueType::kInt);
  EXPECT_EQ(widen(ValueType::kInt, ValueType::kNumber), ValueType::kNumber);
  EXPECT_EQ(widen(ValueType::kInt, ValueType::kBool), ValueType::kString);
  EXPECT_EQ(widen(ValueType::kDate, ValueType::kString), ValueType::kString);
  EXPECT_EQ(widen(ValueType::kString, ValueType::kArray), ValueType::kArray);
  const auto learn = [&](ValueType type, std::string_view text) {
    Bytes changes;
    ChangeWriter writer(changes);
    writer.begin(ChangeType::kProfile, 1, "u1");
    writer.field("age", type, text);
    writer.end();
    store_->begin();
    store_->profiles.apply(changes, kNoon, nullptr);
    ASSERT_TRUE(store_->commit().ok());
    store_ = reopened(std::move(store_));
  };
  learn(ValueType::kInt, "42");
  EXPECT_EQ(store_->catalog.fields()[0].type, ValueType::kInt);
  learn(ValueType::kString, "about forty");
  EXPECT_EQ(store_->catalog.fields()[0].type, ValueType::kString);
  store_->begin();
  store_->catalog.fix_type(0, ValueType::kDate);
  ASSERT_TRUE(store_->commit().ok());
  learn(ValueType::kString, "soon");
  EXPECT_EQ(store_->catalog.fields()[0].type, ValueType::kDate) << "fixed by a person";
}

// What is observed of the audience "Readers", with the value of one field: "enter u1 city=Utrecht".
class Seen final : public ChangeObserver {
 public:
  explicit Seen(Store& store) : store_(store) {}
  bool follows(AudienceNumber audience) const override {
    return store_.catalog.audiences()[audience].name == "Readers";
  }
  void observe(const LogEntry& entry, const Person& person, size_t place, bool deleting) override {
    if (entry.kind == EntryKind::kFields) return;
    std::string text = entry.kind == EntryKind::kEnter ? "enter" : deleting ? "delete" : "exit";
    for (const StoredField& field : person.fields) text += " " + std::string(as_text(field.value));
    told.emplace_back(place, text);
  }
  std::vector<std::pair<size_t, std::string>> told;

 private:
  Store& store_;
};

// The rows as one request, applied in parts that end before these rows.
std::vector<std::string> seen_of(const std::vector<TestRow>& rows, std::vector<size_t> ends = {}) {
  TempDirectory directory;
  const auto store = open_store(directory.path());
  Bytes changes;
  std::vector<size_t> places;
  for (const TestRow& row : rows) places.push_back(changes.size()), append_row(changes, row);
  join_rows(changes);
  store->begin();
  store->catalog.audience_number("Readers");  // as that of a job is
  EXPECT_TRUE(store->commit().ok());
  Seen seen(*store);
  std::vector<std::string> texts;
  size_t from = 0;
  ends.push_back(rows.size());
  for (const size_t row : ends) {
    const size_t end = row < rows.size() ? places[row] : changes.size();
    store->begin();
    store->profiles.apply(ByteView(changes).subspan(from), end - from, kNoon, &seen);
    EXPECT_TRUE(store->commit().ok());
    std::ranges::stable_sort(seen.told, {}, [](const auto& each) { return each.first; });
    for (auto& [place, text] : seen.told) texts.push_back(text);
    seen.told.clear();
    from = end;
  }
  return texts;
}

TEST_F(ProfilesTest, an_enter_is_observed_with_the_rest_of_its_request_also_where_that_is_not_applied_yet) {
  const std::vector<TestRow> rows{enter(1, "u1", "Readers"),     set(1, "u1", "city", "Utrecht"),
                                  enter(1, "u2", "Readers"),     set(2, "u1", "city", "Gent"),
                                  set(1, "u2", "city", "Delft"), enter(1, "u2", "Others"),
                                  set(1, "u2", "city", "Breda"), leave(3, "u2", "Readers"),
                                  set(1, "u2", "city", "Ghent"), erase(9, "u2"),
                                  enter(9, "u2", "Readers"),     set(9, "u2", "city", "Goes")};
  const std::vector<std::string> expected{"enter Utrecht", "enter Breda", "enter Delft", "exit Breda",
                                          "delete",        "delete",      "enter Goes"};
  EXPECT_EQ(seen_of(rows), expected);
  for (size_t end = 1; end < rows.size(); ++end) EXPECT_EQ(seen_of(rows, {end}), expected) << end;
  EXPECT_EQ(seen_of(rows, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), expected);
}

class ChangeLogTest : public ProfilesTest {
 protected:
  // Entry n is the enter of person n; pages of 1, 2, 3, … entries, a minute apart.
  void fill(int pages) {
    for (int page = 1; page <= pages; ++page) {
      std::vector<TestRow> rows;
      for (int i = 0; i < page; ++i) rows.push_back(enter(1, "p" + std::to_string(++written_), "Readers"));
      apply_rows(*store_, rows, kNoon + std::chrono::minutes(page));
    }
  }
  void expect_readable_from(Position tail) {
    for (Position cursor = tail; cursor <= written_; ++cursor) {
      for (const size_t page : {1, 2, 5, 1000}) {
        Position expected = cursor, at = cursor;
        while (true) {
          size_t in_page = 0;
          const Position next = store_->profiles.read_log(at, page, [&](const LogEntry& entry) {
            ++in_page;
            EXPECT_EQ(entry.profile, store_->profiles.id_of("p" + std::to_string(++expected)));
          });
          EXPECT_EQ(next, at + static_cast<Position>(in_page));
          EXPECT_LE(in_page, page);
          if (next == at) break;
          at = next;
        }
        ASSERT_EQ(expected, written_) << "from " << cursor << " in pages of " << page;
      }
    }
  }
  int64_t minute_after(Position cursor) {
    const auto time = store_->profiles.log_time_after(cursor);
    return time ? (to_millis(*time) - to_millis(kNoon)) / 60'000 : -1;
  }

  int64_t written_ = 0;
};

TEST_F(ChangeLogTest, is_read_from_any_cursor_in_pages_of_any_size) {
  fill(8);
  EXPECT_EQ(store_->profiles.log_head(), written_);
  EXPECT_EQ(store_->profiles.log_tail(), 0);
  expect_readable_from(0);
}

TEST_F(ChangeLogTest, an_empty_log_begins_and_ends_at_zero) {
  EXPECT_EQ(store_->profiles.log_head(), 0);
  EXPECT_EQ(store_->profiles.log_tail(), 0);
  EXPECT_EQ(store_->profiles.read_log(0, 10, [](const LogEntry&) { FAIL(); }), 0);
  EXPECT_EQ(minute_after(0), -1);
}

TEST_F(ChangeLogTest, keeps_its_order_of_arrival_although_work_is_done_in_key_order) {
  std::vector<TestRow> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(enter(1, "p" + std::to_string(++written_), "Readers"));
  apply_rows(*store_, rows);
  expect_readable_from(0);
}

TEST_F(ChangeLogTest, knows_when_the_entry_after_a_cursor_was_written) {
  fill(3);  // entries 1 · 2 3 · 4 5 6
  EXPECT_EQ(minute_after(0), 1);
  EXPECT_EQ(minute_after(1), 2);
  EXPECT_EQ(minute_after(2), 2);
  EXPECT_EQ(minute_after(3), 3);
  EXPECT_EQ(minute_after(5), 3);
  EXPECT_EQ(minute_after(6), -1);
}

TEST_F(ChangeLogTest, loses_only_what_is_older_than_the_retention) {
  fill(8);
  store_->begin();
  store_->profiles.drop_log_before(kNoon + std::chrono::minutes(4));
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(store_->profiles.log_tail(), 6) << "three pages have gone";
  EXPECT_EQ(minute_after(0), 4);
  expect_readable_from(6);
  store_->begin();
  store_->profiles.drop_log_before(kNoon + std::chrono::hours(1));
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(store_->profiles.log_tail(), written_);
  EXPECT_EQ(store_->profiles.log_head(), written_);
}

TEST_F(ChangeLogTest, goes_on_numbering_after_everything_was_dropped_and_the_store_reopened) {
  fill(3);
  store_->begin();
  store_->profiles.drop_log_before(kNoon + std::chrono::hours(1));
  ASSERT_TRUE(store_->commit().ok());
  store_ = reopened(std::move(store_));
  EXPECT_EQ(store_->profiles.log_head(), 6);
  EXPECT_EQ(store_->profiles.log_tail(), 6);
  fill(2);
  EXPECT_EQ(store_->profiles.log_head(), 9);
  EXPECT_EQ(store_->profiles.log_tail(), 6);
  expect_readable_from(6);
}

TEST_F(ChangeLogTest, a_damaged_page_fails_the_transaction_that_reads_it) {
  fill(3);
  store_ = nullptr;
  {
    auto db = Db::open({.path = directory_ / "pinrelay.db"});
    (*db)->exec("UPDATE change_log SET entries = zeroblob(length(entries)) WHERE first = 2");
    ASSERT_FALSE((*db)->failure());
  }
  store_ = open_store(directory_.path());
  store_->begin();
  store_->profiles.read_log(0, 100, [](const LogEntry&) {});
  EXPECT_EQ(store_->commit().error().kind, ErrorKind::kCorrupt);
}

// A hole that log_tail does not show would be skipped by a cursor without a word.
TEST_F(ChangeLogTest, a_clock_that_was_set_back_makes_no_hole) {
  for (const int minute : {60, 61, 5, 62}) {
    apply_rows(*store_, {enter(1, "p" + std::to_string(++written_), "Readers")},
               kNoon + std::chrono::minutes(minute));
  }
  store_->begin();
  store_->profiles.drop_log_before(kNoon + std::chrono::minutes(30));
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(store_->profiles.log_tail(), 0);
  expect_readable_from(0);
}

}  // namespace
}  // namespace pinrelay::store
