// Conversions: every enter and exit becomes one true conversion (AC-25 … AC-41).
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;

struct Conversions : Scenario {
  uint64_t effective() { return world_.conversions().total().effective; }
  std::string sent_bytes(const std::string& order) {
    const sim::Conversion* found = conversion(order);
    return found == nullptr ? "" : to_hex(found->bytes);
  }
  // A job with 40 members from before, of whom the scan has met the first few.
  void begin_scan() {
    for (int i = 0; i < 40; ++i) buys(i, fmt::format("o{}", i));
    settle();
    options_.scan_page = 7;
    restart_process();
    config::JobSettings settings = conversion_settings();
    settings.conversions.existing_users = true;
    apply(settings);
    verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.start(job); });
    ASSERT_TRUE(engine_->run_once().ok());
  }
  void bad(const std::string& order, sim::Refusal refusal) { world_.bad_events().add(order, refusal); }
};

TEST_F(Conversions, an_enter_is_sent_at_once) {
  start(conversion_settings());
  buys(1, "o1");
  settle();
  const auto requests = writes();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].path, fmt::format("/ad_accounts/{}/events", kAdAccount));
  ASSERT_NE(conversion("o1"), nullptr);
  EXPECT_EQ(conversion("o1")->effective, 1U);
  EXPECT_EQ(conversion("o1")->event_time, to_millis(now()) / 1000);
  EXPECT_EQ(total("orders").added, 1);
}

TEST_F(Conversions, members_from_before_are_sent_only_on_request) {
  for (int i = 0; i < 50; ++i) buys(i, fmt::format("o{}", i));
  settle();
  start(conversion_settings("quiet"));
  EXPECT_EQ(effective(), 0U);
  config::JobSettings all = conversion_settings("all");
  all.conversions.existing_users = true;
  start(all);
  EXPECT_EQ(effective(), 50U);
  buys(50, "o50");
  settle();
  EXPECT_EQ(effective(), 51U);
  EXPECT_EQ(total("all").added + total("quiet").added, 51);
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "all") + reason_count(Reason::kDuplicateEvent, "quiet"), 1);
}

TEST_F(Conversions, members_from_before_can_be_asked_for_later) {
  for (int i = 0; i < 50; ++i) buys(i, fmt::format("o{}", i));
  settle();
  start(conversion_settings());
  for (int i = 50; i < 60; ++i) buys(i, fmt::format("o{}", i));
  settle();
  EXPECT_EQ(effective(), 10U);
  config::JobSettings all = conversion_settings();
  all.conversions.existing_users = true;
  for (int again = 0; again < 2; ++again) {  // other settings ask for nobody again
    all.conversions.event_max_age += Millis{again};
    apply(all);
    settle();
    EXPECT_EQ(effective(), 60U);
    EXPECT_EQ(world_.conversions().total().duplicates, 0U);
    EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 10);
  }
}

TEST_F(Conversions, another_audience_is_scanned_too) {
  buys(1, "o1");
  enter("u2", "Others");
  field("u2", "email", "u2@example.org");
  field("u2", "order", "o2");
  settle();
  config::JobSettings settings = conversion_settings();
  settings.conversions.existing_users = true;
  start(settings);
  EXPECT_EQ(effective(), 1U);
  settings.audience = "Others";
  apply(settings);
  settle();
  EXPECT_NE(conversion("o2"), nullptr);
  EXPECT_EQ(effective(), 2U);
}

TEST_F(Conversions, a_scan_that_is_switched_off_ends_and_another_one_begins_anew) {
  begin_scan();
  apply(conversion_settings());
  buys(40, "o40");
  settle();
  EXPECT_GT(effective(), 1U);
  EXPECT_LT(effective(), 41U);
  EXPECT_NE(conversion("o40"), nullptr);
  config::JobSettings all = conversion_settings();
  all.conversions.existing_users = true;
  apply(all);
  settle();
  EXPECT_EQ(effective(), 41U);
  EXPECT_EQ(world_.conversions().total().duplicates, 0U);
}

