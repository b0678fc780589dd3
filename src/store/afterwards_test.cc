#include "store/afterwards.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class AfterwardsTest : public testing::Test {
 protected:
  AfterwardsTest() { open(); }
  void open() {
    const int64_t id = file_ ? file_->id() : 0;
    file_ = nullptr;
    auto opened = Afterwards::open(path_, keys_, id, false);
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    file_ = std::move(opened).value();
  }
  void note(const std::string& key, Time now = kNoon) {
    ASSERT_TRUE(file_->note({{AfterwardKind::kErased, keys_.person(key), 7}}, now).ok());
  }
  static std::vector<int64_t> numbers(const Afterwards& file, int64_t after = 0) {
    std::vector<int64_t> found;
    const auto read = file.each(after, [&](const Afterward& entry) {
      found.push_back(entry.number);
      return true;
    });
    EXPECT_TRUE(read.ok());
    return found;
  }
  // "" when it is found and whole.
  std::string found() {
    auto file = Afterwards::find(path_, keys_, file_->id());
    if (!file) return file.error().code;
    const auto read = (*file)->each(0, [](const Afterward&) { return true; });
    return read.ok() ? "" : read.error().code;
  }
  using Numbers = std::vector<int64_t>;

  TempDirectory folder_;
  const std::string path_ = folder_ / "store.afterwards";
  const AfterwardKeys keys_{"the secret of a store"};
  std::unique_ptr<Afterwards> file_;
};

TEST_F(AfterwardsTest, keeps_entries_in_order_names_nobody_and_is_for_its_owner_alone) {
  note("u1@example.org");
  note("u2@example.org");
  open();
  note("u3@example.org");
  EXPECT_EQ(numbers(*file_), (Numbers{1, 2, 3}));
  EXPECT_EQ(numbers(*file_, 2), Numbers{3});
  EXPECT_EQ(read_file(path_).find("example"), std::string::npos);
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(AfterwardsTest, what_a_crash_cut_off_is_written_over) {
  note("u1");
  for (const std::string& tail :
       {std::string("half an entry"), std::string(64, '\0'), std::string(100, '\0')}) {
    const std::string whole = read_file(path_);
    std::ofstream(path_, std::ios::binary | std::ios::app) << tail;
    open();
    const int64_t before = file_->last();
    note("u2");
    EXPECT_EQ(file_->last(), before + 1);
    EXPECT_EQ(found(), "");
    EXPECT_EQ(read_file(path_).substr(0, whole.size()), whole);
  }
}

TEST_F(AfterwardsTest, an_altered_byte_is_noticed_wherever_it_is) {
  note("u1");
  note("u2");
  const std::string good = read_file(path_);
  ASSERT_EQ(good.size(), 3 * 64u);
  for (size_t i = 0; i < good.size(); ++i) {
    write_at(path_, i, std::string(1, static_cast<char>(good[i] ^ 1)));
    EXPECT_EQ(found(), "afterwards_damaged") << i;
    write_at(path_, i, std::string(1, good[i]));
  }
  std::ofstream(path_, std::ios::binary) << good.substr(0, 64) + good.substr(128);
  EXPECT_EQ(found(), "afterwards_damaged") << "the first entry was taken out";
}

TEST_F(AfterwardsTest, old_entries_go_and_numbers_go_on) {
  note("u1");
  note("u2");
  note("u3", kNoon + std::chrono::hours(48));
  ASSERT_TRUE(file_->drop_before(kNoon + std::chrono::hours(1)).ok());
  EXPECT_EQ(numbers(*file_), (Numbers{1, 2, 3})) << "not for less than a day";
  ASSERT_TRUE(file_->drop_before(kNoon + std::chrono::hours(30)).ok());
  EXPECT_EQ(numbers(*file_), Numbers{3});
  EXPECT_EQ(file_->before_first(), 2);
  open();
  note("u4", kNoon + std::chrono::hours(49));
  EXPECT_EQ(numbers(*file_), (Numbers{3, 4}));
  ASSERT_TRUE(file_->drop_before(kNoon + std::chrono::hours(100)).ok());
  open();
  note("u5");
  EXPECT_EQ(numbers(*file_), Numbers{5});
}

TEST_F(AfterwardsTest, a_file_of_another_store_is_moved_aside_and_found_again) {
  note("u1");
  const int64_t id = file_->id();
  file_ = nullptr;
  const AfterwardKeys others("another store's secret");
  const auto other = Afterwards::open(path_, others, 0, false);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ((*other)->last(), 0);
  auto found = Afterwards::find(path_, keys_, id);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->last(), 1);
  const auto back = Afterwards::open(path_, keys_, id, false);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ((*back)->path(), path_);
  EXPECT_EQ((*back)->last(), 1);
  EXPECT_TRUE(Afterwards::find(path_, others, 0).ok()) << "that one, too, is kept";
}

TEST_F(AfterwardsTest, finds_the_deletions_among_changes) {
  const Bytes changes = encode({enter(1, "u1"),
                                {.type = ChangeType::kDelete, .at = 5, .key = "u2"},
                                {.at = 1, .key = "u3", .fields = {{"email", "u3@example.org"}}},
                                {.type = ChangeType::kDelete, .at = 6, .key = "u4"}});
  Bytes joined = changes;
  join_rows(joined);
  for (const Bytes& rows : {changes, joined}) {
    std::vector<Afterward> erased;
    keys_.erasures_in(rows, erased);
    ASSERT_EQ(erased.size(), 2u);
    EXPECT_EQ(erased[0].whom, keys_.person("u2"));
    EXPECT_EQ(erased[1].whom, keys_.person("u4"));
    EXPECT_EQ(erased[1].at, 6);
  }
}

}  // namespace
}  // namespace pinrelay::store
