#include "base/json_text.h"
#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

using std::chrono::minutes;

struct DeletionCommands : CommandTest {
  // Followed by the jobs before time passes.
  Json erase(const std::string& key) {
    Json receipt = json({"profile", "delete", key, "--yes"});
    work();
    return receipt;
  }
  Json receipt(int number = 1) { return json({"profile", "receipt", std::to_string(number)}); }
  std::string state(int number = 1) {
    const Json lists = receipt(number)["lists"];
    return lists.empty() ? "" : lists[0]["state"].get<std::string>();
  }
};

TEST_F(DeletionCommands, a_receipt_says_what_was_held_and_when_pinterest_acknowledged_its_removal) {
  member("a", "a@example.org");
  member("b", "b@example.org");
  start_readers();
  const Time deleted = clock_.now();
  const Json first = erase("a");
  EXPECT_EQ(first["receipt"], 1);
  EXPECT_EQ(first["by"], "cli");
  EXPECT_EQ(first["deleted_at"], format_rfc3339(deleted));
  EXPECT_EQ(first["held"]["fields"], 1);
  EXPECT_EQ(first["held"]["audiences"], 1);
  ASSERT_EQ(first["lists"].size(), 1u);
  EXPECT_EQ(first["lists"][0]["id"], "777");
  EXPECT_EQ(first["lists"][0]["ad_account"], "1");
  EXPECT_EQ(first["lists"][0]["identifiers"], 1);
  EXPECT_EQ(first["lists"][0]["removed"], 0);
  EXPECT_EQ(first["lists"][0]["removed_at"], nullptr);
  EXPECT_EQ(first["lists"][0]["state"], "on_the_way");
  EXPECT_EQ(first["state"], "waiting");
  EXPECT_EQ(pinterest_.sent("REMOVE"), 0);
  EXPECT_EQ(state(), "on_the_way") << "it is queued";
  pass(minutes{6});
  EXPECT_EQ(pinterest_.sent("REMOVE"), 1);
  const Json last = receipt();
  EXPECT_EQ(last["state"], "done");
  EXPECT_EQ(last["lists"][0]["state"], "removed");
  EXPECT_EQ(last["lists"][0]["removed"], 1);
  EXPECT_GT(last["lists"][0]["removed_at"].get<std::string>(), first["deleted_at"].get<std::string>());
  const Json request =
      json({"job", "requests", "readers", "--number", json_text(last["lists"][0]["request"])});
  EXPECT_EQ(request["records"], 1);
  EXPECT_EQ(json({"profile", "show", "a"})["receipts"], Json({1}));
  EXPECT_EQ(json({"profile", "show", "b"})["receipts"], Json::array());
}

TEST_F(DeletionCommands, an_identifier_that_somebody_else_has_stays_and_the_receipt_says_so) {
  member("a", "both@example.org");
  member("b", "both@example.org");
  start_readers();
  const Json first = erase("a");
  EXPECT_EQ(first["state"], "done");
  EXPECT_EQ(first["lists"][0]["state"], "shared");
  EXPECT_EQ(first["lists"][0]["identifiers"], 0);
  EXPECT_EQ(first["lists"][0]["shared"], 1);
  pass(minutes{6});
  EXPECT_EQ(pinterest_.sent("REMOVE"), 0);
  EXPECT_EQ(erase("b")["lists"][0]["identifiers"], 1);
  pass(minutes{6});
  EXPECT_EQ(state(2), "removed");
  EXPECT_EQ(state(1), "shared");
}

TEST_F(DeletionCommands, who_waits_to_leave_a_list_is_still_on_it) {
  member("a", "a@example.org");
  start_readers();
  rows({{store::ChangeType::kExit, 0, "a", "Readers"}});
  work();
  const Json first = erase("a");
  EXPECT_EQ(first["held"]["audiences"], 0);
  ASSERT_EQ(first["lists"].size(), 1u);
  EXPECT_EQ(first["lists"][0]["identifiers"], 1);
  pass(minutes{6});
  EXPECT_EQ(state(), "removed");
}

TEST_F(DeletionCommands, who_was_on_no_list_has_a_receipt_without_lists) {
  start_readers();
  rows({{store::ChangeType::kProfile, 0, "a", {}, {}, {{"email", "a@example.org"}}}});
  const Json first = erase("a");
  EXPECT_EQ(first["state"], "done");
  EXPECT_EQ(first["lists"], Json::array());
}

TEST_F(DeletionCommands, a_removal_waits_for_a_paused_job) {
  member("a", "a@example.org");
  start_readers();
  said({"job", "pause", "readers"});
  EXPECT_EQ(erase("a")["lists"][0]["state"], "on_hold");
  pass(minutes{10});
  EXPECT_EQ(state(), "on_hold");
  EXPECT_EQ(receipt()["state"], "waiting");
  said({"job", "resume", "readers"});
  pass(minutes{10});
  EXPECT_EQ(state(), "removed");
}