TEST_F(Conversions, nobody_awaits_a_scan_that_is_switched_off) {
  begin_scan();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  config::JobSettings enters = conversion_settings();
  enters.conversions.membership_events = config::MembershipEvents::kEnters;
  apply(enters);
  for (int i = 0; i < 40; ++i) {
    field(fmt::format("u{}", i), "order", fmt::format("x{}", i));
    leave(fmt::format("u{}", i), "Buyers");
  }
  settle();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(conversion(fmt::format("x{}", i)), nullptr) << i;
  EXPECT_LT(effective(), 40U);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Conversions, a_backfill_goes_in_full_bodies) {
  for (int i = 0; i < 2500; ++i) buys(i, fmt::format("o{}", i));
  settle();
  config::JobSettings settings = conversion_settings();
  settings.conversions.existing_users = true;
  start(settings);
  EXPECT_EQ(effective(), 2500U);
  EXPECT_EQ(writes().size(), 3U);
}

TEST_F(Conversions, people_who_come_and_go_during_the_scan_are_sent_once) {
  begin_scan();
  for (int i = 0; i < 20; ++i) {  // values change before they leave
    field(fmt::format("u{}", 2 * i), "order", fmt::format("x{}", 2 * i));
    leave(fmt::format("u{}", 2 * i), "Buyers");
  }
  for (int i = 40; i < 50; ++i) buys(i, fmt::format("o{}", i));
  settle();
  for (int i = 40; i < 50; ++i) EXPECT_EQ(conversion(fmt::format("o{}", i))->effective, 1U) << i;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(conversion(fmt::format("x{}", 2 * i))->effective, 1U) << i;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(conversion(fmt::format("o{}", 2 * i + 1))->effective, 1U) << i;
  EXPECT_EQ(world_.conversions().total().duplicates, 0U);
}

TEST_F(Conversions, who_enters_during_the_scan_is_not_met_by_it_too) {
  begin_scan();
  for (int i = 40; i < 80; ++i) buys(i, fmt::format("o{}", i));  // several pages of them
  settle();
  EXPECT_EQ(total("orders").considered, 80);
  EXPECT_EQ(total("orders").added, 80);
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 0);
}

TEST_F(Conversions, an_exit_carries_the_values_of_that_moment) {
  start(conversion_settings());
  buys(1, "o1");
  settle();
  field("u1", "order", "o2");
  leave("u1", "Buyers");
  field("u1", "order", "o3");
  settle();
  EXPECT_NE(conversion("o2"), nullptr);
  EXPECT_EQ(conversion("o3"), nullptr);
}

TEST_F(Conversions, the_setting_says_which_membership_events_count) {
  config::JobSettings enters = conversion_settings("enters"), exits = conversion_settings("exits");
  enters.conversions.membership_events = config::MembershipEvents::kEnters;
  exits.conversions.membership_events = config::MembershipEvents::kExits;
  exits.conversions.event_name_default = "lead";
  start(enters);
  start(exits);
  buys(1, "o1");
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
  EXPECT_EQ(conversion("o1", "lead"), nullptr);
  leave("u1", "Buyers");
  settle();
  EXPECT_NE(conversion("o1", "lead"), nullptr);
  EXPECT_EQ(effective(), 2U);
}

TEST_F(Conversions, the_same_event_again_is_omitted) {
  start(conversion_settings());
  buys(1, "o1");
  settle();
  leave("u1", "Buyers");
  settle();
  buys(2, "o1");
  settle();
  EXPECT_EQ(writes().size(), 1U);
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 2);
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Conversions, a_retry_sends_the_bytes_of_the_first_attempt) {
  start(conversion_settings());
  fault(sim::FaultKind::kInternalError, 1, true, "POST");
  buys(1, "o1");
  settle();
  ASSERT_NE(conversion("o1"), nullptr);
  const std::string first = sent_bytes("o1");
  field("u1", "email", "other@example.org");
  advance(minutes{10});
  EXPECT_EQ(sent_bytes("o1"), first);
  EXPECT_EQ(world_.conversions().violations().of(sim::ViolationKind::kOtherBytes), 0U);
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_GE(writes().size(), 2U);
}

