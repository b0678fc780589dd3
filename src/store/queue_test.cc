#include "store/queue.h"

#include "base/random.h"
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

constexpr QueueClass kClasses[] = {QueueClass::kAdd, QueueClass::kRemove, QueueClass::kRemoveUnbraked,
                                   QueueClass::kSettling, QueueClass::kWaiting};

Hash hash_of(uint8_t number) { return Hash{number, 1, 2, 3}; }

QueueRow row(uint8_t number, QueueClass queue_class, int64_t at, bool primary = true) {
  QueueRow out;
  out.hash = hash_of(number);
  out.queue_class = queue_class;
  out.at = at;
  out.primary = primary;
  return out;
}

class QueueTest : public testing::Test {
 protected:
  QueueTest() { store_->begin(); }
  ~QueueTest() override { EXPECT_TRUE(store_->commit().ok()); }

  Queue& queue() { return store_->queue; }
  // The hashes' first bytes of a page.
  std::vector<int> page(ListNumber list, QueueClass queue_class, int64_t until, size_t limit) {
    std::vector<int> numbers;
    for (const QueueRow& r : queue().page(list, queue_class, until, limit)) numbers.push_back(r.hash[0]);
    return numbers;
  }

  TempDirectory directory_;
  std::unique_ptr<Store> store_ = open_store(directory_.path());
};

TEST_F(QueueTest, a_row_reads_back_as_it_was_put) {
  QueueRow put = row(1, QueueClass::kSettling, 99, true);
  put.operation = Operation::kRemove;
  put.unbraked = true;
  put.cause = {17, ProfileId{{5, 6, 7}}};
  put.run = 1LL << 40;
  queue().put(3, put);
  const auto got = queue().get(3, put.hash);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->hash, put.hash);
  EXPECT_EQ(got->queue_class, put.queue_class);
  EXPECT_EQ(got->operation, put.operation);
  EXPECT_EQ(got->unbraked, put.unbraked);
  EXPECT_EQ(got->at, put.at);
  EXPECT_EQ(got->cause, put.cause);
  EXPECT_EQ(got->primary, put.primary);
  EXPECT_EQ(got->run, put.run);
  EXPECT_FALSE(queue().get(4, put.hash)) << "of another list";
}

TEST_F(QueueTest, pages_come_oldest_first_up_to_a_moment) {
  queue().put(1, row(1, QueueClass::kAdd, 30));
  queue().put(1, row(2, QueueClass::kAdd, 10));
  queue().put(1, row(3, QueueClass::kAdd, 20));
  queue().put(1, row(4, QueueClass::kRemove, 5));
  queue().put(2, row(5, QueueClass::kAdd, 1));
  EXPECT_EQ(page(1, QueueClass::kAdd, 30, 10), (std::vector<int>{2, 3, 1}));
  EXPECT_EQ(page(1, QueueClass::kAdd, 29, 10), (std::vector<int>{2, 3}));
  EXPECT_EQ(page(1, QueueClass::kAdd, 30, 1), (std::vector<int>{2}));
  EXPECT_EQ(queue().oldest(1, QueueClass::kAdd), 10);
  EXPECT_EQ(queue().oldest(1, QueueClass::kWaiting), std::nullopt);
}

TEST_F(QueueTest, a_row_is_replaced_by_the_next_one_for_its_identifier) {
  queue().put(1, row(1, QueueClass::kAdd, 10));
  queue().put(1, row(1, QueueClass::kRemove, 20, false));
  EXPECT_EQ(queue().count(1, QueueClass::kAdd).rows, 0);
  EXPECT_EQ(queue().count(1, QueueClass::kRemove).rows, 1);
  EXPECT_EQ(queue().count(1, QueueClass::kRemove).users, 0);
  queue().erase(1, hash_of(1));
  queue().erase(1, hash_of(1));
  EXPECT_TRUE(queue().empty(1));
}

TEST_F(QueueTest, waiting_rows_become_what_they_would_be_with_nothing_in_flight) {
  QueueRow add = row(1, QueueClass::kWaiting, 1), remove = row(2, QueueClass::kWaiting, 2),
           unbraked = row(3, QueueClass::kWaiting, 3);
  remove.operation = unbraked.operation = Operation::kRemove;
  unbraked.unbraked = true;
  for (const QueueRow& r : {add, remove, unbraked, row(4, QueueClass::kSettling, 4)}) queue().put(1, r);
  queue().put(2, add);
  queue().release_waiting(1);
  EXPECT_EQ(page(1, QueueClass::kAdd, 9, 9), (std::vector<int>{1}));
  EXPECT_EQ(page(1, QueueClass::kRemove, 9, 9), (std::vector<int>{2}));
  EXPECT_EQ(page(1, QueueClass::kRemoveUnbraked, 9, 9), (std::vector<int>{3}));
  EXPECT_EQ(page(1, QueueClass::kSettling, 9, 9), (std::vector<int>{4}));
  EXPECT_EQ(queue().count(1, QueueClass::kWaiting).rows, 0);
  EXPECT_EQ(queue().count(1, QueueClass::kAdd).users, 1);
  EXPECT_EQ(queue().count(2, QueueClass::kWaiting).rows, 1) << "of another list";
}

