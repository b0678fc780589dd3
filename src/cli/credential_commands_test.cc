#include <fmt/format.h>

#include <filesystem>

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kCanary = "pina_canary_4711";
constexpr const char* kRefreshCanary = "pinr.canary_4712";

class CredentialCommands : public CommandTest {
 protected:
  CredentialCommands() {
    config_.pinterest_app_id = "1500";
    write_file(folder_ / "app", "app_secret_canary\n");
    config_.pinterest_app_secret.path = folder_ / "app";
  }
  void answers(int status, const std::string& body = "{}") {
    pinterest_.answer = [status, body](const http::Request&) { return std::pair{status, body}; };
  }
  Result<Output> add(const std::string& name, std::string_view token = kCanary,
                     const std::string& account = "549755885175") {
    return run({"auth", "add", name, "--ad-account", account}, token);
  }
  void takes_events() {
    answers(200, R"({"num_events_received":1,"num_events_processed":1,"events":[{"status":"processed"}]})");
  }
  // A sign-in as if somebody had come back from Pinterest.
  void signed_in(const std::string& name, Millis lasts = std::chrono::hours(24 * 30)) {
    credentials::NewCredentials made;
    made.name = name;
    made.method = config::Method::kSignIn;
    made.connected_as = "anna";
    made.grant = {Secret(std::string_view(kCanary)),
                  Secret(std::string_view(kRefreshCanary)),
                  lasts,
                  std::chrono::hours(24 * 60),
                  {"ads:read", "ads:write"}};
    ASSERT_TRUE(credentials_->put(std::move(made)).ok());
  }
  // Asks what is due and gives the answers; how many questions that were.
  size_t look_after() {
    auto due = credentials_->due();
    const size_t count = due.size();
    for (auto& question : due) {
      for (std::optional<credentials::Question> next = std::move(question); next;) {
        const auto [status, body] = pinterest_.answer(next->request);
        pinterest_.requests.push_back(next->request);
        next = next->answer({http::Ending::kAnswered, status, {}, body, "", Millis{7}});
      }
    }
    return count;
  }
  void grants(const std::string& access, const std::string& refresh) {
    answers(200, R"({"access_token":")" + access + R"(","refresh_token":")" + refresh +
                     R"(","token_type":"bearer","expires_in":"2592000","refresh_token_expires_in":5184000,)" +
                     R"("scope":"ads:read,ads:write"})");
  }
  Json listed(const std::string& name) {
    const Json all = json({"auth", "list"});
    for (const Json& each : all["authorizations"])
      if (each["name"] == name) return each;
    return {};
  }
  // Whether the text stands anywhere in the files of the store.
  bool on_disk(std::string_view text) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(config_.store))
      if (file.is_regular_file() && read_file(file.path()).find(text) != std::string::npos) return true;
    return false;
  }
  void restart() {
    engine_.reset(), store_.reset();
    const config::Config kept = config_;
    store_ = store::open_store(kept.store);
    credentials_ = std::make_unique<credentials::Credentials>(config_, clock_);
    sign_ins_ = std::make_unique<credentials::SignIns>(config_, *credentials_, clock_);
    engine_ = std::make_unique<exports::Engine>(
        exports::EngineParts{*store_, clock_, random_, pinterest_, *credentials_}, exports::EngineOptions{},
        config_.authorizations);
    importer_ = std::make_unique<sources::Importer>(*store_, *engine_, clock_);
    ASSERT_TRUE(credentials_->load(*engine_).ok());
    ASSERT_TRUE(engine_->load().ok());
    context_.reset(new Context{config_, *engine_, *importer_, clock_, *credentials_, *sign_ins_, 7700});
  }
};

TEST_F(CredentialCommands, auth_add_verifies_by_a_test_event_and_stores_the_token_sealed) {
  takes_events();
  const Output output = add("shop", "  pina_canary_4711 \n").value();
  EXPECT_EQ(output.exit_code, 0) << output.text;
  ASSERT_EQ(pinterest_.requests.size(), 1u);
  EXPECT_TRUE(pinterest_.requests[0].url.ends_with("/events?test=true"));
  EXPECT_EQ(pinterest_.requests[0].bearer_token, kCanary) << "blanks of pasting are left out";
  const Json shop = listed("shop");
  EXPECT_EQ(shop["method"], "conversion_token");
  EXPECT_EQ(shop["health"], "healthy");
  EXPECT_EQ(shop["label"], "shop");
  EXPECT_EQ(credentials_->token("shop"), kCanary);
  EXPECT_FALSE(on_disk(kCanary));
  EXPECT_EQ((output.text + output.json.dump() + shop.dump()).find(kCanary), std::string::npos);
  restart();
  EXPECT_EQ(credentials_->token("shop"), kCanary);
}

