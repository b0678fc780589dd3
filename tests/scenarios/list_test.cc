// AC-45, AC-60, AC-64: the list itself, and what can happen to it.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;
using sim::FaultKind;
using store::JobState;

class ListScenario : public Scenario {
 protected:
  size_t lists_at_pinterest() { return world_.lists().all().size(); }
};

TEST_F(ListScenario, a_new_list_is_named_prefix_audience_seconds_and_made_with_the_first_batch) {
  config::JobSettings settings = job_settings();
  settings.list_prefix = "Lytics";
  enter("nobody");  // no address: nothing to create a list with
  start(settings);
  advance(hours{1}, minutes{1});
  EXPECT_EQ(lists_at_pinterest(), 0u) << "Pinterest refuses an empty list";
  members(0, 3);
  advance(minutes{5});
  ASSERT_EQ(lists_at_pinterest(), 1u);
  const int64_t made = to_millis(kNoon + hours{1} + minutes{5}) / 1000;
  EXPECT_EQ(world_.lists().all().begin()->second.name, fmt::format("Lytics Readers {}", made));
}

TEST_F(ListScenario, a_process_that_dies_before_the_answer_finds_its_list_by_name) {
  members(0, 3);
  pinterest_.hold(true);
  start(job_settings());
  ASSERT_EQ(lists_at_pinterest(), 1u);
  restart_process();
  pinterest_.hold(false);
  advance(minutes{30});
  EXPECT_EQ(lists_at_pinterest(), 1u);
  EXPECT_EQ(list().row.id, world_.lists().all().begin()->first);
  EXPECT_EQ(on_list(), hashes(0, 3));
}

TEST_F(ListScenario, a_create_that_was_never_made_is_repeated_only_after_the_settle_time) {
  members(0, 3);
  fault(FaultKind::kInternalError, 1, false, "POST");
  start(job_settings());
  advance(minutes{19}, seconds{10});
  EXPECT_EQ(writes().size(), 1u) << "it may still appear";
  advance(minutes{7}, seconds{10});
  EXPECT_EQ(writes().size(), 1u);
  EXPECT_EQ(lists_at_pinterest(), 1u);
  EXPECT_EQ(on_list(), hashes(0, 3));
}

// Whatever question Pinterest refuses to answer is asked again now and then, not as fast as we can.
TEST_F(ListScenario, a_refused_question_is_asked_again_after_a_minute) {
  members(0, 3);
  fault(FaultKind::kInternalError, 1, true, "POST");
  sim::FaultRule rule;
  rule.method = "GET";
  rule.path_part = "customer_lists";
  rule.count = 3;
  rule.fault.kind = FaultKind::kTooLarge;
  world_.faults().add_rule(rule);
  start(job_settings());
  advance(seconds{90});
  size_t questions = 0;
  for (const SeenRequest& request : pinterest_.seen)
    questions += request.path.find("customer_lists?") != std::string::npos;
  EXPECT_EQ(questions, 2u);
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(0, 3)) << "and found in the end";
}

TEST_F(ListScenario, its_states_at_pinterest_are_seen_within_a_poll) {
  members(0, 120);
  start(job_settings());
  advance(seconds{10});
  EXPECT_EQ(list().row.status, "PROCESSING");
  const std::string id = list().row.id;
  world_.lists().find(id)->forced_status = "TOO_SMALL";
  advance(minutes{5}, seconds{30});
  EXPECT_EQ(list().row.status, "TOO_SMALL");
  world_.lists().find(id)->forced_status = "READY";
  advance(hours{1}, minutes{1});
  EXPECT_EQ(list().row.status, "READY");
}

TEST_F(ListScenario, one_that_is_gone_fails_the_job_and_resuming_begins_another) {
  members(0, 10);
  start(job_settings());
  ASSERT_TRUE(world_.lists().erase(list().row.id));
  members(10, 11);
  advance(minutes{5});
  EXPECT_EQ(job().row.state, JobState::kFailed);
  EXPECT_EQ(job().row.reason_code, "list_gone");
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  EXPECT_EQ(job().row.state, JobState::kRunning);
  EXPECT_EQ(on_list(), hashes(0, 11)) << "with a ledger of its own";
}

TEST_F(ListScenario, another_list_chosen_by_apply_resumes_a_failed_job) {
  const std::string id = existing_list({hash_of("stranger@example.org")});
  members(0, 10);
  start(job_settings());
  world_.lists().erase(list().row.id);
  members(10, 11);
  advance(minutes{5});
  ASSERT_EQ(job().row.state, JobState::kFailed);
  config::JobSettings settings = job_settings();
  settings.list = config::ExistingList{id, config::ListType::kEmail, false};
  apply(settings);
  advance(minutes{6});
  auto expected = hashes(0, 11);
  expected.insert(hash_of("stranger@example.org"));
  EXPECT_EQ(on_list(), expected) << "what was there before us stays";
}

