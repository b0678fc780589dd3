#include "cli/cli_testing.h"
#include "cli/known_names.h"

namespace pinrelay::cli {
namespace {

class NameCommands : public CommandTest {
 protected:
  void apply(const std::string& rows) {
    Bytes changes;
    const auto parsed = sources::parse_change_rows(rows, clock_.now(), 1, changes);
    ASSERT_EQ(parsed.errors_total, 0u);
    ASSERT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      engine_->apply(changes, 0);
                      return {};
                    })
                    .ok());
  }
  std::vector<std::string> fields() {
    std::vector<std::string> names;
    const Json answer = json({"field", "list"});
    for (const Json& field : answer["fields"]) names.push_back(field["name"]);
    return names;
  }
};

constexpr const char* kTwoPeople =
    R"({"type":"profile","key":"u1","fields":{"email":"a@example.org","junk":"x"}}
{"type":"enter","key":"u1","audience":"Old"}
{"type":"profile","key":"u2","fields":{"junk":"y"}}
)";

TEST_F(NameCommands, a_field_that_nothing_uses_is_removed_with_its_values) {
  apply(kTwoPeople);
  EXPECT_EQ(fails({"field", "remove", "junk"}), "not_confirmed");
  const Output removed = said({"field", "remove", "junk", "--yes"});
  EXPECT_EQ(removed.json["people"], 2);
  while (engine_->run_once().value()) {
  }
  EXPECT_EQ(fields(), std::vector<std::string>{"email"});
  EXPECT_EQ(json({"profile", "show", "u1"})["fields"].size(), 1u);
  EXPECT_TRUE(json({"profile", "show", "u2"})["fields"].empty());
}

TEST_F(NameCommands, what_a_job_uses_is_not_removed) {
  apply(kTwoPeople);
  said({"apply", configuration(kReaders)});
  EXPECT_EQ(fails({"field", "remove", "email", "--yes"}), "in_use");
  EXPECT_EQ(fails({"audience", "remove", "Readers", "--yes"}), "in_use");
}

TEST_F(NameCommands, an_audience_that_nothing_uses_is_removed) {
  apply(kTwoPeople);
  EXPECT_EQ(fails({"audience", "remove", "Elsewhere"}), "no_audience");
  said({"audience", "remove", "Old", "--yes"});
  EXPECT_TRUE(json({"audience", "list"})["audiences"].empty());
  while (engine_->run_once().value()) {
  }
  EXPECT_TRUE(json({"profile", "show", "u1"})["audiences"].empty());
}

TEST_F(NameCommands, fields_come_in_pages) {
  apply(R"({"type":"profile","key":"u1","fields":{"a":1,"b":2,"c":3}})");
  const Json first = json({"field", "list", "--limit", "2"});
  EXPECT_EQ(first["fields"].size(), 2u);
  const Json rest = json({"field", "list", "--limit", "2", "--cursor", first["next_cursor"]});
  ASSERT_EQ(rest["fields"].size(), 1u);
  EXPECT_EQ(rest["fields"][0]["name"], "c");
  EXPECT_TRUE(rest["next_cursor"].is_null());
}

TEST_F(NameCommands, doctor_tells_of_names_that_were_refused) {
  sources::InputLimits limits({.fields = 0}, clock_);
  importer_->set_limits(&limits);
  const auto check = [&] {
    const Json answer = json({"doctor"});
    for (const Json& each : answer["checks"])
      if (each["name"] == "limits") return each;
    return Json();
  };
  EXPECT_EQ(check()["level"], "ok");
  EXPECT_FALSE(limits.admit(sources::NameKind::kField, "x", "site"));
  EXPECT_NE(check()["result"].get<std::string>().find("site (1)"), std::string::npos);
  ASSERT_TRUE(save_sender_uses(*context_).ok());
  importer_->set_limits(nullptr);
}

TEST_F(NameCommands, the_audit_log_shows_no_name_that_is_no_user_s) {
  EXPECT_EQ(fails({"user", "remove", "hunter2-was-my-password"}), "no_such_user");
  const std::string log = json({"audit", "list"}).dump();
  EXPECT_EQ(log.find("hunter2"), std::string::npos) << log;
}

}  // namespace
}  // namespace pinrelay::cli
