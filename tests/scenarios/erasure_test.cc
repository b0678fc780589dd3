// Erasure reaches every list that we ever added a person to, also one that no job writes any more.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

enum class Way { kStop, kDelete, kMove };

class ErasureScenario : public Scenario {
 protected:
  void begin(Millis settle_after = Millis{0}) {
    id_ = existing_list({hash_of("stranger@example.org")});
    settings_ = job_settings();
    settings_.settle_after_success = settle_after;
    settings_.list = config::ExistingList{id_, config::ListType::kEmail, false};
    members(0, 20);
    start(settings_);
    advance(minutes{6});
    ASSERT_EQ(there(), hashes(0, 20));
  }
  void end(Way way) {
    if (way == Way::kStop) verb("readers", [](auto& jobs, auto& job) { return jobs.stop(job); });
    if (way == Way::kDelete) verb("readers", [](auto& jobs, auto& job) { return jobs.remove(job, false); });
    if (way == Way::kMove) {
      config::JobSettings moved = settings_;
      moved.list.reset();
      apply(moved);
    }
  }
  void come_back_after_erasure(const std::string& key) {
    erase(key);
    advance(minutes{1});
    person(key, {"new@example.org"});
    enter(key);
    settle();
  }
  void change_job(const std::function<void(store::JobRow&)>& change) {
    engine_->drain();
    store_->begin();
    store::JobRow row = store_->jobs.all().at(0);
    change(row);
    store_->jobs.put(row);
    ASSERT_TRUE(store_->commit().ok());
    restart_process();
  }
  std::set<Hash> there() {
    const auto sorted = world_.members(id_)->sorted();
    std::set<Hash> found{sorted.begin(), sorted.end()};
    EXPECT_EQ(found.erase(hash_of("stranger@example.org")), 1u) << "never ours to remove";
    return found;
  }
  std::set<Hash> without(std::set<Hash> all, std::initializer_list<int> numbers) {
    for (const int number : numbers) all.erase(hash_of(address(number)));
    return all;
  }

  std::string id_;
  config::JobSettings settings_;
};

class Erasure : public ErasureScenario, public testing::WithParamInterface<std::tuple<Way, bool>> {};

TEST_P(Erasure, reaches_a_list_that_jobs_have_left) {
  const auto [way, restart] = GetParam();
  begin();
  end(way);
  advance(minutes{6});
  ASSERT_EQ(there(), hashes(0, 20)) << "it is left as it is";
  if (restart) restart_process();
  erase("u3");
  erase("u4");
  person("u4", {"new@example.org"});
  enter("u4");
  leave("u5");
  advance(minutes{10});
  EXPECT_EQ(there(), without(hashes(0, 20), {3, 4}))
      << "who has come back is there by the old address no more";
  if (restart) restart_process();
  for (int i = 0; i < 20; ++i) erase(fmt::format("u{}", i));
  advance(hours{2}, minutes{1});
  EXPECT_EQ(there(), std::set<Hash>());
  EXPECT_TRUE(store_->left.all().empty()) << "nothing is kept of those who are gone";
  if (way == Way::kDelete) {
    EXPECT_TRUE(engine_->core().lists.empty());
  }
}

std::string name_of(const testing::TestParamInfo<std::tuple<Way, bool>>& info) {
  static const char* const kNames[] = {"stop", "delete", "move"};
  const auto [way, restart] = info.param;
  return fmt::format("{}{}", kNames[static_cast<int>(way)], restart ? "_restart" : "");
}

INSTANTIATE_TEST_SUITE_P(Ways, Erasure,
                         testing::Combine(testing::Values(Way::kStop, Way::kDelete, Way::kMove),
                                          testing::Bool()),
                         name_of);

TEST_F(ErasureScenario, of_what_was_about_to_be_removed_when_the_job_left) {
  begin();
  leave("u7");
  settle();
  end(Way::kDelete);
  advance(minutes{10});
  ASSERT_EQ(there(), hashes(0, 20)) << "everybody stays";
  erase("u7");
  advance(minutes{10});
  EXPECT_EQ(there(), without(hashes(0, 20), {7}));
}

// The removal cannot be sent yet, or is under way, when the job leaves: the deletion must find it all the
// same, also when the person is back at once.
TEST_F(ErasureScenario, of_what_could_not_be_removed_yet_when_the_job_left) {
  begin(minutes{10});
  leave("u7");
  settle();
  ASSERT_EQ(store_->queue.count(list().row.number, store::QueueClass::kSettling).rows, 1);
  end(Way::kDelete);
  come_back_after_erasure("u7");
  advance(minutes{20});
  EXPECT_EQ(there(), without(hashes(0, 20), {7}));
}

