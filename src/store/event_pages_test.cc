#include "store/event_pages.h"

#include "base/cipher.h"
#include "store/seal.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class EventPagesTest : public testing::Test {
 protected:
  EventPagesTest() {
    auto db = Db::open({.path = path_, .durable = false});
    EXPECT_TRUE(db.ok());
    db_ = std::move(db).value();
    db_->exec("CREATE TABLE event_page(place INTEGER PRIMARY KEY, run INTEGER, day INTEGER, bytes BLOB)");
    db_->exec("CREATE TABLE event_page_key(place INTEGER PRIMARY KEY, key BLOB)");
    pages_ = std::make_unique<EventPages>(*db_);
    db_->begin();
  }

  PagePlace add(EventNumber first) {
    std::vector<Event> events(200);
    for (size_t i = 0; i < events.size(); ++i) {
      events[i].number = first + static_cast<EventNumber>(i);
      events[i].event_class = EventClass::kBackfill;
      events[i].job = 3, events[i].run = 4;
      events[i].profile.bytes[1] = events[i].claim[15] = static_cast<uint8_t>(i);
      events[i].offline = i % 2 != 0;
      events[i].happened = from_millis(1'700'000'000'000 + first);
      append(events[i].bytes, as_bytes("{\"client_user_agent\":\"a browser of somebody\"}"));
    }
    pages_->add(1, 20'000, std::move(events));
    return {1, first};
  }

  std::string key_of(PagePlace place) {
    Statement get(*db_, "SELECT key FROM event_page_key WHERE place = ?");
    EXPECT_TRUE(get.first(int64_t{place.list} << kEventNumberBits | place.first));
    return std::string(as_text(get.blob(0)));
  }

  std::string file() {
    EXPECT_TRUE(db_->commit().ok());
    EXPECT_TRUE(db_->checkpoint().ok());
    db_->begin();
    return read_file(path_);
  }
  bool in_file(std::string_view what) { return file().find(what) != std::string::npos; }

  TempDirectory directory_;
  const std::string path_ = directory_ / "db";
  std::unique_ptr<Db> db_;
  std::unique_ptr<EventPages> pages_;
};

TEST_F(EventPagesTest, nothing_of_a_page_is_ever_in_the_file_in_clear_and_its_key_goes_with_it) {
  const PagePlace first = add(1), second = add(1'000);
  const std::string key = key_of(first), other = key_of(second);
  EXPECT_NE(key, other);
  EXPECT_FALSE(in_file("browser of somebody"));
  EXPECT_TRUE(in_file(key));
  pages_->load();  // as another process would
  const std::vector<Event> events = pages_->get(first);
  ASSERT_EQ(events.size(), 200u);
  EXPECT_EQ(as_text(events[7].bytes), "{\"client_user_agent\":\"a browser of somebody\"}");
  EXPECT_EQ(events[7].number, 8);
  pages_->erase(first);
  EXPECT_FALSE(in_file(key));
  EXPECT_FALSE(in_file(key.substr(8, 16)));
  EXPECT_TRUE(in_file(other));
  EXPECT_FALSE(db_->failure());
}

TEST_F(EventPagesTest, what_is_kept_in_memory_is_what_is_read_later) {
  const PagePlace place = add(7);
  const std::vector<Event> kept = pages_->get(place), read = pages_->get(place);
  ASSERT_EQ(kept.size(), 200u);
  ASSERT_EQ(read.size(), kept.size());
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(read[i].number, kept[i].number);
    EXPECT_EQ(read[i].event_class, kept[i].event_class);
    EXPECT_EQ(read[i].job, kept[i].job);
    EXPECT_EQ(read[i].profile, kept[i].profile);
    EXPECT_EQ(read[i].claim, kept[i].claim);
    EXPECT_EQ(read[i].offline, kept[i].offline);
    EXPECT_EQ(read[i].happened, kept[i].happened);
    EXPECT_EQ(read[i].run, kept[i].run);
    EXPECT_EQ(read[i].bytes, kept[i].bytes);
  }
}

TEST_F(EventPagesTest, pages_beyond_what_memory_may_hold_are_read) {
  std::vector<Event> large(1);
  large[0].bytes = Bytes(20 * 1024 * 1024, 'x');
  for (EventNumber number = 1; number <= 3; ++number) {
    large[0].number = number;
    pages_->add(1, 20'000, large);
  }
  for (EventNumber number = 1; number <= 3; ++number)
    EXPECT_EQ(pages_->get({1, number})[0].bytes.size(), large[0].bytes.size());
  EXPECT_EQ(pages_->count(1), 3);
}

TEST_F(EventPagesTest, whatever_else_is_erased_is_still_written_over) {
  pages_->erase(add(1));
  db_->exec("CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)");
  db_->exec("INSERT INTO note VALUES (1, 'said in confidence')");
  EXPECT_TRUE(in_file("said in confidence"));
  db_->exec("DELETE FROM note");
  EXPECT_FALSE(in_file("said in confidence"));
}

TEST_F(EventPagesTest, a_page_from_before_they_were_encrypted_is_read_and_written_over_when_it_goes) {
  const PagePlace place = add(1);
  const std::vector<Event> events = pages_->get(place);
  // As an older program has left it.
  const int64_t row = int64_t{place.list} << kEventNumberBits | place.first;
  Statement get(*db_, "SELECT bytes, key FROM event_page JOIN event_page_key USING (place) WHERE place = ?");
  ASSERT_TRUE(get.first(row));
  ByteView sealed = get.blob(0), key = get.blob(1);
  ASSERT_TRUE(unseal(sealed, static_cast<uint64_t>(row)) && unseal(key, static_cast<uint64_t>(row)));
  Bytes blob(sealed.begin(), sealed.end());
  apply_key_stream(key, blob, blob.data());
  get.done();
  seal(blob, static_cast<uint64_t>(row));
  Statement(*db_, "UPDATE event_page SET bytes = ?2 WHERE place = ?1").run(row, blob);
  db_->exec("UPDATE event_page_key SET key = X''");
  pages_->load();
  EXPECT_EQ(pages_->get(place).size(), events.size());
  EXPECT_TRUE(in_file("browser of somebody"));
  pages_->erase(place);
  EXPECT_FALSE(in_file("browser of somebody"));
}

TEST_F(EventPagesTest, a_key_that_is_damaged_or_missing_is_damage_of_the_store) {
  const PagePlace place = add(1);
  std::ignore = pages_->get(place);  // what was kept
  db_->exec("UPDATE event_page_key SET key = zeroblob(36)");
  EXPECT_TRUE(pages_->get(place).empty());
  ASSERT_TRUE(db_->failure());
  EXPECT_EQ(db_->failure()->kind, ErrorKind::kCorrupt);
  db_->rollback();
  pages_->load();
  db_->begin();
  const PagePlace again = add(1);
  std::ignore = pages_->get(again);
  db_->exec("DELETE FROM event_page_key");
  EXPECT_TRUE(pages_->get(again).empty());
  EXPECT_TRUE(db_->failure());
}

}  // namespace
}  // namespace pinrelay::store
