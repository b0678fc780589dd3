// AC-51 … AC-56, AC-61 … AC-63: when what is sent.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;

class QueueScenario : public Scenario {};

TEST_F(QueueScenario, of_25000_members_the_24000_with_an_address_are_on_the_list) {
  members(0, 24'000);
  for (int i = 24'000; i < 25'000; ++i) enter(fmt::format("u{}", i));
  settle();
  start(job_settings());
  EXPECT_EQ(on_list(), hashes(0, 24'000));
  EXPECT_EQ(reason_count(Reason::kMissingIdentifier), 1'000);
  const auto sent = writes();
  ASSERT_EQ(sent.size(), 3u) << "10,000 records at a time";
  EXPECT_EQ(sent[0].operation, "CREATE");
  EXPECT_EQ(sent[1].operation, "ADD");
}

TEST_F(QueueScenario, three_enters_and_two_exits_wait_five_minutes_and_go_as_one_add_and_one_remove) {
  members(0, 10);
  start(job_settings());
  writes();
  for (int i = 0; i < 5; ++i) {  // from 12:00:00 to 12:00:08
    i < 3 ? members(10 + i, 11 + i) : leavers(i, i + 1);
    advance(seconds{2});
  }
  EXPECT_EQ(engine_->sending().queued_users(list()), 5);
  EXPECT_EQ(*engine_->sending().due_at(list()), kNoon + minutes{5});
  advance(kNoon + minutes{5} - seconds{1} - now());
  EXPECT_TRUE(writes().empty()) << "before 12:05:00";
  advance(seconds{15});
  const auto sent = writes();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].operation, "ADD");
  EXPECT_EQ(sent[0].records, 3u);
  EXPECT_EQ(sent[0].at, kNoon + minutes{5});
  EXPECT_EQ(sent[1].operation, "REMOVE");
  EXPECT_EQ(sent[1].records, 2u);
  auto expected = hashes(0, 13);
  expected.erase(hash_of(address(3)));
  expected.erase(hash_of(address(4)));
  EXPECT_EQ(on_list(), expected);
}

TEST_F(QueueScenario, with_an_empty_queue_nothing_is_called) {
  members(0, 10);
  start(job_settings());
  writes();
  advance(hours{24}, minutes{1});
  EXPECT_TRUE(writes().empty());
}

TEST_F(QueueScenario, ten_thousand_people_flush_at_once_and_one_fewer_waits) {
  start(job_settings());
  members(0, 9'999);
  advance(seconds{60});
  EXPECT_TRUE(writes().empty());
  members(9'999, 10'000);
  settle();
  const auto sent = writes();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].records, 10'000u);
}

TEST_F(QueueScenario, people_are_counted_and_not_their_addresses) {
  start(job_settings());
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = fmt::format("u{}", i);
    person(key, {address(i), address(10'000 + i), address(20'000 + i)});
    enter(key);
  }
  advance(minutes{4});
  EXPECT_EQ(engine_->sending().queued_users(list()), 5'000);
  EXPECT_TRUE(writes().empty()) << "15,000 identifiers, but 5,000 people";
  advance(minutes{1});
  EXPECT_EQ(on_list().size(), 15'000u);
}

TEST_F(QueueScenario, after_random_changes_and_flushes_the_list_is_always_the_audience) {
  SeededRandom dice(54);
  std::set<int> inside;
  for (int i = 0; i < 2'000; ++i) person(fmt::format("u{}", i), {address(i)});
  start(job_settings());
  for (int change = 0; change < 20'000; ++change) {
    const int i = static_cast<int>(dice.below(2'000));
    const std::string key = fmt::format("u{}", i);
    if (inside.contains(i)) {
      leave(key), inside.erase(i);
    } else {
      enter(key), inside.insert(i);
    }
    if (dice.below(100) != 0) continue;
    advance(seconds{1 + static_cast<int64_t>(dice.below(90))}, seconds{30});
    if (dice.chance(50)) verb("readers", [](auto& jobs, auto& job) { return jobs.flush(job); });
  }
  advance(minutes{6});
  std::set<Hash> expected;
  for (const int i : inside) expected.insert(hash_of(address(i)));
  EXPECT_EQ(on_list(), expected);
}

TEST_F(QueueScenario, who_enters_and_leaves_within_a_window_is_never_sent) {
  members(0, 5);
  start(job_settings());
  writes();
  members(5, 6);
  leavers(0, 1);
  advance(minutes{2});
  leavers(5, 6);
  enter("u0");
  advance(minutes{30});
  EXPECT_TRUE(writes().empty());
  EXPECT_EQ(on_list(), hashes(0, 5));
  EXPECT_EQ(reason_count(Reason::kNoChange), 4) << "two changes, and two that took them back";
}

TEST_F(QueueScenario, a_queue_of_7000_survives_the_process_and_is_due_when_it_was) {
  start(job_settings());
  members(0, 7'000);
  settle();
  advance(minutes{3});
  restart_process();
  advance(minutes{2} - seconds{1});
  EXPECT_TRUE(writes().empty());
  advance(seconds{1});
  const auto sent = writes();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].at, kNoon + minutes{5});
  EXPECT_EQ(on_list(), hashes(0, 7'000));
}

TEST_F(QueueScenario, a_pause_collects_and_resuming_sends_the_net_difference) {
  members(0, 10);
  start(job_settings());
  writes();
  verb("readers", [](auto& jobs, auto& job) { return jobs.pause(job); });
  members(10, 12);
  leavers(0, 2);
  advance(hours{1}, minutes{1});
  members(0, 1);
  leavers(10, 11);
  advance(hours{1}, minutes{1});
  EXPECT_TRUE(writes().empty());
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  size_t records = 0;
  for (const SeenRequest& request : writes()) records += request.records;
  EXPECT_EQ(records, 2u) << "one in, one out";
  auto expected = hashes(2, 10);
  expected.merge(hashes(0, 1));
  expected.merge(hashes(11, 12));
  EXPECT_EQ(on_list(), expected);
}

TEST_F(QueueScenario, a_shared_address_leaves_once_with_its_last_owner) {
  person("a", {address(1)});
  person("b", {address(1)});
  enter("a"), enter("b");
  start(job_settings());
  writes();
  leave("a");
  advance(minutes{30});
  EXPECT_TRUE(writes().empty());
  EXPECT_EQ(reason_count(Reason::kSharedIdentifier), 2) << "who came second, and who left first";
  leave("b");
  advance(minutes{30});
  EXPECT_EQ(writes().size(), 1u);
  EXPECT_TRUE(on_list().empty());
}

TEST_F(QueueScenario, a_changed_address_is_removed_and_added_in_one_flush) {
  members(1, 2);
  start(job_settings());
  writes();
  person("u1", {address(2)});
  advance(minutes{5});
  const auto sent = writes();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].at, sent[1].at);
  EXPECT_EQ(on_list(), hashes(2, 3));
}

TEST_F(QueueScenario, late_and_several_addresses_are_followed) {
  enter("late");
  person("many", {address(1), address(2), address(3)});
  enter("many");
  start(job_settings());
  EXPECT_EQ(on_list(), hashes(1, 4));
  person("late", {address(9)});
  person("many", {address(1), address(3)});
  advance(minutes{5});
  EXPECT_EQ(on_list(), (std::set<Hash>{hash_of(address(1)), hash_of(address(3)), hash_of(address(9))}));
  leave("many");
  advance(minutes{5});
  EXPECT_EQ(on_list(), hashes(9, 10));
}

// Pages so small that the scan and the merge take many steps, with changes between them.
TEST_F(QueueScenario, changes_during_the_backfill_meet_it_without_a_gap) {
  options_.scan_page = 500;
  members(0, 20'000);
  settle();
  config::JobSettings settings = job_settings();
  settings.records_per_request = 1'000;
  apply(settings);
  verb("readers", [](auto& jobs, auto& job) { return jobs.start(job); });
  for (int round = 0; round < 100; ++round) {
    for (int step = 0; step < 2; ++step) ASSERT_TRUE(engine_->run_once().ok());
    Bytes rows;
    store::ChangeWriter writer(rows);
    for (int i = 0; i < 50; ++i) {
      const auto add = [&](store::ChangeType type, int number) {
        writer.begin(type, to_millis(now()), fmt::format("u{}", number),
                     type == store::ChangeType::kProfile ? "" : "Readers");
        if (type == store::ChangeType::kProfile)
          writer.field("email", store::ValueType::kString, address(number));
        writer.end();
      };
      add(store::ChangeType::kExit, round * 200 + i);
      add(store::ChangeType::kProfile, 20'000 + round * 50 + i);
      add(store::ChangeType::kEnter, 20'000 + round * 50 + i);
    }
    store_->inbox().append(std::move(rows), [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
  }
  advance(minutes{6});
  std::set<Hash> expected = hashes(0, 25'000);
  for (int round = 0; round < 100; ++round)
    for (int i = 0; i < 50; ++i) expected.erase(hash_of(address(round * 200 + i)));
  EXPECT_EQ(on_list(), expected);
}

TEST_F(QueueScenario, who_is_queued_when_consent_begins_to_be_asked_for_is_not_sent_without_it) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  writes();
  members(3, 10);
  settle();
  config::JobSettings settings = job_settings();
  settings.consent_field = "advertising";
  apply(settings);
  advance(minutes{20});
  for (const SeenRequest& request : writes()) EXPECT_EQ(request.operation, "REMOVE");
  EXPECT_TRUE(on_list().empty());
}

TEST_F(QueueScenario, only_people_who_consent_are_sent) {
  config::JobSettings settings = job_settings();
  settings.consent_field = "advertising";
  members(0, 3);
  field("u0", "advertising", "true");
  field("u1", "advertising", "false");
  settle();
  start(settings);
  EXPECT_EQ(on_list(), hashes(0, 1));
  EXPECT_EQ(reason_count(Reason::kNoConsent), 2);
  field("u0", "advertising", "no");
  field("u2", "advertising", "yes");
  advance(minutes{5});
  EXPECT_EQ(on_list(), hashes(2, 3)) << "withdrawn is an exit, granted an enter";
}

}  // namespace
}  // namespace pinrelay::scenarios