TEST_F(CredentialCommands, auth_add_tells_apart_why_a_token_is_not_taken_and_saves_nothing) {
  const std::pair<int, const char*> cases[] = {{401, "token_refused"},
                                               {403, "not_permitted"},
                                               {400, "refused"},
                                               {429, "not_verified"},
                                               {500, "not_verified"}};
  for (const auto& [status, result] : cases) {
    answers(status, R"({"code":2,"message":"no"})");
    const Output output = add("shop").value();
    EXPECT_EQ(output.json["result"], result) << status;
    EXPECT_EQ(output.exit_code, 1);
    EXPECT_EQ((output.text + output.json.dump()).find(kCanary), std::string::npos);
  }
  EXPECT_TRUE(credentials_->stored().empty());
  EXPECT_FALSE(std::filesystem::exists(config_.store + ".key")) << "no key without a secret";
}

TEST_F(CredentialCommands, auth_add_refuses_what_cannot_be_right_before_asking_pinterest) {
  const auto code = [&](const Result<Output>& result) { return result.ok() ? "" : result.error().code; };
  EXPECT_EQ(code(add("shop", "")), "empty_token");
  EXPECT_EQ(code(add("shop", "two words")), "bad_token");
  EXPECT_EQ(code(add("shop", kCanary, "12x")), "bad_ad_account");
  EXPECT_EQ(code(add("shop", kCanary, "1234567890123456789")), "bad_ad_account");
  EXPECT_EQ(code(add("Shop!", kCanary)), "bad_name");
  EXPECT_EQ(code(add("acme")), "managed_by_file");
  EXPECT_TRUE(pinterest_.requests.empty());
}

TEST_F(CredentialCommands, new_credentials_keep_the_number_and_a_used_one_is_not_removed) {
  takes_events();
  EXPECT_EQ(add("shop").value().exit_code, 0);
  const int64_t number = credentials_->stored().at("shop").row.number;
  EXPECT_EQ(add("shop", "pina_next").value().json["result"], "replaced");
  EXPECT_EQ(credentials_->stored().at("shop").row.number, number);
  EXPECT_EQ(credentials_->token("shop"), "pina_next");
  said({"auth", "edit", "shop", "--label", "The shop"});
  EXPECT_EQ(listed("shop")["label"], "The shop");
  EXPECT_EQ(credentials_->token("shop"), "pina_next");
  EXPECT_EQ(fails({"auth", "remove", "acme"}), "managed_by_file");
  said({"auth", "remove", "shop"});
  EXPECT_EQ(fails({"auth", "remove", "shop"}), "no_authorization");
}

TEST_F(CredentialCommands, rotating_seals_all_by_a_new_key_and_a_restart_finishes_one_that_was_cut_short) {
  takes_events();
  EXPECT_EQ(add("shop").value().exit_code, 0);
  signed_in("anna");
  const std::string key = read_file(config_.store + ".key");
  said({"auth", "rotate-key", "--keep", "0d"});
  const std::string next = read_file(config_.store + ".key");
  EXPECT_NE(next, key);
  EXPECT_EQ(next.size(), key.size());
  ASSERT_TRUE(credentials_->vault().add_key().ok());  // and killed
  restart();
  EXPECT_EQ(credentials_->token("anna"), kCanary);
  EXPECT_EQ(credentials_->vault().keys().value(), 1u) << "only the new key is left";
  ASSERT_EQ(credentials_->vault().kept().value().size(), 1u) << "the other is kept for backups";
  clock_.advance(std::chrono::hours(24 * 401));
  (void)credentials_->due();
  EXPECT_EQ(credentials_->vault().kept().value().size(), 0u);
}

TEST_F(CredentialCommands, without_the_master_key_nothing_else_is_lost) {
  takes_events();
  EXPECT_EQ(add("shop").value().exit_code, 0);
  std::filesystem::remove(config_.store + ".key");
  restart();
  EXPECT_EQ(listed("shop")["health_code"], "secret_unreadable");
  EXPECT_FALSE(credentials_->token("shop").has_value());
  EXPECT_EQ(add("shop").value().json["error"]["code"], "no_master_key") << "it may only be missing";
  said({"auth", "remove", "shop"});
  EXPECT_EQ(add("shop").value().exit_code, 0) << "the way back";
}

