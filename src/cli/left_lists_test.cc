#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* kOn777 = R"(
    list: {id: "777", type: EMAIL, shared: true})";

constexpr const char* kBuyers = R"(
  - name: buyers
    type: audience_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    identifiers: [{email: email}]
    list: {id: "777", type: EMAIL, shared: true}
)";

class LeftLists : public CommandTest {
 protected:
  // "readers" has u1, u2 and u3 on the list, "buyers" u3.
  void share() {
    for (const char* key : {"u1", "u2", "u3"}) member(key, std::string(key) + "@example.org");
    rows({{store::ChangeType::kEnter, 0, "u3", "Buyers"}});
    std::string readers = kReaders;
    readers.insert(readers.size() - 1, kOn777);
    said({"apply", configuration(readers + kBuyers), "--start"});
    work();
    pass(minutes{6});
  }
  // What doctor says of the list.
  std::string doctor() {
    std::string found;
    const Json said = said_in_any_case({"doctor"});
    for (const Json& check : said["checks"])
      if (check["name"].get<std::string>().starts_with("list "))
        found += check["result"].get<std::string>() + "\n";
    return found;
  }
  Json said_in_any_case(const std::vector<std::string>& argv) {
    auto output = run(argv);
    EXPECT_TRUE(output.ok());
    return output.ok() ? output->json : Json::object();
  }
  Error error_of(const std::vector<std::string>& argv) {
    auto output = run(argv);
    EXPECT_FALSE(output.ok());
    return output.ok() ? Error{ErrorKind::kInternal, "", "", "", ""} : output.error();
  }
};

TEST_F(LeftLists, stop_and_delete_say_beforehand_how_many_they_will_remove) {
  share();
  for (const char* verb : {"stop", "delete"}) {
    const Error error = error_of({"job", verb, "readers"});
    EXPECT_EQ(error.code, "not_confirmed");
    EXPECT_NE(error.message.find("2 identifiers"), std::string::npos) << error.message;
  }
  const int64_t before = pinterest_.sent("REMOVE");
  const Output stopped = said({"job", "stop", "readers", "--yes"});
  EXPECT_NE(stopped.text.find("2 identifiers"), std::string::npos) << stopped.text;
  work();
  pass(minutes{6});
  EXPECT_EQ(pinterest_.sent("REMOVE") - before, 2);
  const Output deleted = said({"job", "delete", "buyers"});
  EXPECT_NE(deleted.text.find("1 identifiers stay"), std::string::npos) << deleted.text;
}

TEST_F(LeftLists, what_cannot_be_taken_back_asks_also_without_another_job) {
  start_readers();
  for (const auto& argv :
       {std::vector<std::string>{"job", "stop", "readers"}, {"job", "delete", "readers", "--remove-first"}}) {
    const Error error = error_of(argv);
    EXPECT_EQ(error.code, "not_confirmed");
    EXPECT_EQ(exit_code(error), 2);
  }
  EXPECT_EQ(show()["state"], "Running");
  said({"job", "stop", "readers", "--yes"});
  EXPECT_EQ(said({"job", "stop", "readers"}).exit_code, 0) << "it is over already";
}

TEST_F(LeftLists, are_shown_by_doctor_and_can_be_forgotten) {
  share();
  said({"job", "delete", "readers", "--yes"});
  EXPECT_EQ(fails({"list", "forget", "777"}), "no_left_list") << "a job writes it";
  work();
  pass(minutes{6});
  said({"job", "delete", "buyers"});
  EXPECT_NE(doctor().find("left by buyers"), std::string::npos) << doctor();
  EXPECT_EQ(fails({"list", "forget", "777"}), "not_confirmed");
  said({"list", "forget", "777", "--yes"});
  EXPECT_TRUE(engine_->core().lists.empty());
  EXPECT_EQ(doctor(), "");
  EXPECT_EQ(said({"audit", "list"}).json["entries"][0]["action"], "list forget");
}

TEST_F(LeftLists, erasures_that_wait_are_counted_with_their_age) {
  share();
  said({"job", "pause", "readers"});
  said({"job", "pause", "buyers"});
  rows({{store::ChangeType::kDelete, 0, "u1"}});
  work();
  pass(hours{5});
  EXPECT_NE(doctor().find("1 identifiers of deleted people wait to be removed, the oldest for 5 h"),
            std::string::npos)
      << doctor();
  said({"job", "resume", "readers"});
  work();
  pass(minutes{6});
  EXPECT_EQ(doctor().find("deleted people"), std::string::npos) << doctor();
}

}  // namespace
}  // namespace pinrelay::cli
