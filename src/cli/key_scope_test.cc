// What tokens and write keys are limited to, as commands make and tell it; and what security events they
// show.
#include "admin/security_watch.h"
#include "cli/cli_testing.h"
#include "cli/doctor.h"

namespace pinrelay::cli {
namespace {

class KeyScope : public CommandTest {
 protected:
  Json key(const std::string& name) {
    const Json listed = json({"write-key", "list"});
    for (const Json& each : listed["write_keys"])
      if (each["name"] == name) return each;
    return {};
  }
  std::string check(const std::string& name) {
    for (const Check& each : run_checks(*context_))
      if (each.name == name) return each.result;
    return "";
  }
};

TEST_F(KeyScope, a_key_keeps_what_it_was_made_for) {
  said({"write-key", "add", "shop", "--audience", "Buyers, all", "--audience", "Readers", "--rows",
        "profile,enter", "--network", "10.0.0.0/8", "--network", "192.0.2.7", "--rows-a-minute", "600",
        "--bytes-a-minute", "70000", "--expires", "90d"});
  const Json made = key("shop");
  EXPECT_EQ(made["audiences"], Json({"Buyers, all", "Readers"}));
  EXPECT_EQ(made["rows"], Json({"profile", "enter"}));
  EXPECT_EQ(made["networks"], Json({"10.0.0.0/8", "192.0.2.7"}));
  EXPECT_EQ(made["rows_a_minute"], 600);
  EXPECT_EQ(made["bytes_a_minute"], 70'000);
  EXPECT_EQ(made["unlimited"], false);
  const Json entry = json({"audit", "list", "--limit", "1"})["entries"][0];
  EXPECT_EQ(entry["action"], "write-key add");
  EXPECT_NE(entry["detail"].get<std::string>().find("audience=Buyers, all, Readers"), std::string::npos);
  EXPECT_NE(entry["changed"]["may_send"][1].get<std::string>().find("profile, enter"), std::string::npos);
}

TEST_F(KeyScope, a_new_key_deletes_nobody_unless_that_is_said) {
  said({"write-key", "add", "shop"});
  EXPECT_EQ(key("shop")["rows"], Json({"profile", "enter", "exit"}));
  EXPECT_EQ(key("shop")["audiences"], Json());
  said({"write-key", "add", "eraser", "--rows", "delete"});
  EXPECT_EQ(key("eraser")["rows"], Json({"delete"}));
}

TEST_F(KeyScope, mistakes_are_told_with_their_place) {
  const auto wrong = [&](std::vector<std::string> more) {
    std::vector<std::string> argv = {"write-key", "add", "x"};
    argv.insert(argv.end(), more.begin(), more.end());
    const auto output = run(argv);
    EXPECT_FALSE(output.ok());
    return output.ok() ? "" : output.error().code + " " + output.error().where;
  };
  EXPECT_EQ(wrong({"--rows", "profile,everything"}), "bad_row_type rows");
  EXPECT_EQ(wrong({"--network", "10.0.0.0/8", "--network", "office"}), "bad_network network");
  EXPECT_EQ(wrong({"--audience", std::string(200, 'a')}), "too_long audience");
  EXPECT_EQ(fails({"token", "add", "x", "--job", "nobody"}), "no_job");
  EXPECT_TRUE(json({"write-key", "list"})["write_keys"].empty());
}

TEST_F(KeyScope, doctor_lists_the_keys_that_are_limited_in_nothing) {
  said({"write-key", "add", "shop"});
  EXPECT_EQ(check("write keys"), "each is limited in what it may send");
  config_.write_keys.push_back({"site", {}});
  store_->begin();
  store::ApiTokenRow old;  // as one from before there were limits
  old.number = 77, old.name = "old", old.hash = {1};
  store_->write_keys.put(old);
  ASSERT_TRUE(store_->commit().ok());
  const std::string listed = check("write keys");
  EXPECT_TRUE(listed.starts_with("unlimited: site, old;")) << listed;
  EXPECT_EQ(key("old")["unlimited"], true);
  EXPECT_EQ(key("site")["unlimited"], true);
}

TEST_F(KeyScope, a_token_is_bound_to_jobs_and_not_to_their_names) {
  start_readers();
  said({"token", "add", "ci", "--role", "operator", "--job", "readers", "--network", "10.0.0.0/8"});
  const auto bound = [&] { return json({"token", "list"})["tokens"][0]; };
  EXPECT_EQ(bound()["jobs"], Json({"readers"}));
  EXPECT_EQ(bound()["networks"], Json({"10.0.0.0/8"}));
  said({"job", "stop", "readers", "--yes"});
  said({"job", "delete", "readers", "--yes"});
  work();
  EXPECT_EQ(bound()["jobs"], Json::array());
  said({"apply", configuration(kReaders)});
  EXPECT_EQ(bound()["jobs"], Json::array()) << "another job has the name now";
}

TEST_F(KeyScope, whoever_is_bound_to_jobs_sees_no_others) {
  start_readers(R"(
  - name: buyers
    type: audience_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    create_audience: false
    identifiers: [{email: email}]
)");
  member("u1", "a@example.org");
  config_.webhooks.push_back({"ops", "http://127.0.0.1:9/hook", {}});
  said({"alert", "put", "one", "--kind", "job_failed", "--of", "buyers", "--to", "ops"});
  const auto seen = [&](const std::vector<std::string>& argv) {
    Parsed parsed = parse(argv);
    parsed.arguments.only_jobs = {"readers"};
    const auto output = execute(*context_, *parsed.command, parsed.arguments, {"token ci", "10.0.0.1"});
    EXPECT_TRUE(output.ok());
    return output.ok() ? output->json : Json();
  };
  const std::vector<std::vector<std::string>> lists = {{"job", "list"},   {"audience", "list"},
                                                       {"auth", "list"},  {"audience", "show", "Readers"},
                                                       {"alert", "list"}, {"alert", "history"}};
  for (const auto& argv : lists) {
    const std::string text = seen(argv).dump();
    EXPECT_EQ(text.find("buyers"), std::string::npos) << text;
  }
  EXPECT_EQ(seen({"job", "list"})["jobs"].size(), 1u);
  EXPECT_EQ(json({"job", "list"})["jobs"].size(), 2u);
}

class SecurityCommands : public CommandTest {
 protected:
  SecurityCommands() { context_->security = &watch_; }
  void write() {
    store_->begin();
    for (store::SecurityEventRow& row : watch_.take()) store_->security_events.append(std::move(row));
    ASSERT_TRUE(store_->commit().ok());
  }
  void note(store::SecurityKind kind, int count = 1) {
    for (int i = 0; i < count; ++i)
      watch_.note({kind, "203.0.113." + std::to_string(i), "", "GET /x: no_token"});
    write();
  }
  Json events(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"security", "events"});
    return json(more);
  }

