#include "store/inbox.h"

#include <future>
#include <latch>

#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

Bytes bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

class InboxTest : public testing::Test {
 protected:
  std::unique_ptr<Inbox> open(Inbox::Options options = {.durable = false}) {
    auto inbox = Inbox::open(path_, options);
    EXPECT_TRUE(inbox.ok()) << inbox.error().text();
    return std::move(inbox).value();
  }
  // Appends and returns what the writer is told; for an inbox without committer.
  static Result<void> append(Inbox& inbox, Bytes changes) {
    std::optional<Result<void>> told;
    inbox.append(std::move(changes), [&](Result<void> result) { told = std::move(result); });
    EXPECT_TRUE(told.has_value()) << "before append returns";
    return *told;
  }
  static std::string content(Inbox& inbox, int64_t after = 0) {
    auto page = inbox.read(after, SIZE_MAX);
    EXPECT_TRUE(page.ok());
    return std::string(as_text(page->changes));
  }

  TempDirectory directory_;
  const std::string path_ = directory_ / "inbox.db";
};

TEST_F(InboxTest, gives_back_what_was_appended_in_order_and_after_reopening) {
  auto inbox = open();
  for (const char* text : {"one ", "two ", "three "}) EXPECT_TRUE(append(*inbox, bytes(text)).ok());
  EXPECT_EQ(content(*inbox), "one two three ");
  EXPECT_EQ(content(*inbox, 1), "two three ");
  EXPECT_EQ(inbox->read(3, SIZE_MAX)->last, 0) << "nothing more";
  inbox = nullptr;
  inbox = open();
  EXPECT_EQ(content(*inbox), "one two three ");
  EXPECT_EQ(inbox->backlog_bytes(), 14);
}

TEST_F(InboxTest, pages_end_once_they_hold_enough_bytes) {
  const auto inbox = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*inbox, Bytes(100, static_cast<uint8_t>('0' + i))).ok());
  std::string all;
  int pages = 0;
  for (int64_t last = 0;;) {
    auto page = inbox->read(last, 250);
    ASSERT_TRUE(page.ok());
    if (page->last == 0) break;
    EXPECT_LE(page->changes.size(), 300u);
    all += as_text(page->changes);
    last = page->last;
    ++pages;
  }
  EXPECT_EQ(pages, 4);
  EXPECT_EQ(all, content(*inbox));
}

TEST_F(InboxTest, writers_are_told_only_once_their_rows_can_be_read_by_others) {
  const auto inbox = open({.durable = true});
  auto other = Db::open({.path = path_});
  ASSERT_TRUE(other.ok());
  Statement sum(**other, "SELECT coalesce(sum(length(changes)), 0) FROM inbox");
  constexpr int kWriters = 6, kEach = 150;
  std::latch told(kWriters * kEach);
  int64_t bytes_told = 0;  // the committer's thread only
  int commits = 0;
  inbox->start([&] { ++commits; });
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          inbox->append(Bytes(10, 'r'), [&](Result<void> result) {
            EXPECT_TRUE(result.ok());
            bytes_told += 10;
            EXPECT_TRUE(sum.first());
            EXPECT_GE(sum.integer(0), bytes_told);
            sum.done();
            told.count_down();
          });
        }
      });
    }
  }
  told.wait();
  inbox->stop();
  EXPECT_EQ(content(*inbox).size(), 10u * kWriters * kEach);
  EXPECT_LE(commits, kWriters * kEach);
  EXPECT_GE(commits, 1);
}

TEST_F(InboxTest, rows_that_wait_together_are_committed_together) {
  const auto inbox = open();
  std::promise<void> go_on;
  std::latch blocked(1), told(21);
  std::atomic<int> commits = 0;
  inbox->start([&] { ++commits; });
  inbox->append(bytes("first"), [&](const Result<void>&) {
    blocked.count_down();
    go_on.get_future().wait();
    told.count_down();
  });
  blocked.wait();
  for (int i = 0; i < 20; ++i) inbox->append(bytes("later"), [&](const Result<void>&) { told.count_down(); });
  go_on.set_value();
  told.wait();
  inbox->stop();
  EXPECT_EQ(commits, 2);
}

