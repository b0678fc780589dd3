#include "cli/cli_testing.h"
#include "pinterest/conversion_fields.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}, {ip: client_ip_address}]
    event: [{order: event_id}, {at: event_time}]
    details: [{total: value}]
)";

struct JobPreview : CommandTest {
  Json preview(const std::string& job, const std::string& rows) {
    const Output output = said({"job", "preview", job, "--rows", rows});
    for (const char* raw : {"anna@", "8.8.4.4", "person-77"})
      EXPECT_EQ((output.text + output.json.dump()).find(raw), std::string::npos) << raw;
    return output.json;
  }
};

TEST_F(JobPreview, a_plan_of_a_stored_job_is_the_plan_of_its_file) {
  for (int i = 0; i < 20; ++i)
    member("u" + std::to_string(i), i % 4 == 0 ? "nowhere" : "p" + std::to_string(i) + "@example.org");
  rows({{store::ChangeType::kEnter, 0, "nobody", "Readers"}});
  said({"apply", configuration(kReaders)});
  const Json wanted = run({"plan", configuration(kReaders)}).value().json["jobs"][0];
  Json plan = json({"job", "plan", "readers"});
  plan.erase("as_of");
  EXPECT_EQ(plan, wanted);
  EXPECT_EQ(plan["members"], 21);
  EXPECT_EQ(plan["identifiers_to_add"], 15);
  EXPECT_EQ(plan["invalid"], (Json{{"missing_identifier", 1}, {"invalid_email", 5}}));
  EXPECT_EQ(plan["coverage"], (Json::array({{{"field", "email"}, {"target", "email"}, {"people", 20}}})));
  EXPECT_TRUE(pinterest_.requests.empty());
  EXPECT_EQ(fails({"job", "plan", "nothing"}), "no_job");
}

TEST_F(JobPreview, a_plan_of_conversions_counts_events_reasons_and_coverage) {
  said({"apply", configuration(kOrders)});
  rows({{store::ChangeType::kProfile, 0, "u1", {}, {}, {{"email", "a@example.org"}, {"order", "1"}}},
        {store::ChangeType::kEnter, 0, "u1", "Readers"},
        {store::ChangeType::kProfile, 0, "u2", {}, {}, {{"email", "a@example.org"}, {"total", "7"}}},
        {store::ChangeType::kEnter, 0, "u2", "Readers"}});
  const Json plan = json({"job", "plan", "orders"});
  EXPECT_EQ(plan["members"], 2);
  EXPECT_EQ(plan["events"], 1);
  EXPECT_EQ(plan["requests"], 1);
  EXPECT_EQ(plan["not_sent"].size(), 1u);
  ASSERT_EQ(plan["coverage"].size(), 5u);
  EXPECT_EQ(plan["coverage"][0]["people"], 2);
  EXPECT_EQ(plan["coverage"][4]["people"], 1);
}

TEST_F(JobPreview, rows_are_shown_as_identifiers_with_masked_values_and_nothing_is_kept) {
  said({"apply", configuration(kReaders)});
  const Json shown = preview("readers", R"([
      {"key": "person-77", "fields": {"email": ["anna@example.org", "anna@"]}},
      {"key": "person-78", "fields": {"email": "anna at example"}},
      {"key": "person-79", "fields": {}},
      {"fields": {"email": "anna@example.org"}},
      {"type": "exit", "key": "u", "audience": "Readers"}, 7])");
  ASSERT_EQ(shown["rows"].size(), 6u);
  EXPECT_EQ(shown["rows"][0]["key"], "p***");
  EXPECT_EQ(shown["rows"][0]["identifiers"].size(), 1u);
  EXPECT_TRUE(shown["rows"][0]["reason"].is_null());
  EXPECT_EQ(shown["rows"][0]["values"][0]["values"][0]["value"], "a***@e***.org");
  EXPECT_EQ(shown["rows"][0]["values"][0]["values"][1]["reason"], "invalid_email");
  EXPECT_EQ(shown["rows"][1]["reason"], "invalid_email");
  EXPECT_EQ(shown["rows"][2]["reason"], "missing_identifier");
  for (size_t bad : {3u, 4u, 5u}) EXPECT_TRUE(shown["rows"][bad].contains("error")) << bad;
  EXPECT_EQ(shown["would_be_sent"], 1);
  EXPECT_EQ(shown["not_sent"], 2);
  EXPECT_EQ(shown["bad_rows"], 3);
  EXPECT_TRUE(json({"audience", "list"})["audiences"][0]["members"] == 0);
  EXPECT_EQ(fails({"job", "preview", "readers"}), "no_rows");
  EXPECT_EQ(fails({"job", "preview", "readers", "--rows", "{"}), "no_rows");
  EXPECT_EQ(fails({"job", "preview", "readers", "--rows", Json(std::vector<int>(101)).dump()}),
            "too_many_rows");
  EXPECT_EQ(fails({"job", "preview", "nobody", "--rows", "[{}]"}), "no_job");
}

