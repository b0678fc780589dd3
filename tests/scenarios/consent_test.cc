// Consent counts until the attempt: a withdrawal ends what waits, whatever it waits for.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;

struct Consent : Scenario {
  uint64_t effective() { return world_.conversions().total().effective; }
  int64_t no_consent() { return reason_count(Reason::kNoConsent, "orders"); }
  void consents(int number, bool yes) { field(fmt::format("u{}", number), "ads", yes ? "true" : "false"); }
  void buys_with_consent(int number, const std::string& order) {
    consents(number, true);
    buys(number, order);
  }
  config::JobSettings asking(const std::string& name = "orders") const {
    config::JobSettings settings = conversion_settings(name);
    settings.consent_field = "ads";
    return settings;
  }
  void pause(const std::string& name = "orders") {
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  }
  void resume(const std::string& name = "orders") {
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  }
  int64_t waiting(int number) {
    const store::ProfileId id = store_->profiles.id_of(fmt::format("u{}", number));
    return static_cast<int64_t>(store_->events.of_person(id).size() +
                                store_->events.pages.with_person(id).size());
  }
};

TEST_F(Consent, a_withdrawal_ends_an_event_that_waits_and_consent_given_back_does_not_revive_it) {
  start(asking());
  pause();
  buys_with_consent(1, "o1");
  buys_with_consent(2, "o2");
  settle();
  consents(1, false);
  settle();
  EXPECT_EQ(waiting(1), 0);
  EXPECT_EQ(no_consent(), 1);
  consents(1, true);
  restart_process();
  resume();
  settle();
  EXPECT_EQ(conversion("o1"), nullptr);
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Consent, anything_but_a_yes_ends_the_event) {
  start(asking());
  pause();
  const char* values[] = {"false", "no", "maybe", ""};
  for (int i = 0; i < 4; ++i) buys_with_consent(i, fmt::format("o{}", i));
  settle();
  for (int i = 0; i < 4; ++i) field(fmt::format("u{}", i), "ads", values[i]);
  settle();
  EXPECT_EQ(no_consent(), 4);
}

TEST_F(Consent, leaving_the_audience_ends_nothing) {
  config::JobSettings settings = asking();
  settings.conversions.membership_events = config::MembershipEvents::kEnters;
  start(settings);
  pause();
  buys_with_consent(1, "o1");
  settle();
  leave("u1", "Buyers");
  settle();
  resume();
  settle();
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Consent, entering_and_withdrawing_in_one_page_sends_nothing_and_entering_again_does) {
  start(asking());
  buys_with_consent(1, "o1");
  consents(1, false);
  buys_with_consent(2, "o2");
  consents(2, false);
  leave("u2", "Buyers");
  consents(2, true);
  field("u2", "order", "o3");
  enter("u2", "Buyers");
  settle();
  EXPECT_EQ(conversion("o1"), nullptr);
  EXPECT_EQ(conversion("o2"), nullptr);
  EXPECT_NE(conversion("o3"), nullptr);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Consent, events_of_a_backfill_end_too) {
  for (int i = 0; i < 50; ++i) buys_with_consent(i, fmt::format("o{}", i));
  settle();
  tokens_.text.reset();  // nothing can be sent yet
  config::JobSettings settings = asking();
  settings.conversions.existing_users = true;
  start(settings);
  ASSERT_EQ(total("orders").pending, 50);
  consents(7, false);
  settle();
  EXPECT_EQ(waiting(7), 0);
  restart_process();
  tokens_.text = "pina_sim";
  settle();
  EXPECT_EQ(conversion("o7"), nullptr);
  EXPECT_EQ(effective(), 49U);
}

TEST_F(Consent, the_claim_passes_on_to_the_next_who_consents) {
  start(asking());
  pause();
  for (int i = 1; i <= 3; ++i) buys_with_consent(i, "o1");
  settle();
  consents(1, false);
  consents(2, false);
  settle();
  EXPECT_EQ(no_consent(), 2);
  resume();
  settle();
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(conversion("o1")->effective, 1U);
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Consent, one_jobs_consent_is_not_the_others) {
  start(asking("one"));
  config::JobSettings other = conversion_settings("two");
  other.conversions.event_name_default = "lead";
  start(other);
  pause("one");
  pause("two");
  buys_with_consent(1, "o1");
  settle();
  consents(1, false);
  settle();
  resume("one");
  resume("two");
  settle();
  EXPECT_EQ(conversion("o1"), nullptr);
  EXPECT_NE(conversion("o1", "lead"), nullptr);
}