TEST_F(ListScenario, a_request_that_is_too_large_shrinks_and_the_size_is_remembered) {
  world_.options().records_max = 600;
  members(0, 2'000);
  start(job_settings());
  advance(minutes{10});
  EXPECT_EQ(on_list(), hashes(0, 2'000));
  EXPECT_EQ(list().row.records_max, 500u);
  writes();
  restart_process();
  members(2'000, 3'000);
  advance(minutes{10});
  for (const SeenRequest& request : writes()) EXPECT_LE(request.records, 500u);
  EXPECT_EQ(on_list(), hashes(0, 3'000));
}

TEST_F(ListScenario, one_bad_record_is_isolated_rejected_and_left_alone_until_something_changes) {
  world_.bad_records().insert(hash_of(address(77)));
  members(0, 1'000);
  start(job_settings());
  advance(minutes{10});
  auto expected = hashes(0, 1'000);
  expected.erase(hash_of(address(77)));
  EXPECT_EQ(on_list(), expected);
  EXPECT_EQ(reason_count(Reason::kRejectedByPinterest), 1);
  EXPECT_LE(writes().size(), 28u);
  advance(hours{24}, minutes{5});
  EXPECT_TRUE(writes().empty()) << "not sent again";
  world_.bad_records() = sim::HashSet();
  verb("readers", [](auto& jobs, auto& job) -> Result<void> {
    EXPECT_EQ(TRY(jobs.retry(job)).again, 1);
    return {};
  });
  settle();
  EXPECT_EQ(on_list(), hashes(0, 1'000));
}

TEST_F(ListScenario, a_retry_counts_a_person_with_two_identifiers_once) {
  for (const int i : {1, 2}) world_.bad_records().insert(hash_of(address(i)));
  person("both", {address(1), address(2)});
  enter("both");
  members(10, 13);
  start(job_settings());
  advance(minutes{10});
  ASSERT_EQ(on_list(), hashes(10, 13));
  ASSERT_EQ(total().rejected, 1);
  const int64_t considered = total().considered;
  world_.bad_records() = sim::HashSet();
  verb("readers", [](auto& jobs, auto& job) -> Result<void> {
    EXPECT_EQ(TRY(jobs.retry(job)).again, 2) << "identifiers";
    return {};
  });
  settle();
  EXPECT_EQ(on_list().size(), 5U);
  EXPECT_EQ(total().considered, considered + 1);
  EXPECT_EQ(total().added, 4);
}

TEST_F(ListScenario, a_rejected_person_is_sent_again_when_the_address_changes) {
  world_.bad_records().insert(hash_of(address(1)));
  members(0, 3);
  start(job_settings());
  advance(minutes{10});
  person("u1", {address(50)});
  advance(minutes{5});
  auto expected = hashes(0, 1);
  expected.merge(hashes(2, 3));
  expected.merge(hashes(50, 51));
  EXPECT_EQ(on_list(), expected);
}

TEST_F(ListScenario, when_everything_is_refused_the_job_fails_and_resuming_goes_on) {
  members(0, 200);
  start(job_settings());
  for (int i = 200; i < 1'000; ++i) world_.bad_records().insert(hash_of(address(i)));
  members(200, 1'000);
  writes();
  advance(minutes{30});
  EXPECT_EQ(job().row.state, JobState::kFailed);
  EXPECT_EQ(job().row.reason_code, "batch_refused");
  EXPECT_EQ(writes().size(), 28u);
  world_.bad_records() = sim::HashSet();
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(minutes{6});
  verb("readers", [](auto& jobs, auto& job) -> Result<void> {
    TRY(jobs.retry(job));
    return {};
  });
  settle();
  EXPECT_EQ(on_list(), hashes(0, 1'000));
}

TEST_F(ListScenario, an_emptied_job_stays_until_no_earlier_removal_can_take_effect) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  fault(FaultKind::kCutAfterBody, 1, false);
  verb("readers", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{5});
  EXPECT_EQ(on_list(), hashes(0, 0));
  EXPECT_NE(engine_->jobs().find("readers"), nullptr) << "the list could be named again at once";
  advance(minutes{20});
  EXPECT_EQ(engine_->jobs().find("readers"), nullptr);
}

TEST_F(ListScenario, two_jobs_share_one_and_it_holds_the_union) {
  const std::string id = existing_list({});
  config::JobSettings one = job_settings("one"), two = job_settings("two");
  one.list = two.list = config::ExistingList{id, config::ListType::kEmail, true};
  two.audience = "Buyers";
  members(0, 10);
  for (int i = 5; i < 15; ++i) {
    person(fmt::format("u{}", i), {address(i)});
    enter(fmt::format("u{}", i), "Buyers");
  }
  start(one);
  start(two);
  advance(minutes{6});
  EXPECT_EQ(on_list("one"), hashes(0, 15));
  leavers(0, 10);
  advance(minutes{6});
  EXPECT_EQ(on_list("one"), hashes(5, 15)) << "whom the other audience keeps stay";
}

TEST_F(ListScenario, naming_the_list_that_a_job_has_or_another_authorization_is_no_move) {
  members(0, 3);
  start(job_settings());
  config::JobSettings settings = job_settings();
  settings.list = config::ExistingList{list().row.id, config::ListType::kEmail, false};
  apply(settings);
  advance(minutes{6});
  settings.authorization = "other";
  apply(settings);
  authorization_.name = "other";  // as in the configuration that the next process reads
  restart_process();
  members(3, 4);
  advance(minutes{6});
  EXPECT_EQ(lists_at_pinterest(), 1u);
  EXPECT_EQ(on_list(), hashes(0, 4));
  EXPECT_EQ(list().row.authorization, "other");
}

TEST_F(ListScenario, a_job_that_goes_while_another_runs_leaves_the_other_alone) {
  members(0, 3);
  start(job_settings("a"));
  start(job_settings("b"));
  advance(minutes{6});
  const std::string id = list("b").row.id;
  verb("b", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{6});
  EXPECT_EQ(engine_->jobs().find("b"), nullptr);
  EXPECT_EQ(world_.members(id)->size(), 0u);
  EXPECT_EQ(on_list("a"), hashes(0, 3));
}

TEST_F(ListScenario, emptying_it_drops_what_is_queued_whatever_the_brake) {
  config::JobSettings settings = job_settings();
  settings.brake = {.enabled = true, .percent = 20, .people = 1'000};
  members(0, 3'000);
  start(settings);
  advance(minutes{6});
  writes();
  const std::string id = list().row.id;
  members(3'000, 5'000);
  settle();
  verb("readers", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{30});
  for (const SeenRequest& request : writes()) EXPECT_EQ(request.operation, "REMOVE");
  EXPECT_EQ(engine_->jobs().find("readers"), nullptr);
  EXPECT_EQ(world_.members(id)->size(), 0u);
}

TEST_F(ListScenario, a_deleted_job_leaves_it_or_first_takes_everyone_off) {
  members(0, 10);
  start(job_settings());
  const std::string id = list().row.id;
  verb("readers", [](auto& jobs, auto& job) { return jobs.remove(job, true); });
  advance(minutes{6});
  EXPECT_EQ(engine_->jobs().find("readers"), nullptr);
  EXPECT_EQ(world_.members(id)->size(), 0u);
  start(job_settings("second"));
  const std::string second = list("second").row.id;
  verb("second", [](auto& jobs, auto& job) { return jobs.remove(job, false); });
  advance(minutes{6});
  EXPECT_EQ(world_.members(second)->size(), 10u);
}

TEST_F(ListScenario, refusals_that_pass_leave_no_innocent_rejected) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  for (int i = 3; i < 60; ++i) world_.bad_records().insert(hash_of(address(i)));
  members(3, 60);
  advance(minutes{20});
  ASSERT_EQ(job().row.reason_code, "batch_refused");
  world_.bad_records() = sim::HashSet();
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  advance(hours{1}, minutes{1});
  EXPECT_EQ(on_list(), hashes(0, 60));
}

TEST_F(ListScenario, when_even_single_records_are_too_large_the_job_fails_and_resuming_goes_on) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  fault(FaultKind::kTooLarge, sim::kForever);
  members(3, 60);
  advance(minutes{20});
  ASSERT_EQ(job().row.reason_code, "batch_refused");
  world_.faults().clear();
  verb("readers", [](auto& jobs, auto& job) { return jobs.resume(job); });
  writes();
  advance(hours{1}, minutes{1});
  EXPECT_EQ(on_list(), hashes(0, 60));
  EXPECT_LE(writes().size(), 8u) << "the size of a request is learned anew";
}

TEST_F(ListScenario, a_retried_record_is_counted_like_any_other_change) {
  members(0, 3);
  start(job_settings());
  advance(minutes{6});
  fault(FaultKind::kTooLarge);
  members(3, 4);
  advance(minutes{6});
  ASSERT_EQ(total().rejected, 1);
  verb("readers", [](auto& jobs, auto& job) -> Result<void> {
    TRY(jobs.retry(job));
    return {};
  });
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(0, 4));
  EXPECT_EQ(total().added, 4);
  EXPECT_EQ(total().pending, 0);
  EXPECT_FALSE(store_->runs.get(0).has_value());
}

}  // namespace
}  // namespace pinrelay::scenarios