TEST_F(QueueTest, removals_of_one_job_pass_the_brake_wherever_they_wait) {
  QueueRow held = row(1, QueueClass::kRemove, 1), settling = row(2, QueueClass::kSettling, 2),
           waiting = row(3, QueueClass::kWaiting, 3), other = row(4, QueueClass::kRemove, 4),
           add = row(5, QueueClass::kSettling, 5);
  for (QueueRow* r : {&held, &settling, &waiting, &other}) r->operation = Operation::kRemove;
  for (QueueRow* r : {&held, &settling, &waiting, &add}) r->cause.job = 7;
  other.cause.job = 8;
  for (const QueueRow& r : {held, settling, waiting, other, add}) queue().put(1, r);
  queue().unbrake_job(1, 7);
  EXPECT_EQ(page(1, QueueClass::kRemoveUnbraked, 9, 9), (std::vector<int>{1}));
  EXPECT_EQ(page(1, QueueClass::kRemove, 9, 9), (std::vector<int>{4}));
  EXPECT_EQ(queue().count(1, QueueClass::kRemoveUnbraked).users, 1);
  EXPECT_TRUE(queue().get(1, settling.hash)->unbraked);
  EXPECT_TRUE(queue().get(1, waiting.hash)->unbraked);
  EXPECT_FALSE(queue().get(1, add.hash)->unbraked);
}

TEST_F(QueueTest, moving_a_class_onto_itself_keeps_its_count) {
  queue().put(1, row(1, QueueClass::kRemove, 1));
  queue().move_all(1, QueueClass::kRemove, QueueClass::kRemove);
  EXPECT_EQ(queue().count(1, QueueClass::kRemove).rows, 1);
}

TEST_F(QueueTest, removals_that_wait_because_of_some_people_can_be_let_past_the_brake) {
  const auto put = [&](uint8_t number, QueueClass queue_class, Operation operation, uint8_t person) {
    QueueRow put_row = row(number, queue_class, 1);
    put_row.operation = operation;
    put_row.cause.profile.bytes[0] = person;
    queue().put(1, put_row);
    return put_row.cause;
  };
  const Owner erased = put(1, QueueClass::kRemove, Operation::kRemove, 7);
  put(2, QueueClass::kSettling, Operation::kRemove, 7);
  put(3, QueueClass::kRemove, Operation::kRemove, 8);
  put(4, QueueClass::kSettling, Operation::kAdd, 7);
  queue().unbrake(1, {erased}, true);
  EXPECT_EQ(queue().get(1, hash_of(1))->queue_class, QueueClass::kRemoveUnbraked);
  EXPECT_EQ(queue().get(1, hash_of(2))->queue_class, QueueClass::kSettling);
  EXPECT_TRUE(queue().get(1, hash_of(2))->unbraked) << "when it has settled";
  EXPECT_EQ(queue().get(1, hash_of(3))->queue_class, QueueClass::kRemove) << "of somebody else";
  EXPECT_FALSE(queue().get(1, hash_of(4))->unbraked) << "an addition";
}

TEST_F(QueueTest, what_a_person_has_released_stays_released_when_it_comes_back) {
  queue().put(1, row(1, QueueClass::kRemove, 1));
  queue().move_all(1, QueueClass::kRemove, QueueClass::kRemoveUnbraked);
  EXPECT_TRUE(queue().get(1, hash_of(1))->unbraked);
}

TEST_F(QueueTest, counts_always_equal_the_rows) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SeededRandom random(seed);
    for (int step = 0; step < 2'000; ++step) {
      const auto list = static_cast<ListNumber>(1 + random.below(2));
      const auto number = static_cast<uint8_t>(random.below(60));
      const uint64_t what = random.below(100);
      if (what < 60) {
        queue().put(list, row(number, kClasses[random.below(5)], static_cast<int64_t>(random.below(50)),
                              random.chance(70)));
      } else if (what < 94) {
        queue().erase(list, hash_of(number));
      } else if (what < 96) {
        queue().move_all(list, kClasses[random.below(5)], kClasses[random.below(5)]);
      } else if (what < 98) {
        queue().release_waiting(list);
      } else if (what == 98) {
        ASSERT_TRUE(store_->commit().ok());
        store_->begin();
      } else if (random.chance(10)) {
        queue().erase_all(list);
      }
      if (step % 20 != 0) continue;
      for (const ListNumber l : {ListNumber{1}, ListNumber{2}}) {
        int64_t rows = 0;
        for (const QueueClass c : kClasses) {
          const std::vector<QueueRow> all = queue().page(l, c, INT64_MAX, SIZE_MAX >> 1);
          ASSERT_EQ(queue().count(l, c).rows, static_cast<int64_t>(all.size())) << "seed " << seed;
          ASSERT_EQ(queue().count(l, c).users,
                    std::count_if(all.begin(), all.end(), [](const QueueRow& r) { return r.primary; }));
          rows += queue().count(l, c).rows;
        }
        ASSERT_EQ(queue().empty(l), rows == 0);
      }
    }
  }
}

TEST_F(QueueTest, counts_survive_reopening) {
  queue().put(1, row(1, QueueClass::kAdd, 1));
  queue().put(1, row(2, QueueClass::kAdd, 1, false));
  ASSERT_TRUE(store_->commit().ok());
  store_ = nullptr;
  store_ = open_store(directory_.path());
  EXPECT_EQ(queue().count(1, QueueClass::kAdd).rows, 2);
  EXPECT_EQ(queue().count(1, QueueClass::kAdd).users, 1);
  store_->begin();
}

}  // namespace
}  // namespace pinrelay::store