TEST_F(Consent, in_flight_the_answer_decides) {
  start(asking());
  pinterest_.hold(true);
  buys_with_consent(1, "o1");
  settle();
  consents(1, false);
  settle();
  for (const auto& [list, event] : store_->events.of_person(store_->profiles.id_of("u1")))
    EXPECT_LT(event.bytes.size(), 2U);  // erased at once
  pinterest_.hold(false);
  settle();
  EXPECT_EQ(total("orders").added, 1);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Consent, in_flight_without_an_answer_there_is_no_repeat) {
  for (const bool restarts : {false, true}) {
    const int number = restarts ? 2 : 1;
    if (!restarts) start(asking());
    pinterest_.hold(true);
    fault(sim::FaultKind::kInternalError, 1, false, "POST");
    buys_with_consent(number, fmt::format("o{}", number));
    settle();
    consents(number, false);
    settle();
    pinterest_.hold(false);
    if (restarts) restart_process();
    advance(minutes{10});
    EXPECT_EQ(total("orders").uncertain, number);
    EXPECT_EQ(total("orders").pending, 0);
  }
  EXPECT_EQ(writes().size(), 2U);
}

TEST_F(Consent, in_flight_and_not_accepted_it_ends_without_consent) {
  start(asking());
  pinterest_.hold(true);
  fault(sim::FaultKind::kThrottled, 1, false, "POST");
  buys_with_consent(1, "o1");
  settle();
  consents(1, false);
  settle();
  pinterest_.hold(false);
  advance(minutes{10});
  EXPECT_EQ(no_consent(), 1);
  EXPECT_EQ(effective(), 0U);
}

TEST_F(Consent, an_event_of_unknown_outcome_becomes_uncertain) {
  start(asking());
  fault(sim::FaultKind::kInternalError, 1, true, "POST");
  buys_with_consent(1, "o1");
  settle();
  consents(1, false);
  advance(minutes{10});
  EXPECT_EQ(total("orders").uncertain, 1);
  EXPECT_EQ(writes().size(), 1U);
}

TEST_F(Consent, a_part_of_a_refused_body_ends_too) {
  start(asking());
  pinterest_.hold(true);
  world_.bad_events().add("o1", sim::Refusal::kWholeBody);
  for (int i = 0; i < 8; ++i) buys_with_consent(i, fmt::format("o{}", i));
  settle();
  consents(5, false);
  settle();
  pinterest_.hold(false);
  settle();
  EXPECT_EQ(conversion("o5"), nullptr);
  EXPECT_EQ(effective(), 6U);
  EXPECT_EQ(total("orders").pending, 0);
}

TEST_F(Consent, a_new_consent_field_asks_for_what_waits_before_the_next_attempt) {
  start(conversion_settings());
  tokens_.text.reset();
  buys_with_consent(1, "o1");
  buys(2, "o2");
  buys(3, "o3");
  consents(3, false);
  settle();
  apply(asking());
  tokens_.text = "pina_sim";
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
  EXPECT_EQ(effective(), 1U);
  EXPECT_EQ(no_consent(), 2);
}

TEST_F(Consent, another_consent_field_asks_again_and_a_claim_asks_in_turn) {
  start(asking());
  pause();
  for (int i = 1; i <= 3; ++i) buys_with_consent(i, "o1");
  field("u3", "ads2", "true");
  settle();
  config::JobSettings settings = asking();
  settings.consent_field = "ads2";
  apply(settings);
  resume();
  settle();
  EXPECT_EQ(no_consent(), 2);
  EXPECT_EQ(effective(), 1U);
}

TEST_F(Consent, the_look_after_an_edit_goes_on_after_a_crash) {
  start(conversion_settings());
  pause();
  constexpr int kPeople = 6'000;  // more than one step looks at
  for (int i = 0; i < kPeople; ++i) {
    if (i % 1'000 == 0) buys_with_consent(i, fmt::format("o{}", i));
    if (i % 1'000 != 0) buys(i, fmt::format("o{}", i));
  }
  settle();
  apply(asking());
  ASSERT_TRUE(engine_->run_once().ok());
  EXPECT_GT(no_consent(), 0);
  EXPECT_LT(no_consent(), kPeople - 6);
  resume();
  restart_process();
  settle();
  EXPECT_EQ(no_consent(), kPeople - 6);
  EXPECT_EQ(effective(), 6U);
}

TEST_F(Consent, a_job_that_rests_looks_too) {
  start(conversion_settings());
  pause();
  buys(1, "o1");
  settle();
  apply(asking());
  settle();
  EXPECT_EQ(waiting(1), 0);
  EXPECT_TRUE(engine_->idle());
}

}  // namespace
}  // namespace pinrelay::scenarios
