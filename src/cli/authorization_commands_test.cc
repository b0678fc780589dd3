#include "cli/cli_testing.h"
#include "pinterest/provider.h"

namespace pinrelay::cli {
namespace {

struct Authorizations : CommandTest {
  // A second authorization, by conversion token.
  void with_token() {
    config_.authorizations.push_back({.name = "shop",
                                      .method = config::Method::kConversionToken,
                                      .token = config_.authorizations[0].token,
                                      .ad_account = "77"});
  }
  void answers(int status, const std::string& body) {
    pinterest_.answer = [status, body](const http::Request&) { return std::pair{status, body}; };
  }
  Json verify(const std::string& name, int exit_code) {
    const Output output = said({"auth", "verify", name});
    EXPECT_EQ(output.exit_code, exit_code) << output.text;
    return output.json;
  }
};

TEST_F(Authorizations, the_provider_has_two_methods_and_each_says_what_it_enables) {
  const Json provider = json({"provider", "list"})["providers"][0];
  EXPECT_EQ(provider["name"], "Pinterest");
  ASSERT_EQ(provider["methods"].size(), 2u);
  EXPECT_EQ(provider["methods"][0]["title"], "Pinterest Sign-In");
  EXPECT_EQ(provider["methods"][0]["job_types"], (Json{"audience_export", "conversions_export"}));
  EXPECT_EQ(provider["methods"][1]["title"], "Pinterest Conversion Token");
  EXPECT_EQ(provider["methods"][1]["job_types"], Json::array({"conversions_export"}));
  for (const Json& method : provider["methods"]) EXPECT_FALSE(method["prerequisites"].empty());
  // The table stands in the order of the setting.
  EXPECT_EQ(pinterest::kAuthorizationMethods[static_cast<size_t>(config::Method::kSignIn)].name, "sign_in");
}

TEST_F(Authorizations, a_conversion_token_is_verified_by_a_test_event) {
  with_token();
  answers(200, R"({"num_events_received":1,"num_events_processed":1,"events":[{"status":"processed"}]})");
  const Json verified = verify("shop", 0);
  EXPECT_EQ(verified["result"], "verified");
  ASSERT_EQ(pinterest_.requests.size(), 1u);
  EXPECT_TRUE(pinterest_.requests[0].url.ends_with("/ad_accounts/77/events?test=true"));
}

TEST_F(Authorizations, what_is_wrong_with_a_conversion_token_is_told_apart) {
  with_token();
  const std::tuple<int, const char*> kCases[] = {{401, "token_refused"}, {403, "not_permitted"},
                                                 {400, "refused"},       {429, "not_verified"},
                                                 {500, "not_verified"},  {503, "not_verified"}};
  for (const auto& [status, result] : kCases) {
    answers(status, R"({"code":1,"message":"no"})");
    const Json said = verify("shop", 1);
    EXPECT_EQ(said["result"], result) << status;
    EXPECT_EQ(said["status"], status);
    EXPECT_NE(said["fix"], "");
    EXPECT_EQ(said.dump().find("pina_"), std::string::npos);
  }
}

TEST_F(Authorizations, a_sign_in_shows_every_ad_account_with_what_its_role_allows) {
  pinterest_.answer = [](const http::Request& request) {
    if (request.url.find("/user_account") != std::string::npos)
      return std::pair{200, std::string(R"({"id":"5","username":"acme","account_type":"BUSINESS"})")};
    if (request.url.find("bookmark=more") != std::string::npos)
      return std::pair{200, std::string(R"({"items":[{"id":"3","name":"C","permissions":["ANALYST"]},)"
                                        R"({"id":"4","name":"D","permissions":["FINANCE_VIEW"]}]})")};
    return std::pair{200, std::string(R"({"items":[{"id":"1","name":"A","permissions":["ADMIN"]},)"
                                      R"({"id":"2","name":"B","permissions":["AUDIENCE_MANAGER"]}],)"
                                      R"("bookmark":"more"})")};
  };
  const Json said = verify("acme", 0);
  EXPECT_EQ(said["connected_as"], "acme");
  ASSERT_EQ(said["ad_accounts"].size(), 4u);
  const Json both = {"audience_export", "conversions_export"};
  EXPECT_EQ(said["ad_accounts"][0]["job_types"], both);
  EXPECT_EQ(said["ad_accounts"][1]["job_types"], both);
  EXPECT_EQ(said["ad_accounts"][2]["job_types"], Json::array({"conversions_export"}));
  EXPECT_EQ(said["ad_accounts"][3]["job_types"], Json::array());
}

TEST_F(Authorizations, a_name_that_may_not_be_read_stays_unknown) {
  pinterest_.answer = [](const http::Request& request) {
    if (request.url.find("/user_account") != std::string::npos)
      return std::pair{401, std::string(R"({"code":3,"message":"no such scope"})")};
    return std::pair{200, std::string(R"({"items":[{"id":"1","name":"A","permissions":["OWNER"]}]})")};
  };
  const Json said = verify("acme", 0);
  EXPECT_TRUE(said["connected_as"].is_null());
  EXPECT_EQ(said["ad_accounts"].size(), 1u);
}

TEST_F(Authorizations, pages_that_never_end_are_given_up) {
  pinterest_.answer = [](const http::Request&) {
    return std::pair{200, std::string(R"({"id":"5","username":"acme","items":[],"bookmark":"again"})")};
  };
  verify("acme", 0);
  EXPECT_EQ(pinterest_.requests.size(), 41u);
}

TEST_F(Authorizations, accounts_are_all_that_a_sign_in_sees_and_a_token_has_none_to_show) {
  pinterest_.answer = [](const http::Request& request) {
    const bool second = request.url.find("bookmark=more") != std::string::npos;
    return std::pair{200,
                     std::string(second ? R"({"items":[{"id":"2","name":"B","permissions":["ANALYST"]}]})"
                                        : R"({"items":[{"id":"1","name":"A","permissions":["ADMIN"]}],)"
                                          R"("bookmark":"more"})")};
  };
  const Json said = json({"auth", "accounts", "acme"});
  ASSERT_EQ(said["ad_accounts"].size(), 2u);
  EXPECT_EQ(said["ad_accounts"][1]["permissions"], Json::array({"ANALYST"}));
  EXPECT_EQ(said["ad_accounts"][1]["job_types"], Json::array({"conversions_export"}));
  with_token();
  EXPECT_EQ(fails({"auth", "accounts", "shop"}), "no_sign_in");
  EXPECT_EQ(fails({"auth", "lists", "shop", "--ad-account", "1"}), "no_sign_in");
  answers(403, R"({"code":29,"message":"no"})");
  const Output refused = run({"auth", "accounts", "acme"}).value();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.json["result"], "not_permitted");
}

struct Lists : Authorizations {
  // Seven lists on pages of three: "List 1", "Other 2", "List 3" …
  Lists() {
    pinterest_.answer = [](const http::Request& request) {
      const size_t at = request.url.find("bookmark=");
      const int first = at == std::string::npos ? 1 : std::stoi(request.url.substr(at + 9));
      Json items = Json::array();
      for (int i = first; i < first + 3 && i <= 7; ++i)
        items.push_back({{"id", std::to_string(i)},
                         {"name", (i % 2 == 1 ? "List " : "Other ") + std::to_string(i)},
                         {"status", "READY"},
                         {"created_time", 1'700'000'000 + i},
                         {"num_uploaded_user_records", "12"}});
      return std::pair{
          200,
          Json{{"items", items}, {"bookmark", first < 7 ? Json(std::to_string(first + 3)) : Json()}}.dump()};
    };
  }
  // Page after page; the ids, "|" between pages.
  std::string ids(std::vector<std::string> argv) {
    std::string all;
    argv.insert(argv.begin(), {"auth", "lists", "acme", "--ad-account", "1"});
    std::vector<std::string> next = argv;
    for (int page = 0; page < 10; ++page) {
      const Json said = json(next);
      for (const Json& list : said["lists"]) all += list["id"].get<std::string>();
      if (said["next_cursor"].is_null()) return all;
      all += '|';
      next = argv;
      next.insert(next.end(), {"--cursor", said["next_cursor"].get<std::string>()});
    }
    return "no end: " + all;
  }
};

TEST_F(Lists, every_list_is_shown_once_whatever_the_size_of_a_page) {
  EXPECT_EQ(ids({}), "1234567");
  EXPECT_EQ(ids({"--limit", "2"}), "12|34|56|7");
  EXPECT_EQ(ids({"--limit", "3"}), "123|456|7");
  EXPECT_EQ(ids({"--limit", "7"}), "1234567");
  EXPECT_EQ(ids({"--search", "lISt", "--limit", "2"}), "13|57");
  EXPECT_EQ(ids({"--search", "nothing"}), "");
  const Json list = json({"auth", "lists", "acme", "--ad-account", "1"})["lists"][0];
  EXPECT_EQ(list["status"], "READY");
  EXPECT_EQ(list["records_uploaded"], 12);
  EXPECT_EQ(list["created_at"], "2023-11-14T22:13:21Z");
  EXPECT_EQ(list["used_by"], Json::array());
}

TEST_F(Lists, a_list_of_ours_names_its_jobs_and_what_is_wrong_is_said) {
  pinterest_.answer = [](const http::Request& request) { return std::pair{200, ok_answer(request)}; };
  start_readers();
  member("u1", "a@example.org");
  work();
  said({"job", "flush", "readers"});
  work();
  answers(200, R"({"items":[{"id":"777","name":"a list","status":"PROCESSING"}]})");
  const Json lists = json({"auth", "lists", "acme", "--ad-account", "1"})["lists"];
  EXPECT_EQ(lists[0]["used_by"], Json::array({"readers"}));
  EXPECT_EQ(lists[0]["made_by_us"], true);
  EXPECT_EQ(fails({"auth", "lists", "acme"}), "usage");
  EXPECT_EQ(fails({"auth", "lists", "acme", "--ad-account", "../1"}), "usage");
  EXPECT_EQ(fails({"auth", "lists", "acme", "--ad-account", "1", "--cursor", "x"}), "bad_cursor");
  answers(404, R"({"code":50,"message":"no such account"})");
  const Output refused = run({"auth", "lists", "acme", "--ad-account", "9"}).value();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.json["result"], "refused");
}

TEST_F(Authorizations, the_list_says_how_each_is_and_who_uses_it) {
  start_readers();
  with_token();
  const Json all = json({"auth", "list"})["authorizations"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["method"], "sign_in");
  EXPECT_EQ(all[0]["health"], "healthy");
  EXPECT_EQ(all[0]["used_by"], Json::array({"readers"}));
  EXPECT_EQ(all[1]["ad_account"], "77");
  EXPECT_TRUE(all[1]["used_by"].empty());
  EXPECT_EQ(fails({"auth", "verify", "nobody"}), "no_authorization");
}

TEST_F(Authorizations, a_refused_token_is_unhealthy) {
  start_readers();
  answers(401, R"({"code":2,"message":"Authentication failed."})");
  member("u1", "a@example.org");
  work();
  pass(Millis{3'600'000});
  const Json all = json({"auth", "list"})["authorizations"];
  EXPECT_EQ(all[0]["health"], "unhealthy");
  EXPECT_EQ(all[0]["reason"], "Pinterest has refused the token");
}

TEST_F(Authorizations, a_revoked_role_is_unhealthy_everywhere_until_it_is_back) {
  pinterest_.answer = [](const http::Request& request) {
    const bool account = request.url.ends_with("/ad_accounts/1");
    return std::pair{200, account ? R"({"id":"1","permissions":["REPORT"]})" : ok_answer(request)};
  };
  member("u1", "a@example.org");
  start_readers();
  const Json health = json({"auth", "list"})["authorizations"][0];
  EXPECT_EQ(health["health"], "unhealthy");
  EXPECT_EQ(health["health_code"], "not_permitted");
  EXPECT_NE(health["reason"].get<std::string>().find("no role"), std::string::npos);
  EXPECT_EQ(show()["fix"], health["fix"]);
  const auto checked = [&] {
    const Json answer = json({"doctor"});
    for (const Json& check : answer["checks"])
      if (check["name"] == "authorization acme") return check["level"].get<std::string>();
    return std::string();
  };
  EXPECT_EQ(checked(), "problem");
  pinterest_.answer = [](const http::Request& request) { return std::pair{200, ok_answer(request)}; };
  pass(Millis{24 * 3'600'000});
  EXPECT_EQ(json({"auth", "list"})["authorizations"][0]["health"], "healthy");
  EXPECT_EQ(checked(), "ok");
}

}  // namespace
}  // namespace pinrelay::cli
