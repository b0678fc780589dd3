// What the beginning of an import says.
#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
)";
constexpr const char* kPeople = "key,email,order\nu1,anna@example.org,o1\nu2,bert@example.org,o2\n";

class ImportCommands : public CommandTest {
 protected:
  void finish_imports() {
    for (bool more = true; more;)
      ASSERT_TRUE(engine_
                      ->transact([&]() -> Result<void> {
                        more = TRY(importer_->step());
                        return {};
                      })
                      .ok());
  }
  Error error_of(const std::vector<std::string>& argv) {
    const auto output = run(argv);
    return output.ok() ? Error{} : output.error();
  }
};

TEST_F(ImportCommands, the_beginning_and_the_preview_say_how_many_conversions_there_will_be_at_most) {
  const std::string path = configuration(kOrders);
  said({"apply", path, "--start"});
  write_file(folder_ / "people.csv", kPeople);
  const Json seen = json({"import", "preview", "people.csv", "--audience", "Buyers", "--config", path});
  EXPECT_EQ(seen["conversions_at_most"], (Json{{"orders", 2}})) << seen;
  const Output begun = said({"import", "people.csv", "--audience", "Buyers"});
  EXPECT_EQ(begun.json["conversions_at_most"], (Json{{"orders", 2}})) << begun.json;
  EXPECT_NE(begun.text.find("at most 2 conversions by job orders"), std::string::npos) << begun.text;
  finish_imports();
  write_file(folder_ / "one.csv", "key,email\nu1,anna@example.org\n");
  const Json snapshot = json({"import", "one.csv", "--audience", "Buyers", "--mode", "snapshot"});
  EXPECT_EQ(snapshot["conversions_at_most"], (Json{{"orders", 2}})) << "an enter and an exit: " << snapshot;
}

TEST_F(ImportCommands, a_name_that_nothing_has_used_is_pointed_out) {
  member("u1", "anna@example.org");  // of "Readers"
  write_file(folder_ / "people.csv", kPeople);
  const std::string text = said({"import", "people.csv", "--audience", "Raeders"}).text;
  EXPECT_NE(text.find("did you mean 'Readers'?"), std::string::npos) << text;
  EXPECT_EQ(json({"import", "people.csv", "--audience", "Readers"})["notes"], Json::array());
  EXPECT_EQ(fails({"import", "people.csv", "--audience", ""}), "usage");
  EXPECT_EQ(fails({"import", "people.csv", "--audience", std::string(129, 'a')}), "too_long");
}

TEST_F(ImportCommands, a_snapshot_that_is_refused_says_how_many_people_it_would_remove) {
  write_file(folder_ / "people.csv", kPeople);
  const std::vector<std::string> again{"import", "people.csv", "--audience", "Readers", "--mode", "snapshot"};
  said(again);
  finish_imports();
  clock_.advance(std::chrono::hours{1});
  member("u8", "carl@example.org");
  member("u9", "dora@example.org");
  const Error error = error_of(again);
  EXPECT_EQ(error.code, "already_imported");
  EXPECT_NE(error.fix.find("--again"), std::string::npos) << error.fix;
  EXPECT_NE(error.fix.find("removes 2 people"), std::string::npos) << error.fix;
}

}  // namespace
}  // namespace pinrelay::cli