TEST_F(JobPreview, rows_become_events_value_by_value) {
  said({"apply", configuration(kOrders)});
  const Json shown = preview("orders", R"([
      {"key": "person-77", "fields": {"email": "anna@example.org", "ip": "8.8.4.4", "order": "o1", "total": "12.50"}},
      {"key": "person-78", "fields": {"email": "anna@example.org"}}])");
  EXPECT_EQ(shown["would_be_sent"], 1);
  EXPECT_EQ(shown["not_sent"], 1);
  const Json& values = shown["rows"][0]["values"];
  ASSERT_EQ(values.size(), 5u);
  EXPECT_EQ(values[0]["normalised"], Json::array({"a***@e***.org"}));
  EXPECT_EQ(values[4]["sent"], "12.50");
  EXPECT_FALSE(shown["rows"][1]["reason"].is_null());
}

TEST_F(JobPreview, settings_that_are_not_saved_show_members_and_fields_that_nobody_has_yet) {
  member("person-77", "anna@example.org");
  member("person-78", "anna at example");
  rows({{store::ChangeType::kProfile, 0, "elsewhere", {}, {}, {{"email", "anna@example.org"}}}});
  const Json sample = json({"audience", "sample", "Readers"});
  ASSERT_EQ(sample["people"].size(), 2u);
  said({"apply", configuration(kOrders)});  // for its authorization
  const auto settings_with = [](const std::string& mail) {
    return R"({"type": "audience_export", "authorization": "acme", "audience": "Readers", "ad_account": "1",
               "identifiers": [{")" +
           mail + R"(": "email"}, {"digest": "sha256_email"}]})";
  };
  const std::string settings = settings_with("email");
  const auto of_people = [&](const std::vector<std::string>& people) {
    std::string lines;
    for (const std::string& person : people) lines += (lines.empty() ? "" : "\n") + person;
    return json({"job", "preview", "new", "--settings", settings, "--people", lines})["rows"];
  };
  const Json members =
      of_people({sample["people"][0]["profile_id"], sample["people"][1]["profile_id"], "elsewhere"});
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0]["profile_id"], sample["people"][0]["profile_id"]);
  EXPECT_EQ(members[0]["reason"].is_null() + members[1]["reason"].is_null(), 1);
  EXPECT_TRUE(members[2].contains("error")) << "is no member";
  // Neither of these fields is known, and they are told apart.
  const Json typed = json({"job", "preview", "new", "--settings", settings_with("work_mail"), "--rows",
                           R"([{"key": "k", "fields": {"work_mail": "anna@example.org"}}])"})["rows"][0];
  ASSERT_EQ(typed["values"].size(), 2u);
  EXPECT_EQ(typed["values"][0]["field"], "work_mail");
  EXPECT_FALSE(typed["values"][0]["values"][0]["identifier"].is_null());
  EXPECT_TRUE(typed["values"][1]["values"].empty());
  const Json fields = json({"field", "list"})["fields"];
  for (const Json& field : fields) {
    EXPECT_NE(field["name"], "work_mail") << "a preview has added it";
    EXPECT_NE(field["name"], "digest") << "a preview has added it";
  }
  EXPECT_EQ(fails({"job", "show", "new"}), "no_job");
  const auto refused =
      run({"job", "preview", "new", "--settings", R"({"type": "audience_export"})", "--rows", "[{}]"});
  EXPECT_EQ(refused.value().exit_code, 1);
  EXPECT_FALSE(refused.value().json["problems"].empty());
}

TEST_F(JobPreview, the_catalogue_has_every_field) {
  const Json catalogue = json({"provider", "fields"});
  EXPECT_EQ(catalogue["fields"].size(), pinterest::conversion_fields().size());
  EXPECT_EQ(catalogue["event_names"].size(), pinterest::event_names().size());
  for (const Json& field : catalogue["fields"]) {
    EXPECT_NE(field["takes"], "");
    EXPECT_TRUE(field["mapping"] == "identifiers" || field["mapping"] == "event" ||
                field["mapping"] == "details");
  }
}

}  // namespace
}  // namespace pinrelay::cli
