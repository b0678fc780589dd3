// What a job can be told: the table of verbs against what the verbs do, and what their answers say.
#include "exports/verbs.h"

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

using exports::Verb;
using store::JobState;

constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
)";

struct JobVerbs : CommandTest {
  exports::Job& job(const std::string& name) { return *engine_->jobs().find(name); }

  // What the verb comes to; everything is then as it was before.
  Result<void> attempt(const std::string& name, Verb verb) {
    Result<void> came{};
    const Error undo{ErrorKind::kCancelled, "undo", "", "", ""};
    EXPECT_FALSE(engine_
                     ->transact([&]() -> Result<void> {
                       came = act(engine_->jobs(), job(name), verb);
                       return undo;
                     })
                     .ok());
    return came;
  }
  static Result<void> act(exports::Jobs& jobs, exports::Job& job, Verb verb) {
    switch (verb) {
      case Verb::kStart:
        return jobs.start(job);
      case Verb::kPause:
        return jobs.pause(job);
      case Verb::kResume:
        return jobs.resume(job);
      case Verb::kRestart:
        return jobs.restart(job);
      case Verb::kResync:
        return jobs.resync(job, false);
      case Verb::kFlush:
        return jobs.flush(job);
      case Verb::kRelease:
        return jobs.release(job);
      case Verb::kDiscard:
        return jobs.discard(job);
      case Verb::kRetry:
        return done(jobs.retry(job));
      case Verb::kKeep:
        return done(jobs.keep(job));
      case Verb::kStop:
        return jobs.stop(job);
      case Verb::kDelete:
        return jobs.remove(job, false);
    }
    return {};
  }
  template <typename T>
  static Result<void> done(const Result<T>& result) {
    if (!result.ok()) return result.error();
    return {};
  }

  void put_state(const std::string& name, JobState state, const std::string& code = "") {
    ASSERT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      job(name).row.state = state;
                      job(name).row.reason_code = code;
                      job(name).changed = true;
                      return {};
                    })
                    .ok());
  }
  // Proposed verbs work. What the state does not admit is refused, or changes nothing.
  void walk(const std::string& name, const std::string& where) {
    const Json proposed = json({"job", "show", name})["verbs"];
    for (const exports::VerbInfo& info : exports::verbs()) {
      const bool offered = std::ranges::find(proposed, Json(info.name)) != proposed.end();
      if (offered) {
        const Result<void> came = attempt(name, info.verb);
        EXPECT_TRUE(came.ok()) << info.name << " " << where << ": " << came.error().text();
      } else if (!exports::state_admits(info.verb, job(name)) && info.verb != Verb::kRelease &&
                 info.verb != Verb::kDiscard) {
        const JobState before = job(name).row.state;
        Result<void> came{};
        JobState after{};
        (void)engine_->transact([&]() -> Result<void> {
          came = act(engine_->jobs(), job(name), info.verb);
          after = job(name).row.state;
          return Error{ErrorKind::kCancelled, "undo", "", "", ""};
        });
        EXPECT_TRUE(!came.ok() || after == before) << info.name << " " << where;
      }
    }
  }
  std::string result(const std::vector<std::string>& argv) { return json(argv)["result"].get<std::string>(); }
  void expect_says(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
};

TEST_F(JobVerbs, proposed_ones_work_in_every_state_of_either_kind) {
  for (int i = 0; i < 3; ++i) member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
  said({"apply", configuration(std::string(kReaders) + kOrders)});
  for (const char* name : {"readers", "orders"}) {
    walk(name, "Draft");
    said({"job", "start", name});
    work();
    for (const JobState state : {JobState::kRunning, JobState::kPaused, JobState::kFailed}) {
      put_state(name, state);
      walk(name, std::string(store::kJobStateNames[static_cast<size_t>(state)]));
    }
    if (!job(name).converts()) {
      put_state(name, JobState::kFailed, "list_gone");
      walk(name, "list gone");
    }
    put_state(name, JobState::kStopped);
    walk(name, "Stopped");
  }
}

TEST_F(JobVerbs, a_job_that_removes_everybody_can_be_kept_and_not_stopped) {
  member("u1", "a@example.org");
  start_readers();
  said({"job", "delete", "readers", "--remove-first", "--yes"});
  walk("readers", "removing");
  const Json verbs = show()["verbs"];
  EXPECT_NE(std::ranges::find(verbs, Json("keep")), verbs.end());
  EXPECT_EQ(std::ranges::find(verbs, Json("stop")), verbs.end());
}

TEST_F(JobVerbs, a_list_that_is_gone_is_made_anew_only_where_none_is_named) {
  start_readers();
  put_state("readers", JobState::kFailed, "list_gone");
  expect_says(show()["fix"].get<std::string>(), "pinrelay job resume readers");
  job("readers").settings.list = config::ExistingList{};
  EXPECT_EQ(show()["fix"].get<std::string>().find("job resume"), std::string::npos);
}

TEST_F(JobVerbs, repeated_ones_say_that_nothing_has_changed) {
  start_readers();
  expect_says(result({"job", "start", "readers"}), "is Running already; nothing has changed");
  expect_says(result({"job", "resume", "readers"}), "is Running already");
  said({"job", "pause", "readers"});
  expect_says(result({"job", "pause", "readers"}), "is Paused already");
  said({"job", "stop", "readers", "--yes"});
  expect_says(result({"job", "stop", "readers", "--yes"}), "is Stopped already");
}

TEST_F(JobVerbs, a_flush_says_what_is_sent_and_what_it_has_to_wait_for) {
  member("u1", "a@example.org");
  start_readers();
  expect_says(result({"job", "flush", "readers"}), "nothing is queued");
  pass(Millis{60'000});
  member("u2", "b@example.org");
  work();
  EXPECT_EQ(result({"job", "flush", "readers"}), "the changes of 1 people are being sent");
  pinterest_.answer = [](const http::Request&) { return std::pair{500, std::string("{}")}; };
  work();
  member("u3", "c@example.org");
  work();
  expect_says(result({"job", "flush", "readers"}), "but the job has to wait, until");
}

TEST_F(JobVerbs, stopping_conversions_says_how_many_are_given_up) {
  said({"apply", configuration(kOrders), "--start"});
  work();
  pinterest_.answer = [](const http::Request&) { return std::pair{500, std::string("{}")}; };
  for (const char* key : {"u1", "u2"})
    rows({{store::ChangeType::kProfile, 0, key, {}, {}, {{"email", "a@example.org"}, {"order", key}}},
          {store::ChangeType::kEnter, 0, key, "Readers"}});
  work();
  expect_says(result({"job", "stop", "orders", "--yes"}), "2 conversions without an outcome are given up");
}

TEST_F(JobVerbs, a_retry_counts_people_however_many_of_their_events_were_refused) {
  said({"apply", configuration(kOrders), "--start"});
  work();
  rows({{store::ChangeType::kProfile, 0, "u1", {}, {}, {{"email", "a@example.org"}}},
        {store::ChangeType::kEnter, 0, "u1", "Readers"}});
  work();
  clock_.advance(Millis{1'000});
  rows({{store::ChangeType::kExit, 0, "u1", "Readers"}});
  work();
  ASSERT_EQ(json({"job", "records", "orders"})["records"].size(), 2u);
  said({"apply", configuration(std::string(kOrders) + "    consent_field: ads\n")});
  work();
  expect_says(result({"job", "retry", "orders"}), "1 left out: the person does not consent");
}

}  // namespace
}  // namespace pinrelay::cli
