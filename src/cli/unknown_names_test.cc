#include "cli/unknown_names.h"

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kSlips = R"(
  - name: readers
    type: audience_export
    authorization: acme
    audience: Raeders
    ad_account: "1"
    description: Whoever reads us
    create_audience: false
    identifiers: {email: emial}
)";

struct UnknownNames : CommandTest {
  void expect_both(const std::string& text) {
    for (const char* part : {"the audience 'Raeders' has no members; did you mean 'Readers'?",
                             "nobody has the field 'emial'; did you mean 'email'?"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
};

TEST_F(UnknownNames, are_pointed_out_wherever_the_job_is_looked_at) {
  member("u1", "a@example.org");
  const std::string file = configuration(kSlips);
  expect_both(said({"lint", file}).text);
  expect_both(said({"plan", file}).text);
  said({"apply", file});
  expect_both(said({"job", "plan", "readers"}).text);
  expect_both(said({"job", "start", "readers"}).text);
  const Output shown = said({"job", "show", "readers"});
  expect_both(shown.text);
  EXPECT_EQ(shown.json["unknown_names"].size(), 2u);
  EXPECT_EQ(shown.json["description"], "Whoever reads us");
  EXPECT_NE(shown.text.find("Whoever reads us"), std::string::npos);
}

TEST_F(UnknownNames, right_names_are_not) {
  member("u1", "a@example.org");
  start_readers();
  EXPECT_TRUE(show()["unknown_names"].empty());
}

TEST_F(UnknownNames, fields_are_not_while_nobody_is_known) {
  said({"apply", configuration(kReaders)});
  EXPECT_EQ(show()["unknown_names"], Json::array({"the audience 'Readers' has no members"}));
}

}  // namespace
}  // namespace pinrelay::cli