TEST_F(Conversions, an_unknown_outcome_is_uncertain_after_twenty_hours) {
  start(conversion_settings());
  fault(sim::FaultKind::kInternalError, UINT64_MAX, false, "POST");
  buys(1, "o1");
  settle();
  config::JobSettings settings = conversion_settings();
  advance(hours{9}, minutes{1});
  world_.faults().clear();
  EXPECT_EQ(total("orders").pending, 1);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  advance(hours{12}, minutes{10});
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  advance(minutes{10});
  EXPECT_EQ(total("orders").uncertain, 1);
  EXPECT_EQ(total("orders").pending, 0);
  leave("u1", "Buyers");  // it stays claimed
  settle();
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "orders"), 1);
}

TEST_F(Conversions, a_repeat_that_may_count_twice_is_told) {
  config::JobSettings settings = conversion_settings();
  settings.conversions.action_source_default = "offline";
  start(settings);
  fault(sim::FaultKind::kInternalError, 3, true, "POST");
  buys(1, "o1");
  advance(hours{1});
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_GT(effective(), 1U);  // Pinterest knows no repeats of offline events
  EXPECT_EQ(reason_count(Reason::kMayCountTwice, "orders"), 1);
}

TEST_F(Conversions, a_repeat_that_pinterest_recognises_is_no_risk) {
  start(conversion_settings());
  fault(sim::FaultKind::kInternalError, 3, true, "POST");
  buys(1, "o1");
  advance(hours{1});
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(reason_count(Reason::kMayCountTwice, "orders"), 0);
}

TEST_F(Conversions, each_event_has_its_own_result) {
  start(conversion_settings());
  for (const auto refusal : {sim::Refusal::kPartialFailure, sim::Refusal::kUnprocessable,
                             sim::Refusal::kUnprocessableOpaque, sim::Refusal::kWholeBody}) {
    const int base = 10 * (static_cast<int>(refusal) + 1);
    for (int i = 0; i < 10; ++i) {
      const std::string order = fmt::format("o{}", base + i);
      if (i == 3 || i == 7) bad(order, refusal);
      buys(base + i, order);
    }
    settle();
    for (int i = 0; i < 10; ++i) {
      const sim::Conversion* found = conversion(fmt::format("o{}", base + i));
      EXPECT_EQ(found != nullptr && found->effective == 1, i != 3 && i != 7) << to_text(refusal) << " " << i;
    }
  }
  EXPECT_EQ(total("orders").added, 32);
  EXPECT_EQ(total("orders").rejected, 8);
  const auto records = store_->records(job("orders").row.number, 100);
  ASSERT_EQ(records.size(), 8U);
  for (const store::RecordRow& record : records) {
    EXPECT_NE(record.request, 0);
    EXPECT_FALSE(record.detail.empty());
  }
}

TEST_F(Conversions, eight_refusals_with_the_same_words_fail_the_job_and_resume_goes_on) {
  start(conversion_settings());
  for (int i = 0; i < 12; ++i) {
    bad(fmt::format("o{}", i), sim::Refusal::kWholeBody);
    buys(i, fmt::format("o{}", i));
  }
  settle();
  EXPECT_EQ(job("orders").row.state, store::JobState::kFailed);
  EXPECT_EQ(job("orders").row.reason_code, "events_refused");
  EXPECT_EQ(total("orders").rejected, 8);
  world_.bad_events().clear();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  EXPECT_EQ(total("orders").added, 12);  // also those that were refused
  EXPECT_EQ(total("orders").rejected, 0);
}

