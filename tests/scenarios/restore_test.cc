// After a restore nothing goes by itself that may have been sent after the backup and counted twice.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;

struct Restore : Scenario {
  uint64_t effective() { return world_.conversions().total().effective; }
  void do_verb(Result<void> (exports::Jobs::*what)(exports::Job&), const std::string& name = "orders") {
    verb(name, [&](exports::Jobs& jobs, exports::Job& job) { return (jobs.*what)(job); });
  }
  void resume(const std::string& name = "orders") {
    do_verb(&exports::Jobs::resume, name);
    settle();
  }
  int64_t held() { return exports::held_events(*store_, job("orders")); }
  bool undecided() { return exports::undecided(job("orders")); }
  config::JobSettings offline() const {
    config::JobSettings settings = conversion_settings();
    settings.conversions.action_source_default = "offline";
    return settings;
  }
  // Frozen before the backup, sent after it.
  void sell_and_lose(const config::JobSettings& settings) {
    start(settings);
    tokens_.text.reset();
    for (int i = 0; i < 3; ++i) buys(i, fmt::format("o{}", i));
    settle();
    backup();
    tokens_.text = "pina_sim";
    settle();
    ASSERT_EQ(effective(), 3U);
  }
};

TEST_F(Restore, young_web_events_of_a_young_backup_go_by_themselves) {
  sell_and_lose(conversion_settings());
  restore();
  resume();
  EXPECT_EQ(effective(), 3U);  // Pinterest recognises them
  EXPECT_EQ(total("orders").added, 3);
  EXPECT_FALSE(undecided());
}

TEST_F(Restore, offline_events_are_held_until_a_person_releases_them) {
  sell_and_lose(offline());
  restore();
  EXPECT_EQ(held(), 3);
  resume();
  buys(10, "o10");
  settle();
  EXPECT_EQ(effective(), 4U);  // the new one
  EXPECT_TRUE(undecided());
  EXPECT_TRUE(engine_->idle());
  restart_process();
  settle();
  EXPECT_EQ(effective(), 4U);
  do_verb(&exports::Jobs::release);
  settle();
  EXPECT_EQ(effective(), 7U);
  EXPECT_EQ(total("orders").added, 4);
  EXPECT_FALSE(undecided());
}

TEST_F(Restore, discarded_events_stay_claimed) {
  sell_and_lose(offline());
  restore();
  do_verb(&exports::Jobs::discard);
  settle();
  resume();
  EXPECT_EQ(effective(), 3U);
  EXPECT_EQ(total("orders").uncertain, 3);
  EXPECT_EQ(total("orders").pending, 0);
  EXPECT_FALSE(undecided());
  for (int i = 0; i < 3; ++i) leave(fmt::format("u{}", i), "Buyers");
  settle();
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 3);
  EXPECT_EQ(effective(), 3U);
}

TEST_F(Restore, events_that_turn_an_hour_old_before_they_go_are_held) {
  sell_and_lose(conversion_settings());
  restore();
  EXPECT_EQ(held(), 0);
  advance(hours{2}, minutes{1});
  resume();
  EXPECT_EQ(held(), 3);
  EXPECT_EQ(effective(), 3U);
  EXPECT_EQ(world_.conversions().total().duplicates, 0U);
}

TEST_F(Restore, of_an_old_backup_everything_is_held) {
  config::JobSettings settings = conversion_settings();
  start(settings);
  tokens_.text.reset();
  // A time in the future keeps the events young.
  backup();
  for (int i = 0; i < 3; ++i) {
    field(fmt::format("u{}", i), "at", format_rfc3339(now()));
    buys(i, fmt::format("o{}", i));
  }
  settle();
  backup();
  advance(hours{21}, minutes{10});
  restore();
  EXPECT_EQ(held(), 3);
  tokens_.text = "pina_sim";
  resume();
  EXPECT_EQ(effective(), 0U);
}

TEST_F(Restore, an_unfinished_scan_is_held_with_its_events) {
  for (int i = 0; i < 40; ++i) buys(i, fmt::format("o{}", i));
  settle();
  options_.scan_page = 7;
  restart_process();
  config::JobSettings settings = offline();
  settings.conversions.existing_users = true;
  apply(settings);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.start(job); });
  tokens_.text.reset();
  ASSERT_TRUE(engine_->run_once().ok());
  ASSERT_EQ(job("orders").row.bulk, store::BulkKind::kBackfill);
  backup();
  restore();
  tokens_.text = "pina_sim";
  resume();
  EXPECT_EQ(effective(), 0U);
  EXPECT_TRUE(engine_->idle());
  EXPECT_EQ(job("orders").row.bulk, store::BulkKind::kBackfill);
  do_verb(&exports::Jobs::release);
  settle();
  EXPECT_EQ(effective(), 40U);
  EXPECT_EQ(world_.conversions().total().duplicates, 0U);
}

