#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kEveryKind = R"(
  - name: readers
    type: audience_export
    label: "Readers: all of them"
    description: "true"
    authorization: acme
    audience: Readers
    ad_account: "1"
    list: {id: "55", type: MAID, shared: true}
    identifiers: [{maid: mobile_id}]
    maid_case: upper
    consent_field: optin
    flush: {after: 1h, users: 5}
    brake: {enabled: false}
    reassert: weekly
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
    details: [{total: value}]
    existing_users: true
    time_zone: Europe/Berlin
)";

struct JobExport : CommandTest {};

TEST_F(JobExport, what_was_exported_applies_and_changes_nothing) {
  for (const std::string& jobs : {std::string(kReaders), std::string(kEveryKind)}) {
    said({"apply", configuration(jobs)});
    for (const auto& [number, job] : engine_->core().jobs) {
      const Output exported = said({"job", "export", job.row.name});
      EXPECT_EQ(exported.json["yaml"], exported.text);
      EXPECT_EQ(exported.text.find("pina_"), std::string::npos);
      const std::string path = folder_ / "exported.yaml";
      write_file(path, exported.text);
      const Output plan = said({"plan", path});
      EXPECT_EQ(plan.exit_code, 0) << plan.text << exported.text;
      EXPECT_EQ(plan.json["jobs"][0]["change"], "unchanged") << exported.text;
      EXPECT_EQ(json({"apply", path})["jobs"][0]["change"], "unchanged");
      const Json shown = json({"job", "show", job.row.name});
      EXPECT_EQ(shown["description"], job.settings.description);
      const Json put = json({"job", "put", job.row.name, "--settings", shown["settings"].dump()});
      EXPECT_EQ(put["change"], "unchanged") << shown["settings"].dump(1);
    }
  }
  EXPECT_EQ(engine_->core().jobs.size(), 2u);
  EXPECT_EQ(fails({"job", "export", "nobody"}), "no_job");
}

TEST_F(JobExport, a_job_of_the_file_says_where_it_differs_from_it) {
  start_readers();
  EXPECT_EQ(show()["managed_by"], "store");
  config_.jobs = config::load_config_file(configuration(kReaders)).value().config.jobs;
  Json shown = show();
  EXPECT_EQ(shown["managed_by"], "file");
  EXPECT_TRUE(shown["file_differences"].empty());
  said(
      {"apply", configuration(std::string(kReaders) + "    flush: {after: 1h}\n    consent_field: optin\n")});
  const Output output = said({"job", "show", "readers"});
  const Json wanted = Json::array({{{"key", "consent_field"}, {"file", nullptr}, {"running", "optin"}},
                                   {{"key", "flush.after"}, {"file", "5m"}, {"running", "1h"}}});
  EXPECT_EQ(output.json["file_differences"], wanted);
  EXPECT_NE(output.text.find("flush.after: 5m in the file, 1h here"), std::string::npos) << output.text;
}

TEST_F(JobExport, a_job_by_a_stored_authorization_is_planned_and_exported_like_any_other) {
  pinterest_.answer = [](const http::Request&) {
    return std::pair{200, std::string(R"({"num_events_received":1,"num_events_processed":1,)"
                                      R"("events":[{"status":"processed"}]})")};
  };
  ASSERT_EQ(run({"auth", "add", "shop", "--ad-account", "77"}, "pina_secret").value().exit_code, 0);
  const Json settings = {{"type", "conversions_export"},
                         {"authorization", "shop"},
                         {"audience", "Buyers"},
                         {"event_name_default", "checkout"},
                         {"action_source_default", "web"},
                         {"identifiers", Json::array({{{"email", "em"}}})},
                         {"event", Json::array({{{"order", "event_id"}}, {{"at", "event_time"}}})}};
  said({"job", "put", "orders", "--settings", settings.dump()});
  EXPECT_EQ(json({"job", "plan", "orders"})["members"], 0);
  const std::string yaml = said({"job", "export", "orders"}).text;
  EXPECT_EQ(yaml.find("pina_secret"), std::string::npos);
  write_file(folder_ / "exported.yaml", yaml);
  const Output plan = said({"plan", folder_ / "exported.yaml"});
  EXPECT_EQ(plan.exit_code, 0) << plan.text << yaml;
}

}  // namespace
}  // namespace pinrelay::cli
