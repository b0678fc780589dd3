// Alerts that are easily put off are repeated every day until a person decides.
#include "cli/alert_testing.h"

namespace pinrelay::cli {
namespace {

TEST_F(AlertCommands, what_a_restore_holds_is_told_daily_until_a_person_decides) {
  said({"apply", configuration(R"(
  - {name: orders, type: conversions_export, authorization: acme, audience: Buyers, ad_account: "1",
     event_name_default: checkout, action_source_default: web, identifiers: [{email: em}], event: [{order: event_id}, {at: event_time}]}
)"),
        "--start"});
  said({"job", "pause", "orders"});
  const int64_t now = to_millis(clock_.now());
  store_->inbox().append(
      store::encode(
          {{store::ChangeType::kProfile, now, "u1", {}, {}, {{"email", "a@example.org"}, {"order", "o1"}}},
           {store::ChangeType::kEnter, now, "u1", "Buyers"}}),
      [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
  work();
  ASSERT_TRUE(engine_
                  ->transact([&]() -> Result<void> {
                    store_->set_number("restored", 1);
                    return {};
                  })
                  .ok());
  ASSERT_TRUE(engine_->load().ok());
  put("restored_events_held");
  look();
  EXPECT_EQ(told(), "opened");
  hours(23);
  EXPECT_EQ(told(), "opened");
  hours(26);
  EXPECT_EQ(told(), "opened opened opened");
  said({"job", "discard", "orders"});
  look();
  EXPECT_EQ(told(), "opened opened opened resolved");
}

TEST_F(AlertCommands, a_held_snapshot_is_told_again_every_day_until_somebody_decides) {
  changes(3);
  put("snapshot_held");
  store::ImportRow row;
  row.number = 1, row.audience = "Readers", row.snapshot = true, row.unreadable = 7;
  row.state = store::ImportState::kHeld;
  ASSERT_TRUE(engine_
                  ->transact([&]() -> Result<void> {
                    store_->imports.put(row);
                    return {};
                  })
                  .ok());
  look();
  EXPECT_EQ(told(), "opened");
  look(5 * kHour);
  EXPECT_EQ(told(), "opened");
  restart();
  look(kDay), look(kDay);
  EXPECT_EQ(told(), "opened opened opened");
  EXPECT_NE(receiver_.bodies()[2]["summary"].get<std::string>().find("keys of 7 rows"), std::string::npos);
  EXPECT_EQ(open_now(), 1u);
  said({"import", "discard", "1"});
  EXPECT_EQ(fails({"import", "release", "1"}), "not_held");
  look();
  EXPECT_EQ(told(), "opened opened opened resolved");
}

}  // namespace
}  // namespace pinrelay::cli
