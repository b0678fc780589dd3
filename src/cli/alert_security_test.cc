// Alerts of security events: one kind each, about the service as a whole.
#include "alerts/kinds.h"
#include "cli/alert_testing.h"

namespace pinrelay::cli {
namespace {

class SecurityAlerts : public AlertCommands {
 protected:
  void note(store::SecurityKind kind, int64_t count, const std::string& source = "203.0.113.9") {
    store_->begin();
    store_->security_events.append({0, kind, clock_.now(), source, "user ada", "GET /x", {}, count});
    ASSERT_TRUE(store_->commit().ok());
  }
};

TEST_F(SecurityAlerts, each_kind_of_event_has_one_of_its_name_that_opens_and_ends) {
  for (const store::SecurityKindInfo& each : store::kSecurityKinds) {
    const alerts::Kind* kind = alerts::find_kind(each.name);
    ASSERT_NE(kind, nullptr) << each.name;
    put(std::string(each.name));
    note(each.kind, kind->most);
    look();
    EXPECT_EQ(told(), "") << each.name << ": as many as are allowed";
    note(each.kind, 1);
    look();
    EXPECT_EQ(told(), "opened") << each.name;
    look(kind->hours * kHour);
    EXPECT_EQ(told(), "opened resolved") << each.name << ": they are long ago";
    receiver_.requests.clear();
    said({"alert", "remove", "watch"});
  }
}

TEST_F(SecurityAlerts, tells_how_many_and_from_how_many_places_but_not_who_and_where) {
  put("token_refused", {"--max", "4", "--hours", "2"});
  note(store::SecurityKind::kTokenRefused, 3);
  note(store::SecurityKind::kTokenRefused, 2, "203.0.113.10");
  note(store::SecurityKind::kForbidden, 100);
  look();
  ASSERT_EQ(told(), "opened");
  const Json body = receiver_.bodies()[0];
  EXPECT_TRUE(
      body["summary"].get<std::string>().starts_with("5 times within 2 hour(s), from 2 address(es): "));
  EXPECT_EQ(body["object"], Json({{"type", "service"}, {"name", "service"}}));
  EXPECT_EQ(body.dump().find("203.0.113"), std::string::npos);
  EXPECT_EQ(body.dump().find("ada"), std::string::npos);
}

TEST_F(SecurityAlerts, takes_a_maximum_and_hours_but_no_minimum_and_no_object) {
  const auto refused = [&](std::vector<std::string> more) {
    std::vector<std::string> argv = {"alert", "put", "watch", "--kind", "forbidden", "--to", "ops"};
    argv.insert(argv.end(), more.begin(), more.end());
    const Output output = said(argv);
    return output.exit_code == 0 ? "" : output.json["problems"][0]["code"].get<std::string>();
  };
  EXPECT_EQ(refused({"--min", "1"}), "not_for_this_kind");
  EXPECT_EQ(refused({"--of", "readers"}), "not_for_this_kind");
  EXPECT_EQ(refused({"--max", "-1"}), "out_of_range");
  EXPECT_EQ(refused({"--max", "0", "--hours", "24"}), "");
  const Json rule = json({"alert", "list"})["alerts"][0];
  EXPECT_EQ(rule["max"], 0);
  EXPECT_EQ(rule["hours"], 24);
}

}  // namespace
}  // namespace pinrelay::cli