TEST_F(InboxTest, one_writers_rows_keep_their_order) {
  const auto inbox = open();
  std::latch told(500);
  std::string expected;
  inbox->start({});
  for (int i = 0; i < 500; ++i) {
    const std::string text = std::to_string(i) + " ";
    expected += text;
    inbox->append(bytes(text), [&](const Result<void>&) { told.count_down(); });
  }
  told.wait();
  EXPECT_EQ(content(*inbox), expected);
}

TEST_F(InboxTest, everybody_is_told_whenever_it_is_stopped) {
  for (int round = 0; round < 50; ++round) {
    const auto inbox = open();
    std::atomic<int> told = 0;
    inbox->start({});
    {
      std::vector<std::jthread> writers;
      for (int w = 0; w < 3; ++w) {
        writers.emplace_back([&] {
          for (int i = 0; i < 20; ++i)
            inbox->append(bytes("r"), [&](const Result<void>& r) { told += r.ok(); });
        });
      }
      inbox->stop();
    }
    inbox->stop();
    ASSERT_EQ(told, 60) << "round " << round;
    inbox->erase_through(INT64_MAX - 1);
  }
}

TEST_F(InboxTest, applied_rows_are_erased_although_nothing_new_comes) {
  auto inbox = open();
  ASSERT_TRUE(append(*inbox, bytes("one ")).ok());
  ASSERT_TRUE(append(*inbox, bytes("two ")).ok());
  inbox->erase_through(1);
  EXPECT_EQ(content(*inbox), "two ");
  EXPECT_EQ(inbox->backlog_bytes(), 4);
  inbox->start({});
  inbox->erase_through(2);
  inbox->stop();  // which lets the committer finish
  EXPECT_EQ(content(*inbox), "");
  EXPECT_EQ(inbox->backlog_bytes(), 0);
  EXPECT_TRUE(append(*inbox, bytes("three ")).ok());
  EXPECT_EQ(inbox->read(2, SIZE_MAX)->last, 3) << "numbers are not used twice";
}

TEST_F(InboxTest, the_committer_erases_without_waiting_for_a_writer) {
  const auto inbox = open();
  ASSERT_TRUE(append(*inbox, bytes("one ")).ok());
  inbox->start({});
  inbox->erase_through(1);
  while (inbox->backlog_bytes() != 0) std::this_thread::yield();
  EXPECT_EQ(content(*inbox), "");
}

TEST_F(InboxTest, a_damaged_row_is_not_given_to_the_engine) {
  auto inbox = open();
  ASSERT_TRUE(append(*inbox, bytes("some row")).ok());
  inbox = nullptr;
  {
    auto db = Db::open({.path = path_});
    (*db)->exec("UPDATE inbox SET changes = CAST(replace(changes, 'some', 'sane') AS BLOB)");
    ASSERT_FALSE((*db)->failure());
  }
  inbox = open();
  EXPECT_EQ(inbox->read(0, SIZE_MAX).error().kind, ErrorKind::kCorrupt);
}

TEST_F(InboxTest, numbering_continues_after_what_an_older_copy_of_the_inbox_has_forgotten) {
  auto inbox = open();
  ASSERT_TRUE(append(*inbox, bytes("one ")).ok());
  ASSERT_TRUE(append(*inbox, bytes("two ")).ok());
  ASSERT_TRUE(inbox->continue_after(100).ok());
  EXPECT_EQ(content(*inbox), "") << "applied already";
  EXPECT_EQ(inbox->backlog_bytes(), 0);
  ASSERT_TRUE(append(*inbox, bytes("three ")).ok());
  EXPECT_EQ(inbox->read(100, SIZE_MAX)->last, 101);
  inbox = nullptr;
  inbox = open();
  ASSERT_TRUE(inbox->continue_after(100).ok());
  EXPECT_EQ(content(*inbox, 100), "three ");
  EXPECT_EQ(inbox->backlog_bytes(), 6);
  ASSERT_TRUE(append(*inbox, bytes("four ")).ok());
  EXPECT_EQ(inbox->read(101, SIZE_MAX)->last, 102);
}