TEST_F(DeletionCommands, who_comes_back_before_the_removal_is_not_awaited_for_ever) {
  member("a", "a@example.org");
  start_readers();
  erase("a");
  clock_.advance(minutes{1});
  member("a", "a@example.org");
  pass(minutes{10});
  EXPECT_EQ(pinterest_.sent("REMOVE"), 0);
  EXPECT_EQ(state(), "settled");
  EXPECT_EQ(receipt()["state"], "done");
}

TEST_F(DeletionCommands, a_list_that_is_forgotten_before_is_not_known_to_be_rid_of_them) {
  member("a", "a@example.org");
  member("b", "b@example.org");
  start_readers();
  said({"job", "stop", "readers", "--yes"});
  said({"profile", "delete", "a", "--yes"});
  EXPECT_EQ(state(), "on_the_way") << "a list that jobs have left sends erasures by itself";
  said({"list", "forget", "777", "--yes"});
  pass(minutes{10});
  EXPECT_EQ(state(), "forgotten");
  EXPECT_EQ(receipt()["state"], "done") << "nothing is awaited";
}

TEST_F(DeletionCommands, a_list_that_a_job_has_left_is_on_the_receipt_too) {
  member("a", "a@example.org");
  start_readers();
  said({"job", "stop", "readers", "--yes"});
  work();
  EXPECT_EQ(erase("a")["lists"][0]["identifiers"], 1);
  pass(minutes{10});
  EXPECT_EQ(state(), "removed");
}

TEST_F(DeletionCommands, a_receipt_outlives_a_restart_on_its_way) {
  member("a", "a@example.org");
  start_readers();
  erase("a");
  context_.reset(), importer_.reset(), engine_.reset(), sign_ins_.reset(), credentials_.reset();
  store_.reset();
  open();
  EXPECT_EQ(state(), "on_the_way");
  pass(minutes{10});
  EXPECT_EQ(state(), "removed");
}

TEST_F(DeletionCommands, nothing_durable_names_the_person) {
  const std::string key = "jane.doe@example.org";
  rows({{store::ChangeType::kProfile, 0, key, {}, {}, {{"email", "jane@home.example"}}},
        {store::ChangeType::kEnter, 0, key, "Readers"}});
  start_readers();
  const Output first = said({"profile", "delete", key, "--yes"});
  const Output audit = said({"audit", "list"});
  EXPECT_EQ(audit.json["entries"][0]["action"], "profile delete");
  EXPECT_EQ(audit.json["entries"][0]["object"], first.json["profile_id"]);
  EXPECT_EQ(fails({"profile", "delete", "nobody@example.org", "--yes"}), "no_profile");
  const Output later = said({"profile", "receipt", "1"}), all = said({"audit", "list"});
  for (const Output& each : {first, audit, later, all})
    for (const char* secret : {"jane", "nobody@", "example.org", "home.example"})
      EXPECT_EQ((each.text + each.json.dump()).find(secret), std::string::npos) << each.text;
}

TEST_F(DeletionCommands, it_asks_first_and_happens_once) {
  member("a", "a@example.org");
  start_readers();
  EXPECT_EQ(fails({"profile", "delete", "a"}), "not_confirmed");
  EXPECT_EQ(json({"profile", "show", "a"})["exists"], true);
  erase("a");
  const auto again = run({"profile", "delete", "a", "--yes"});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "already_deleted");
  EXPECT_NE(again.error().fix.find("profile receipt 1"), std::string::npos) << again.error().fix;
  EXPECT_EQ(fails({"profile", "receipt", "2"}), "no_receipt");
  EXPECT_EQ(fails({"profile", "receipt", "one"}), "no_receipt");
}

TEST_F(DeletionCommands, conversions_that_waited_end_with_the_person) {
  said({"apply", configuration(R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
)"),
        "--start"});
  work();
  said({"job", "pause", "orders"});
  const int64_t now = to_millis(clock_.now());
  store_->inbox().append(store::encode({{store::ChangeType::kProfile,
                                         now,
                                         "a",
                                         {},
                                         {},
                                         {{"email", "a@example.org"}, {"order", "o1"}, {"at", ""}}},
                                        {store::ChangeType::kEnter, now, "a", "Buyers"}}),
                         [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
  work();
  const Json first = erase("a");
  EXPECT_EQ(first["held"]["conversions_ended"], 1);
  EXPECT_EQ(first["held"]["conversions_in_flight"], 0);
  EXPECT_EQ(first["lists"], Json::array());
  said({"job", "resume", "orders"});
  work();
  EXPECT_TRUE(pinterest_.requests.empty()) << "nothing of theirs is sent";
}

}  // namespace
}  // namespace pinrelay::cli