// A withdrawal passes the brake, so nothing had to be done about the deletion behind it. Once the job has
// left, withdrawals are not sent any more.
class WithdrawnBefore : public ErasureScenario, public testing::WithParamInterface<std::tuple<Way, bool>> {};

TEST_P(WithdrawnBefore, a_deletion_counts_although_the_removal_was_queued_as_a_withdrawal) {
  const auto [way, restart] = GetParam();
  begin();
  for (int i = 0; i < 20; ++i) field(fmt::format("u{}", i), "ads", "true");
  settings_.consent_field = "ads";
  apply(settings_);
  advance(minutes{6});
  ASSERT_EQ(there(), hashes(0, 20));
  for (const char* key : {"u6", "u7", "u8"}) field(key, "ads", "false");
  settle();
  ASSERT_EQ(store_->queue.count(list().row.number, store::QueueClass::kRemoveUnbraked).rows, 3);
  erase("u7");
  come_back_after_erasure("u8");
  if (restart) restart_process();
  end(way);
  advance(minutes{20});
  EXPECT_EQ(there(), without(hashes(0, 20), {7, 8})) << "who has only withdrawn stays, as everybody does";
  erase("u6");
  advance(minutes{20});
  EXPECT_EQ(there(), without(hashes(0, 20), {6, 7, 8}));
}

INSTANTIATE_TEST_SUITE_P(Ways, WithdrawnBefore,
                         testing::Combine(testing::Values(Way::kStop, Way::kDelete, Way::kMove),
                                          testing::Bool()),
                         name_of);

TEST_F(ErasureScenario, of_whose_removal_was_under_way_when_the_job_left) {
  begin();
  pinterest_.hold(true);
  fault(sim::FaultKind::kInternalError);
  leave("u7");
  advance(minutes{6});
  ASSERT_TRUE(list().open);
  end(Way::kDelete);
  come_back_after_erasure("u7");
  settle();
  pinterest_.hold(false);
  advance(minutes{40});
  EXPECT_EQ(there(), without(hashes(0, 20), {7}));
}

// The pass has scanned everybody and wants nobody any more, and cannot send anything yet.
class UnmergedPass : public ErasureScenario, public testing::WithParamInterface<std::tuple<Way, bool, bool>> {
 protected:
  void scan_without_sending() {
    tokens_.text.reset();
    settings_.consent_field = "consent";
    apply(settings_);
    settle();
    ASSERT_EQ(job().row.bulk, store::BulkKind::kResync);
    ASSERT_TRUE(job().bulk && !job().bulk->scanning());
    ASSERT_TRUE(store_->queue.empty(list().row.number));
  }
  // Another job that writes the list and rests.
  void share() {
    settings_.list->shared = true;
    apply(settings_);
    config::JobSettings other = settings_;
    other.name = other.label = "other";
    other.audience = "Others";
    start(other);
    advance(minutes{6});
    verb("other", [](auto& jobs, auto& job) { return jobs.pause(job); });
  }
};

TEST_P(UnmergedPass, hides_nobody_from_erasure_when_its_job_leaves) {
  const auto [way, restart, beside] = GetParam();
  begin();
  if (beside) share();
  scan_without_sending();
  erase("u3");
  come_back_after_erasure("u4");
  if (restart) restart_process();
  end(way);
  if (beside) verb("other", [](auto& jobs, auto& job) { return jobs.stop(job); });
  settle();
  erase("u5");
  come_back_after_erasure("u6");
  tokens_.text = "pina_sim";
  advance(minutes{20});
  EXPECT_EQ(there(), without(hashes(0, 20), {3, 4, 5, 6}));
  for (int i = 0; i < 20; ++i) erase(fmt::format("u{}", i));
  advance(hours{2}, minutes{1});
  EXPECT_EQ(there(), std::set<Hash>());
  EXPECT_TRUE(store_->left.all().empty());
}

std::string name_of_unmerged(const testing::TestParamInfo<std::tuple<Way, bool, bool>>& info) {
  static const char* const kNames[] = {"stop", "delete", "move"};
  const auto [way, restart, beside] = info.param;
  return fmt::format("{}{}{}", kNames[static_cast<int>(way)], restart ? "_restart" : "",
                     beside ? "_beside_another" : "");
}

INSTANTIATE_TEST_SUITE_P(Ways, UnmergedPass,
                         testing::Combine(testing::Values(Way::kStop, Way::kDelete, Way::kMove),
                                          testing::Bool(), testing::Bool()),
                         name_of_unmerged);