TEST_F(CredentialCommands, a_sign_in_is_renewed_before_it_ends_by_one_question_and_stored_first) {
  signed_in("anna");
  EXPECT_EQ(look_after(), 0u);
  grants("pina_second", "pinr.second");
  clock_.advance(std::chrono::hours(24 * 26));
  auto due = credentials_->due();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_TRUE(credentials_->due().empty()) << "one at a time";
  EXPECT_EQ(due[0].request.basic, "MTUwMDphcHBfc2VjcmV0X2NhbmFyeQ==");
  EXPECT_EQ(due[0].request.body,
            "grant_type=refresh_token&refresh_token=pinr.canary_4712&continuous_refresh=true");
  const auto [status, body] = pinterest_.answer(due[0].request);
  EXPECT_FALSE(due[0].answer({http::Ending::kAnswered, status, {}, body, "", Millis{7}}).has_value());
  EXPECT_EQ(credentials_->token("anna"), "pina_second");
  EXPECT_FALSE(on_disk("pinr.second"));
  restart();
  EXPECT_EQ(credentials_->token("anna"), "pina_second");
  EXPECT_EQ(credentials_->stored().at("anna").refresh.reveal(), "pinr.second");
}

TEST_F(CredentialCommands, a_refused_token_is_renewed_and_the_job_goes_on_with_what_it_had) {
  signed_in("anna");
  pinterest_.answer = [](const http::Request& request) {
    if (request.url.ends_with("/oauth/token"))
      return std::pair{
          200, std::string(R"({"access_token":"pina_second","expires_in":2592000,"scope":"ads:read"})")};
    if (request.bearer_token == kCanary) return std::pair{401, std::string(R"({"code":2,"message":"no"})")};
    return std::pair{200, ok_answer(request)};
  };
  config::Authorization known;
  known.name = "anna";
  config_.authorizations.push_back(known);
  member("u1", "a@example.org");
  write_file(folder_ / "jobs.yaml", R"(store: ./store
authorizations:
  - name: anna
jobs:
  - name: readers
    type: audience_export
    authorization: anna
    audience: Readers
    ad_account: "1"
    create_audience: false
    identifiers: [{email: email}]
)");
  said({"apply", folder_ / "jobs.yaml", "--start"});
  work();
  EXPECT_EQ(pinterest_.sent("ADD"), 0);
  EXPECT_EQ(listed("anna")["health"], "unhealthy");
  EXPECT_EQ(look_after(), 1u);
  pass(std::chrono::minutes(1));
  EXPECT_EQ(pinterest_.sent("ADD"), 1);
  EXPECT_EQ(listed("anna")["health"], "healthy");
  EXPECT_EQ(credentials_->stored().at("anna").refresh.reveal(), kRefreshCanary)
      << "none came: the old one stays";
  EXPECT_EQ(fails({"auth", "remove", "anna"}), "authorization_used");
}

TEST_F(CredentialCommands, a_refused_renewal_ends_in_sign_in_again_and_is_not_repeated) {
  signed_in("anna");
  clock_.advance(std::chrono::hours(24 * 26));
  answers(401, R"({"code":283,"message":"The authorization grant is invalid"})");
  EXPECT_EQ(look_after(), 1u);
  EXPECT_EQ(listed("anna")["health_code"], "sign_in_again");
  EXPECT_EQ(look_after(), 0u);
  EXPECT_EQ(credentials_->token("anna"), kCanary) << "it still serves until it ends";
  signed_in("anna");
  EXPECT_EQ(listed("anna")["health"], "healthy");
}

TEST_F(CredentialCommands, a_renewal_without_a_clear_answer_is_tried_again_later_each_time) {
  signed_in("anna");
  clock_.advance(std::chrono::hours(24 * 26));
  answers(500);
  EXPECT_EQ(look_after(), 1u);
  EXPECT_EQ(look_after(), 0u);
  clock_.advance(std::chrono::seconds(15));
  EXPECT_EQ(look_after(), 1u);
  clock_.advance(std::chrono::seconds(15));
  EXPECT_EQ(look_after(), 0u);
  EXPECT_EQ(listed("anna")["health"], "healthy") << "the present token still serves";
  clock_.advance(std::chrono::seconds(15));
  grants("pina_second", "pinr.second");
  EXPECT_EQ(look_after(), 1u);
  EXPECT_EQ(credentials_->token("anna"), "pina_second");
}

TEST_F(CredentialCommands, stored_credentials_are_asked_about_once_a_day) {
  takes_events();
  EXPECT_EQ(add("shop").value().exit_code, 0);
  EXPECT_EQ(look_after(), 0u);
  clock_.advance(std::chrono::hours(24));
  answers(403, R"({"code":29,"message":"no"})");
  EXPECT_EQ(look_after(), 1u);
  EXPECT_EQ(listed("shop")["health_code"], "not_permitted");
  clock_.advance(std::chrono::hours(24));
  takes_events();
  EXPECT_EQ(look_after(), 1u);
  EXPECT_EQ(listed("shop")["health"], "healthy");
}

