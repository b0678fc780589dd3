// Deleting a job after everyone it added has been removed: once asked for, it happens, whatever comes
// between.
#include <fmt/format.h>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

using store::JobState;

struct Removal : Scenario {
  void SetUp() override {
    settings_ = job_settings();
    settings_.records_per_request = 10;
    members(0, 30);
    settle();
    start(settings_);
    advance(minutes{6}, minutes{1});
    ASSERT_EQ(on_list(), hashes(0, 30));
    list_id_ = list().row.id;
  }
  bool has_job() { return engine_->jobs().find("readers") != nullptr; }
  size_t left() {
    const sim::HashSet* members = world_.members(list_id_);
    return members == nullptr ? 0 : members->sorted().size();
  }
  void remove(bool empty_first = true) {
    verb("readers", [&](exports::Jobs& jobs, exports::Job& job) { return jobs.remove(job, empty_first); });
  }
  // The removal has begun: one of its three requests is acknowledged.
  void remove_and_begin() {
    remove();
    for (int i = 0; i < 1'000 && total().removed == 0; ++i) ASSERT_TRUE(engine_->run_once().ok());
    ASSERT_EQ(total().removed, 10);
    ASSERT_GT(left(), 0U);
  }
  std::string refusal(const std::function<Result<void>(exports::Jobs&)>& what) {
    const Result<void> done = engine_->transact([&] { return what(engine_->jobs()); });
    return done.ok() ? "" : done.error().code;
  }
  std::string refusal_of_edit() {
    return refusal([&](exports::Jobs& jobs) -> Result<void> {
      config::JobSettings changed = settings_;
      changed.flush_after = hours{1};
      TRY(jobs.apply(changed));
      return {};
    });
  }
  // What the audit log says of its end.
  std::string ending() {
    std::string detail;
    store_->begin();
    store_->audit.each(0, [&](const store::AuditRow& row) {
      if (row.action == "job removed") detail = row.detail;
      return true;
    });
    EXPECT_TRUE(store_->commit().ok());
    return detail;
  }

  config::JobSettings settings_;
  std::string list_id_;
};

TEST_F(Removal, an_edit_meanwhile_is_refused_and_the_removal_goes_on) {
  remove_and_begin();
  EXPECT_EQ(refusal_of_edit(), "being_removed");
  advance(minutes{10}, minutes{1});
  EXPECT_EQ(left(), 0U);
  EXPECT_FALSE(has_job());
  EXPECT_EQ(ending(), "everybody we added has been removed");
}

TEST_F(Removal, settings_that_are_the_same_do_not_make_the_job_anew) {
  remove_and_begin();
  const auto apply_again = [&](exports::Jobs& jobs) -> Result<void> {
    TRY(jobs.apply(settings_));
    return {};
  };
  EXPECT_EQ(refusal(apply_again), "being_removed");
}

TEST_F(Removal, a_new_process_goes_on_with_it) {
  remove_and_begin();
  restart_process();
  EXPECT_EQ(refusal_of_edit(), "being_removed");
  advance(minutes{45}, minutes{1});  // what was under way can take effect for 20 minutes
  EXPECT_EQ(left(), 0U);
  EXPECT_FALSE(has_job());
}

TEST_F(Removal, a_restored_store_goes_on_with_it_once_resumed) {
  remove_and_begin();
  ASSERT_TRUE(engine_
                  ->transact([&]() -> Result<void> {
                    store_->set_number("restored", 1);
                    return {};
                  })
                  .ok());
  restart_process();
  EXPECT_EQ(job().row.state, JobState::kPaused);
  verb("readers", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  advance(minutes{45}, minutes{1});
  EXPECT_EQ(left(), 0U);
  EXPECT_FALSE(has_job());
}

TEST_F(Removal, asked_for_again_it_goes_on_and_neither_stop_nor_resync_ends_it) {
  remove_and_begin();
  remove();
  remove(false);
  EXPECT_EQ(refusal([](exports::Jobs& jobs) { return jobs.stop(*jobs.find("readers")); }), "being_removed");
  EXPECT_EQ(refusal([](exports::Jobs& jobs) { return jobs.resync(*jobs.find("readers"), false); }),
            "being_removed");
  EXPECT_EQ(refusal([](exports::Jobs& jobs) { return jobs.restart(*jobs.find("readers")); }), "");
  advance(minutes{10}, minutes{1});
  EXPECT_EQ(left(), 0U);
  EXPECT_FALSE(has_job());
}

TEST_F(Removal, pauses_and_goes_on) {
  remove_and_begin();
  verb("readers", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  settle();
  const size_t paused_at = left();
  advance(minutes{30}, minutes{5});
  EXPECT_EQ(left(), paused_at);
  remove();
  advance(minutes{1}, seconds{10});
  EXPECT_EQ(left(), paused_at);
  verb("readers", [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
  advance(minutes{10}, minutes{1});
  EXPECT_FALSE(has_job());
}

TEST_F(Removal, given_up_it_adds_everybody_again_and_says_how_many_were_gone) {
  remove_and_begin();
  verb("readers", [&](exports::Jobs& jobs, exports::Job& job) -> Result<void> {
    EXPECT_EQ(TRY(jobs.keep(job)), 10);
    return {};
  });
  advance(minutes{10}, minutes{1});
  EXPECT_EQ(on_list(), hashes(0, 30));
  EXPECT_EQ(refusal_of_edit(), "");
  EXPECT_EQ(refusal([](exports::Jobs& jobs) -> Result<void> {
              TRY(jobs.keep(*jobs.find("readers")));
              return {};
            }),
            "not_being_removed");
}

TEST_F(Removal, ends_when_Pinterest_says_that_the_list_is_gone_and_makes_no_new_one) {
  remove_and_begin();
  world_.lists().erase(list_id_);
  advance(minutes{2}, seconds{10});
  EXPECT_FALSE(has_job());
  EXPECT_TRUE(world_.lists().all().empty());
  EXPECT_EQ(ending(), "the list is gone at Pinterest");
}

TEST_F(Removal, waits_while_the_ad_account_cannot_be_found_either) {
  remove_and_begin();
  sim::FaultRule no_account{.method = "GET", .path_part = kAdAccount, .count = 20};
  no_account.fault.kind = sim::FaultKind::kNotFound;
  world_.faults().add_rule(no_account);
  sim::FaultRule no_list = no_account;
  no_list.method = "PATCH", no_list.count = 1;
  world_.faults().add_rule(no_list);
  advance(minutes{30}, minutes{1});
  ASSERT_TRUE(has_job());
  EXPECT_EQ(job().row.state, JobState::kRunning);
  EXPECT_EQ(list().row.wait_code, "cannot_reach_list");
  world_.faults().clear();
  advance(minutes{30}, minutes{1});
  EXPECT_EQ(left(), 0U);
  EXPECT_FALSE(has_job());
  EXPECT_EQ(ending(), "everybody we added has been removed");
}

TEST_F(Removal, of_a_job_that_failed_because_its_list_is_gone_ends_too) {
  world_.lists().erase(list_id_);
  members(30, 31);
  advance(minutes{10}, minutes{1});
  ASSERT_EQ(job().row.reason_code, "list_gone");
  remove();
  advance(minutes{2}, seconds{10});
  EXPECT_FALSE(has_job());
  EXPECT_TRUE(world_.lists().all().empty());
}

// Nothing has been sent for the job, and its list does not exist yet.
struct RemovalBeforeTheList : Scenario {
  void begin() {
    start(job_settings());
    settle();
    members(0, 3);
    settle();
    ASSERT_EQ(list().row.state, store::ListState::kWanted);
    ASSERT_EQ(store_->queue.count(list().row.number, store::QueueClass::kAdd).rows, 3);
  }
  void remove() {
    verb("readers", [](exports::Jobs& jobs, exports::Job& job) { return jobs.remove(job, true); });
  }
  // The removal is asked for while the request that makes the list is under way, and then that goes wrong.
  void remove_during_create(sim::FaultKind kind, bool applied) {
    begin();
    fault(kind, 1, applied, "POST");
    pinterest_.hold(true);
    advance(minutes{6});
    ASSERT_TRUE(list().open && list().open->creates_list);
    remove();
    settle();
    ASSERT_TRUE(list().open) << "its outcome decides";
    pinterest_.hold(false);
  }
  // No list is made, however long one waits, and nothing is kept of the job's.
  void expect_no_list() {
    advance(hours{1}, minutes{1});
    EXPECT_TRUE(world_.lists().all().empty());
    EXPECT_TRUE(engine_->core().lists.empty());
  }
  size_t creates() {
    return static_cast<size_t>(std::ranges::count(pinterest_.seen, "CREATE", &SeenRequest::operation));
  }
};

TEST_F(RemovalBeforeTheList, makes_none) {
  begin();
  verb("readers", [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  advance(minutes{6});
  remove();  // the additions are due by now
  settle();
  EXPECT_EQ(engine_->jobs().find("readers"), nullptr) << "at once";
  expect_no_list();
  EXPECT_EQ(creates(), 0U);
}

TEST_F(RemovalBeforeTheList, of_a_job_whose_token_is_refused_ends_too) {
  tokens_.text.reset();
  begin();
  remove();
  settle();
  EXPECT_EQ(engine_->jobs().find("readers"), nullptr);
  tokens_.text = "pina_sim";
  expect_no_list();
}

TEST_F(RemovalBeforeTheList, does_not_repeat_a_request_that_made_none) {
  remove_during_create(sim::FaultKind::kRampedDown, false);
  expect_no_list();
  EXPECT_EQ(creates(), 1U);
}

TEST_F(RemovalBeforeTheList, looks_for_one_that_may_have_been_made_and_empties_it) {
  remove_during_create(sim::FaultKind::kCutAfterBody, true);
  advance(hours{1}, minutes{1});
  EXPECT_EQ(engine_->jobs().find("readers"), nullptr);
  ASSERT_EQ(world_.lists().all().size(), 1U);
  EXPECT_TRUE(world_.members(world_.lists().all().begin()->first)->sorted().empty());
}

TEST_F(RemovalBeforeTheList, makes_none_when_the_one_it_looked_for_is_not_there) {
  remove_during_create(sim::FaultKind::kCutAfterBody, false);
  settle();
  ASSERT_EQ(list().row.state, store::ListState::kSearching);
  expect_no_list();
  EXPECT_EQ(creates(), 1U);
}

TEST_F(RemovalBeforeTheList, given_up_makes_it) {
  begin();
  remove();
  verb("readers", [](exports::Jobs& jobs, exports::Job& job) -> Result<void> {
    TRY(jobs.keep(job));
    return {};
  });
  advance(minutes{6});
  EXPECT_EQ(on_list(), hashes(0, 3));
}

TEST_F(RemovalBeforeTheList, nor_does_a_stop_make_one) {
  begin();
  verb("readers", [](exports::Jobs& jobs, exports::Job& job) { return jobs.stop(job); });
  advance(hours{1}, minutes{1});
  EXPECT_EQ(creates(), 0U);
}

TEST_F(RemovalBeforeTheList, nor_does_the_erasure_of_everybody) {
  begin();
  for (int i = 0; i < 3; ++i) erase(fmt::format("u{}", i));
  advance(hours{1}, minutes{1});
  EXPECT_EQ(creates(), 0U);
}

TEST_F(RemovalBeforeTheList, nor_does_an_edit_that_names_another_list) {
  begin();
  config::JobSettings moved = job_settings();
  moved.list = config::ExistingList{existing_list({}), config::ListType::kEmail, false};
  apply(moved);
  advance(hours{1}, minutes{1});
  EXPECT_EQ(on_list(), hashes(0, 3));
  EXPECT_EQ(engine_->core().lists.size(), 1U);
  EXPECT_EQ(creates(), 0U);
}

}  // namespace
}  // namespace pinrelay::scenarios