TEST_F(Conversions, throttling_and_an_outage_lose_and_double_nothing) {
  start(conversion_settings());
  sim::FaultRule rule;
  rule.method = "POST", rule.fault.kind = sim::FaultKind::kThrottled, rule.count = 1;
  world_.faults().add_rule(rule);
  buys(1, "o1");
  settle();
  EXPECT_EQ(list("orders").row.wait_code, "rate_limited");
  fault(sim::FaultKind::kUnavailable, UINT64_MAX, false, "POST");
  advance(minutes{20});
  buys(2, "o2");
  advance(minutes{5});
  world_.faults().clear();
  advance(minutes{10});
  EXPECT_EQ(effective(), 2U);
  EXPECT_EQ(total("orders").added, 2);
  EXPECT_EQ(job("orders").row.state, store::JobState::kRunning);
}

TEST_F(Conversions, ten_hours_of_only_errors_fail_the_job_and_resume_goes_on) {
  start(conversion_settings());
  fault(sim::FaultKind::kCutBeforeBody, UINT64_MAX, false, "POST");
  buys(1, "o1");
  advance(hours{11}, minutes{1});
  EXPECT_EQ(job("orders").row.state, store::JobState::kFailed);
  world_.faults().clear();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  advance(minutes{1});
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Conversions, what_is_invalid_is_told_and_can_be_built_anew) {
  start(conversion_settings());
  person("u1", {address(1)});
  enter("u1", "Buyers");  // no order
  person("u2", {});
  field("u2", "order", "o2");
  enter("u2", "Buyers");  // no address
  settle();
  EXPECT_EQ(reason_count(Reason::kMissingEventId, "orders"), 1);
  EXPECT_EQ(reason_count(Reason::kMissingIdentifier, "orders"), 1);
  EXPECT_EQ(total("orders").invalid, 2);
  field("u1", "order", "o1");
  settle();
  EXPECT_EQ(effective(), 0U);  // a value that comes later is no membership event
  const Result<void> retried = engine_->transact([&]() -> Result<void> {
    EXPECT_EQ(TRY(engine_->jobs().retry(job("orders"))).again, 2);
    return {};
  });
  ASSERT_TRUE(retried.ok());
  settle();
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Conversions, an_exit_makes_up_for_an_invalid_enter) {
  start(conversion_settings());
  person("u1", {address(1)});
  enter("u1", "Buyers");
  settle();
  field("u1", "order", "o1");
  leave("u1", "Buyers");
  settle();
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Conversions, late_events_are_sent_and_counted_and_too_old_ones_are_not) {
  start(conversion_settings());
  const auto at = [&](int number, Millis age) {
    field(fmt::format("u{}", number), "at", format_rfc3339(now() - age));
    buys(number, fmt::format("o{}", number));
  };
  at(1, minutes{59});
  at(2, minutes{61});
  at(3, hours{24 * 8});
  settle();
  EXPECT_EQ(reason_count(Reason::kLate, "orders"), 1);
  EXPECT_EQ(reason_count(Reason::kEventTooOld, "orders"), 1);
  EXPECT_EQ(effective(), 2U);
  EXPECT_EQ(writes().size(), 2U);  // offline ones travel apart
  EXPECT_EQ(world_.conversions().total().offline, 1U);
}

TEST_F(Conversions, who_waits_behind_events_that_grew_too_old_is_sent_without_waiting_for_more) {
  start(conversion_settings());
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  for (int i = 0; i < 20; ++i) buys(i, "o1");
  advance(hours{24 * 8}, hours{6});
  buys(20, "o1");
  settle();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  EXPECT_EQ(reason_count(Reason::kEventTooOld, "orders"), 20);
  EXPECT_EQ(effective(), 1U);
  EXPECT_TRUE(engine_->idle());
}

TEST_F(Conversions, a_paused_job_freezes_and_sends_later) {
  start(conversion_settings());
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  buys(1, "o1");
  settle();
  field("u1", "order", "o2");
  advance(hours{2}, minutes{10});
  EXPECT_EQ(effective(), 0U);
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  ASSERT_NE(conversion("o1"), nullptr);
  EXPECT_EQ(conversion("o1")->event_time, to_millis(kNoon) / 1000);
}