// Two instances that renew one sign-in would end it for both.
TEST_F(CredentialCommands, a_restored_store_renews_nothing_before_its_jobs_are_resumed) {
  signed_in("acme2");
  config::Authorization known;
  known.name = "acme2";
  config_.authorizations.push_back(known);
  write_file(folder_ / "jobs.yaml", R"(store: ./store
authorizations: [{name: acme2}]
jobs:
  - {name: readers, type: audience_export, authorization: acme2, audience: Readers, ad_account: "1", identifiers: [{email: email}]}
)");
  said({"apply", folder_ / "jobs.yaml", "--start"});
  work();
  ASSERT_TRUE(engine_
                  ->transact([&]() -> Result<void> {
                    store_->set_number("restored", 1);
                    return {};
                  })
                  .ok());
  restart();
  clock_.advance(std::chrono::hours(24 * 26));
  grants("pina_second", "pinr.second");
  EXPECT_EQ(look_after(), 0u);
  said({"job", "resume", "readers"});
  EXPECT_EQ(look_after(), 1u);
  EXPECT_EQ(credentials_->token("acme2"), "pina_second");
}

// A server that rotates at each renewal, answers that get lost, 5xx, kills and people who sign in again, in
// any order. The family of tokens may only be lost where an answer was; then it is said, and nothing else is
// lost.
TEST_F(CredentialCommands, no_order_of_trouble_loses_a_family_of_tokens_by_our_doing) {
  constexpr uint64_t kSeeds = 1'000;
  uint64_t lost_answers = 0, renewals = 0, kills = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SeededRandom random(seed);
    uint64_t issued = seed * 1'000;
    std::string server = fmt::format("pinr.{}", issued);  // the only refresh token that is good now
    bool lost = false;                                    // an answer with a new one
    const auto grant = [&] {
      server = fmt::format("pinr.{}", ++issued);
      return fmt::format(
          R"({{"access_token":"pina_{0}","refresh_token":"{1}","expires_in":2592000,"scope":"ads:read"}})",
          issued, server);
    };
    const auto sign_in = [&] {
      credentials::NewCredentials made;
      made.name = "anna";
      made.method = config::Method::kSignIn;
      made.grant = pinterest::read_grant(grant()).value();
      ASSERT_TRUE(credentials_->put(std::move(made)).ok());
      lost = false;
    };
    sign_in();
    for (int step = 0; step < 12; ++step) {
      clock_.advance(std::chrono::hours(static_cast<int>(random.below(30 * 24))));
      auto due = credentials_->due();
      ASSERT_LE(due.size(), 1u) << seed;
      ASSERT_TRUE(credentials_->due().empty()) << "one at a time, seed " << seed;
      if (random.chance(5)) sign_in();  // while the question is under way
      if (random.chance(10)) {
        ++kills;
        const bool asked = !due.empty() && due[0].request.url.ends_with("/oauth/token");
        // The request may have arrived before the kill.
        if (asked && due[0].request.body.find(server) != std::string::npos && random.chance(50))
          (void)grant(), lost = true;
        restart();
        continue;
      }
      if (due.empty()) continue;
      http::Response response{http::Ending::kAnswered, 200, {}, R"({"items":[]})", "", Millis{7}};
      if (due[0].request.url.ends_with("/oauth/token")) {
        const bool good = due[0].request.body.find("=" + server + "&") != std::string::npos;
        const uint64_t fate = random.below(10);
        if (fate == 0) {
          response = {http::Ending::kAnswered, 503, {}, "", "", Millis{7}};  // before it did anything
        } else if (!good) {
          response = {http::Ending::kAnswered, 401, {}, R"({"code":283,"message":"no"})", "", Millis{7}};
        } else if (fate == 1) {
          (void)grant();
          lost = true, ++lost_answers;
          response = {http::Ending::kBroken, 0, {}, "", "reset", Millis{7}};
        } else {
          response.body = grant();
          ++renewals;
        }
      }
      (void)due[0].answer(response);
      const credentials::Stored& stored = credentials_->stored().at("anna");
      if (!lost) {
        ASSERT_EQ(stored.refresh.reveal(), server) << seed;
        ASSERT_NE(stored.row.health, "sign_in_again") << seed;
      }
      if (stored.row.health == "sign_in_again" && random.chance(50)) sign_in();
    }
    ASSERT_TRUE(credentials_->token("anna").has_value());
    restart();
    if (!lost) {
      ASSERT_EQ(credentials_->stored().at("anna").refresh.reveal(), server) << seed;
    }
  }
  EXPECT_GT(renewals, 1'000u);
  EXPECT_GT(lost_answers, 100u);
  EXPECT_GT(kills, 500u);
}

}  // namespace
}  // namespace pinrelay::cli