TEST_F(InboxTest, a_long_backlog_refuses_rows_until_some_are_applied) {
  const auto inbox = open({.durable = false, .backlog_bytes_max = 1000});
  int accepted = 0;
  while (append(*inbox, Bytes(100, 'r')).ok()) ASSERT_LT(++accepted, 20);
  EXPECT_EQ(accepted, 11);
  const Result<void> refused = append(*inbox, Bytes(100, 'r'));
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(content(*inbox).size(), 1100u);
  inbox->erase_through(5);
  EXPECT_TRUE(append(*inbox, Bytes(100, 'r')).ok());
}

TEST_F(InboxTest, refuses_rows_when_too_many_wait_for_the_disk) {
  const auto inbox = open();
  std::promise<void> go_on;
  std::latch blocked(1), told(5);
  inbox->start({});
  inbox->append(bytes("first"), [&](const Result<void>&) {
    blocked.count_down();
    go_on.get_future().wait();
    told.count_down();
  });
  blocked.wait();
  for (int i = 0; i < 4; ++i) {
    inbox->append(Bytes(Inbox::kWaitingBytesMax / 4, 'r'), [&](const Result<void>& result) {
      EXPECT_TRUE(result.ok());
      told.count_down();
    });
  }
  std::optional<Error> refused;
  inbox->append(bytes("r"), [&](const Result<void>& result) { refused = result.error(); });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, ErrorKind::kUnavailable);
  go_on.set_value();
  told.wait();
}

TEST_F(InboxTest, a_full_disk_refuses_rows_and_keeps_those_accepted) {
  const auto inbox = open({.durable = false, .pages_max = 60});
  int accepted = 0;
  std::optional<Error> refused;
  while (!refused) {
    const Result<void> result = append(*inbox, Bytes(20'000, 'r'));
    if (result.ok()) {
      ASSERT_LT(++accepted, 20);
    } else {
      refused = result.error();
    }
  }
  EXPECT_EQ(refused->kind, ErrorKind::kUnavailable);
  EXPECT_EQ(refused->code, "disk_full");
  EXPECT_GT(accepted, 5);
  EXPECT_EQ(content(*inbox).size(), 20'000u * static_cast<size_t>(accepted));
  EXPECT_EQ(inbox->backlog_bytes(), 20'000 * accepted);
  EXPECT_FALSE(append(*inbox, Bytes(20'000, 'r')).ok()) << "still full";
  inbox->erase_through(accepted);
  EXPECT_TRUE(append(*inbox, Bytes(20'000, 'r')).ok()) << "what was applied has made room";
}

// What could not be erased at its time must not stand in the way of new rows.
TEST_F(InboxTest, room_is_made_before_new_rows_are_written) {
  const auto inbox = open({.durable = false, .pages_max = 60});
  int64_t accepted = 0;
  while (append(*inbox, Bytes(20'000, 'r')).ok()) ASSERT_LT(++accepted, 20);
  std::promise<void> go_on;
  std::latch blocked(1);
  inbox->start({});
  inbox->append({},
                [&](const Result<void>&) {  // the committer waits here while erasure and row come together
                  blocked.count_down();
                  go_on.get_future().wait();
                });
  blocked.wait();
  std::optional<bool> told;
  inbox->erase_through(accepted);
  inbox->append(Bytes(20'000, 'r'), [&](const Result<void>& result) { told = result.ok(); });
  go_on.set_value();
  inbox->stop();
  EXPECT_EQ(told, true);
}

}  // namespace
}  // namespace pinrelay::store