  admin::SecurityWatch watch_{clock_, [] {}};
};

TEST_F(SecurityCommands, who_looks_at_whom_is_kept_without_saying_who_that_is) {
  member("anna@example.org", "anna@example.org");
  member("u2", "b@example.org");
  said({"profile", "show", "anna@example.org"});
  said({"job", "why", "u2"});
  fails({"profile", "show", "nobody"});
  said({"job", "list"});
  write();
  const Json all = events()["events"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1]["kind"], "person_viewed");
  EXPECT_EQ(all[1]["what"], "profile show");
  EXPECT_EQ(all[1]["who"], "cli");
  EXPECT_EQ(all[1]["at"], format_rfc3339(clock_.now()));
  EXPECT_TRUE(all[1]["whom"].get<std::string>().starts_with("id:"));
  EXPECT_EQ(all.dump().find("anna"), std::string::npos);
  const Json of_anna = events({"--key", "anna@example.org"})["events"];
  ASSERT_EQ(of_anna.size(), 1u);
  EXPECT_EQ(of_anna[0]["what"], "profile show");
}

TEST_F(SecurityCommands, a_search_is_a_look_at_everybody_who_is_found_and_does_not_say_for_what) {
  member("u1", "anna@example.org");
  said({"profile", "search", "--value", "anna@example.org"});
  said({"profile", "search", "--value", "bob@example.org"});
  write();
  const Json all = events()["events"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0]["whom"].is_null()) << "nobody was found";
  EXPECT_TRUE(all[1]["whom"].get<std::string>().starts_with("id:"));
  for (const Json& event : all) EXPECT_EQ(event["what"], "profile search");
  EXPECT_EQ(all.dump().find("example.org"), std::string::npos);
}

TEST_F(SecurityCommands, events_come_in_pages_and_by_kind) {
  note(store::SecurityKind::kTokenRefused, 3);
  note(store::SecurityKind::kForbidden);
  EXPECT_EQ(events()["events"].size(), 4u);
  EXPECT_EQ(events({"--kind", "forbidden"})["events"].size(), 1u);
  EXPECT_EQ(fails({"security", "events", "--kind", "noise"}), "bad_kind");
  const Json page = events({"--kind", "token_refused", "--limit", "2"});
  EXPECT_EQ(page["events"].size(), 2u);
  const Json next = events({"--kind", "token_refused", "--limit", "2", "--cursor", page["next_cursor"]});
  EXPECT_EQ(next["events"].size(), 1u);
  EXPECT_TRUE(next["next_cursor"].is_null());
}

}  // namespace
}  // namespace pinrelay::cli