TEST_F(Restore, a_discarded_scan_ends_and_newcomers_are_sent) {
  for (int i = 0; i < 40; ++i) buys(i, fmt::format("o{}", i));
  settle();
  options_.scan_page = 7;
  restart_process();
  config::JobSettings settings = offline();
  settings.conversions.existing_users = true;
  apply(settings);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.start(job); });
  tokens_.text.reset();
  ASSERT_TRUE(engine_->run_once().ok());
  backup();
  restore();
  tokens_.text = "pina_sim";
  resume();
  do_verb(&exports::Jobs::discard);
  buys(50, "o50");
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(job("orders").row.bulk, store::BulkKind::kNone);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Restore, a_claim_does_not_pass_on_from_what_is_held) {
  config::JobSettings settings = offline();
  sell_and_lose(settings);
  restore();
  config::JobSettings other = settings;
  other.name = other.label = "other";
  start(other);
  resume();
  for (int i = 0; i < 3; ++i) buys(10 + i, fmt::format("o{}", i));  // delivered again, to both jobs
  settle();
  EXPECT_EQ(effective(), 3U);
  do_verb(&exports::Jobs::discard);
  settle();
  EXPECT_EQ(effective(), 3U);
  EXPECT_EQ(total("orders").pending + total("other").pending, 0);
}

TEST_F(Restore, what_is_held_ages_and_may_have_been_sent) {
  sell_and_lose(offline());
  restore();
  resume();
  advance(hours{24 * 8}, hours{1});
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(total("orders").uncertain, 3);
  EXPECT_FALSE(undecided());
}

TEST_F(Restore, deleted_people_and_a_stopped_job_leave_it_uncertain) {
  sell_and_lose(offline());
  restore();
  erase("u1");
  settle();
  EXPECT_EQ(total("orders").uncertain, 1);
  do_verb(&exports::Jobs::stop);
  settle();
  EXPECT_EQ(total("orders").uncertain, 3);
  start(conversion_settings("again"));
  leave("u2", "Buyers");
  settle();
  EXPECT_EQ(effective(), 3U);
}

TEST_F(Restore, with_nothing_held_there_is_nothing_to_decide) {
  start(conversion_settings());
  backup();
  restore();
  resume();
  EXPECT_FALSE(undecided());
  const Result<void> done = engine_->transact([&] { return engine_->jobs().release(job("orders")); });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, "nothing_held");
}

TEST_F(Restore, a_second_restore_holds_what_came_in_between) {
  sell_and_lose(offline());
  restore();
  resume();
  tokens_.text.reset();
  buys(10, "o10");
  settle();
  backup();
  restore();
  EXPECT_EQ(held(), 4);
}

TEST_F(Restore, withdrawn_consent_ends_what_is_held) {
  config::JobSettings settings = offline();
  settings.consent_field = "ads";
  for (int i = 0; i < 3; ++i) field(fmt::format("u{}", i), "ads", "true");
  sell_and_lose(settings);
  restore();
  resume();
  field("u1", "ads", "false");
  settle();
  EXPECT_EQ(held(), 2);
  EXPECT_EQ(total("orders").uncertain, 1);
  do_verb(&exports::Jobs::release);
  settle();
  EXPECT_EQ(effective(), 5U);  // two of them twice, as the person who released them wanted
}

TEST_F(Restore, test_mode_and_a_restore_hold_together) {
  sell_and_lose(offline());
  restore();
  resume();
  config::JobSettings settings = offline();
  settings.conversions.test_mode = true;
  apply(settings);
  do_verb(&exports::Jobs::release);
  settle();
  EXPECT_EQ(effective(), 3U);
  EXPECT_EQ(held(), 3);
  apply(offline());
  settle();
  EXPECT_EQ(effective(), 6U);
}

TEST_F(Restore, a_member_who_leaves_before_a_held_scan_goes_on_is_held_too) {
  for (int i = 0; i < 40; ++i) buys(i, fmt::format("o{}", i));
  settle();
  options_.scan_page = 7;
  restart_process();
  config::JobSettings settings = offline();
  settings.conversions.existing_users = true;
  settings.conversions.membership_events = config::MembershipEvents::kEnters;
  apply(settings);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.start(job); });
  tokens_.text.reset();
  ASSERT_TRUE(engine_->run_once().ok());
  backup();
  restore();
  tokens_.text = "pina_sim";
  resume();
  for (int i = 0; i < 40; ++i) leave(fmt::format("u{}", i), "Buyers");
  settle();
  EXPECT_EQ(effective(), 0U);
  do_verb(&exports::Jobs::discard);
  settle();
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Restore, refused_events_are_held_once_they_are_sent_again) {
  start(offline());
  for (int i = 0; i < 8; ++i) {
    world_.bad_events().add(fmt::format("o{}", i), sim::Refusal::kWholeBody);
    buys(i, fmt::format("o{}", i));
  }
  settle();
  ASSERT_EQ(job("orders").row.state, store::JobState::kFailed);
  world_.bad_events().clear();
  backup();
  resume();
  ASSERT_EQ(effective(), 8U);
  restore();
  resume();
  EXPECT_EQ(effective(), 8U);
  EXPECT_EQ(world_.conversions().total().duplicates, 0U);
  EXPECT_EQ(held(), 8);
}

}  // namespace
}  // namespace pinrelay::scenarios