TEST_F(ErasureScenario, that_a_paused_job_has_missed_is_made_good_when_it_leaves) {
  begin();
  verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
  settle();
  change_job([](store::JobRow& row) { row.erasure_cursor = INT64_MAX; });
  come_back_after_erasure("u7");
  ASSERT_EQ(store_->queue.erasures(list().row.number).rows, 0) << "as if the change log had been trimmed";
  change_job([&](store::JobRow& row) {
    row.erasure_cursor = store_->profiles.log_head();
    row.erasures_missed = true;
  });
  end(Way::kDelete);
  advance(minutes{20});
  EXPECT_EQ(there(), without(hashes(0, 20), {7}));
}

TEST_F(ErasureScenario, that_waits_when_the_job_leaves_goes_on) {
  begin();
  erase("u7");
  erase("u8");
  person("u8", {"new@example.org"});
  enter("u8");
  settle();
  end(Way::kStop);
  restart_process();
  advance(minutes{10});
  EXPECT_EQ(there(), without(hashes(0, 20), {7, 8}));
}

TEST_F(ErasureScenario, counts_an_addition_of_unknown_outcome_as_there) {
  begin();
  fault(sim::FaultKind::kNeverAnswered, 1, true);
  members(20, 22);
  advance(minutes{5});
  ASSERT_EQ(there(), hashes(0, 22));
  pinterest_.lose_answers();
  end(Way::kDelete);
  advance(minutes{1});
  erase("u20");
  advance(minutes{40});
  EXPECT_EQ(there(), without(hashes(0, 22), {20}));
}

TEST_F(ErasureScenario, leaves_what_another_persons_job_owns) {
  begin();
  settings_.list->shared = true;
  apply(settings_);
  config::JobSettings other = settings_;
  other.name = other.label = "other";
  other.audience = "Others";
  person("x", {address(3)});
  enter("x", "Others");
  start(other);
  advance(minutes{6});
  verb("other", [](auto& jobs, auto& job) { return jobs.pause(job); });
  end(Way::kDelete);
  advance(minutes{6});
  erase("u3");
  erase("u4");
  advance(minutes{6});
  EXPECT_EQ(there(), hashes(0, 20)) << "a paused job keeps them waiting";
  EXPECT_EQ(store_->queue.erasures(list("other").row.number).rows, 1);
  verb("other", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{10});
  EXPECT_EQ(there(), hashes(3, 4)) << "it has taken over the others, whom it does not want";
}

TEST_F(ErasureScenario, waits_while_a_job_is_paused_and_can_be_counted) {
  begin();
  verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
  settle();
  erase("u1");
  erase("u2");
  leave("u3");
  advance(minutes{30}, minutes{1});
  EXPECT_EQ(there(), hashes(0, 20));
  const auto waiting = store_->queue.erasures(list().row.number);
  EXPECT_EQ(waiting.rows, 2);
  EXPECT_EQ(from_millis(waiting.oldest), kNoon + minutes{6});
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{10});
  EXPECT_EQ(there(), without(hashes(0, 20), {1, 2, 3}));
}

TEST_F(ErasureScenario, is_found_when_the_log_no_longer_reaches_back) {
  options_.left_page = 3;
  begin();
  end(Way::kDelete);
  settle();
  advance(minutes{1});
  erase("u6");
  erase("u17");
  // As if the service had not run until the log was trimmed.
  engine_->drain();
  store_->begin();
  auto left = store_->left.all().at(0);
  left.cursor = -1;
  store_->left.put(left);
  ASSERT_TRUE(store_->commit().ok());
  restart_process();
  advance(minutes{10});
  EXPECT_EQ(there(), without(hashes(0, 20), {6, 17}));
}

TEST_F(ErasureScenario, rows_are_taken_over_by_a_job_that_takes_the_list_up_again) {
  begin();
  end(Way::kDelete);
  advance(minutes{6});
  start(settings_);
  advance(minutes{6});
  EXPECT_TRUE(store_->left.all().empty());
  EXPECT_EQ(there(), hashes(0, 20));
  EXPECT_EQ(list().row.present, 20);
  writes();
  erase("u3");
  advance(minutes{10});
  EXPECT_EQ(there(), without(hashes(0, 20), {3}));
  EXPECT_EQ(writes().size(), 1u) << "once";
}

TEST_F(ErasureScenario, ends_with_a_list_that_is_gone) {
  begin();
  end(Way::kDelete);
  advance(minutes{6});
  ASSERT_TRUE(world_.lists().erase(id_));
  erase("u3");
  advance(minutes{10});
  EXPECT_TRUE(engine_->core().lists.empty());
  EXPECT_TRUE(store_->left.all().empty());
}

TEST_F(ErasureScenario, asks_nothing_of_pinterest_while_nobody_is_to_be_erased) {
  begin();
  end(Way::kDelete);
  advance(minutes{6});
  const size_t before = pinterest_.seen.size();
  advance(hours{30}, minutes{10});
  EXPECT_EQ(pinterest_.seen.size(), before);
}

}  // namespace
}  // namespace pinrelay::scenarios