TEST_F(Conversions, a_claim_passes_on_from_a_job_that_cannot_run) {
  start(conversion_settings("one"));
  start(conversion_settings("two"));
  verb("one", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  verb("two", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  buys(1, "o1");
  settle();
  verb("two", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(total("two").added, 1);
  verb("one", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  EXPECT_EQ(total("one").added, 0);
  EXPECT_EQ(reason_count(Reason::kDuplicateEvent, "one"), 1);
}

TEST_F(Conversions, claims_rest_while_no_job_runs) {
  start(conversion_settings("one"));
  start(conversion_settings("two"));
  for (const char* name : {"one", "two"})
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  buys(1, "o1");
  settle();
  const int64_t number = store_->events.of_person(store_->profiles.id_of("u1")).front().second.number;
  advance(minutes{1});
  EXPECT_EQ(store_->events.of_person(store_->profiles.id_of("u1")).front().second.number, number);
  EXPECT_TRUE(engine_->idle());
}

TEST_F(Conversions, a_deleted_person_is_sent_nowhere_any_more) {
  start(conversion_settings());
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  buys(1, "o1");
  settle();
  erase("u1");
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  settle();
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(reason_count(Reason::kSuppressed, "orders"), 1);
  EXPECT_EQ(total("orders").considered, 1);  // no exit conversion
}

TEST_F(Conversions, a_person_deleted_while_under_way_ends_as_the_answer_says) {
  start(conversion_settings());
  pinterest_.hold(true);
  buys(1, "o1");
  settle();
  erase("u1");
  settle();
  pinterest_.hold(false);
  settle();
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Conversions, test_mode_records_nothing_and_is_never_sent_later) {
  config::JobSettings settings = conversion_settings();
  settings.conversions.test_mode = true;
  start(settings);
  for (int i = 0; i < 45; ++i) buys(i, fmt::format("o{}", i));
  advance(seconds{2}, Millis{50});
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(world_.conversions().total().test_events, 45U);
  EXPECT_EQ(reason_count(Reason::kTestMode, "orders"), 45);
  settings.conversions.test_mode = false;
  apply(settings);
  settle();
  EXPECT_EQ(effective(), 0U);
  buys(100, "o1");  // a test has claimed nothing
  settle();
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Conversions, consent_gates_the_event) {
  config::JobSettings settings = conversion_settings();
  settings.consent_field = "ads";
  start(settings);
  buys(1, "o1");
  field("u2", "ads", "true");
  buys(2, "o2");
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(reason_count(Reason::kNoConsent, "orders"), 1);
}

TEST_F(Conversions, a_crash_with_an_open_request_repeats_the_same_event) {
  start(conversion_settings());
  pinterest_.hold(true);
  for (int i = 0; i < 30; ++i) buys(i, fmt::format("o{}", i));
  settle();
  restart_process();
  pinterest_.hold(false);
  advance(minutes{1});
  EXPECT_EQ(effective(), 30U);
  EXPECT_EQ(total("orders").added, 30);
  EXPECT_EQ(world_.conversions().total().duplicates, 30U);
}

TEST_F(Conversions, calls_stay_within_five_thousand_a_minute_for_the_ad_account) {
  config::JobSettings settings = conversion_settings();
  start(settings);
  for (int i = 0; i < 5'050; ++i) {
    if (i % 100 == 0) advance(seconds{1});  // a hundred calls a second, of any kind
    buys(i, fmt::format("o{}", i));
    settle();
  }
  EXPECT_EQ(effective(), 5'000U);
  advance(minutes{1});
  EXPECT_EQ(effective(), 5'050U);
}

TEST_F(Conversions, a_stopped_job_ends_what_it_had_frozen) {
  start(conversion_settings());
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  buys(1, "o1");
  settle();
  verb("orders", [](exports::Jobs& jobs, exports::Job& job) { return jobs.stop(job); });
  EXPECT_EQ(total("orders").pending, 0);
  EXPECT_EQ(reason_count(Reason::kJobDeleted, "orders"), 1);
  start(conversion_settings("again"));
  leave("u1", "Buyers");
  settle();
  EXPECT_EQ(effective(), 1U);  // nothing was claimed
}

}  // namespace
}  // namespace pinrelay::scenarios
