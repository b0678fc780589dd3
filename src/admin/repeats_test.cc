#include "admin/repeats.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pinrelay::admin {
namespace {

struct RepeatsTest : testing::Test {
  // Asks; the answers come to `answers`.
  void ask(const std::string& key, const std::string& body = "{}", const std::string& who = "token ci",
           const std::string& path = "/api/v1/jobs/a/start") {
    http::ServerRequest request;
    request.method = "POST", request.path = path, request.body = body;
    if (!key.empty()) request.headers = {{std::string(kRepeatHeader), key}};
    repeats_.answer(
        request, who, "id",
        [this](http::ServerResponse response) { answers_.push_back(std::move(response)); },
        [this](http::Responder respond) { open_.push_back(std::move(respond)); });
  }
  // The oldest that runs ends.
  void ends(int status, const std::string& body) {
    const http::Responder respond = open_.front();
    open_.erase(open_.begin());
    respond(
        guarded_answer(status, status < 400 ? "application/json" : "application/problem+json", body, "id"));
  }
  std::map<int64_t, store::KeptAnswerRow> kept_;
  std::vector<http::ServerResponse> answers_;
  std::vector<http::Responder> open_;
  Repeats repeats_{{[this](int64_t number) {
                      const auto found = kept_.find(number);
                      return found == kept_.end() ? std::nullopt : std::optional(found->second);
                    },
                    [this](const store::KeptAnswerRow& row) { kept_[row.number] = row; }}};
};

TEST_F(RepeatsTest, the_same_call_again_gets_the_first_answer_and_does_nothing) {
  ask("k1");
  ends(200, "first");
  ask("k1");
  EXPECT_TRUE(open_.empty()) << "nothing runs";
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_[1].body, "first");
  EXPECT_EQ(answers_[1].status, 200);
  ask("k2");
  ends(409, "no");
  ask("k2");
  EXPECT_EQ(answers_[3].status, 409);
  EXPECT_EQ(answers_[3].content_type, "application/problem+json");
}

TEST_F(RepeatsTest, with_another_request_a_known_key_is_refused) {
  ask("k1");
  ask("k1", "{\"reason\":\"x\"}");
  ASSERT_EQ(answers_.size(), 1u) << "while the first runs";
  EXPECT_EQ(answers_[0].status, 422);
  ends(200, "first");
  ask("k1", "{\"reason\":\"x\"}");
  ask("k1", "{}", "token ci", "/api/v1/jobs/b/start");
  EXPECT_EQ(answers_[2].status, 422);
  EXPECT_EQ(answers_[3].status, 422);
  EXPECT_TRUE(open_.empty());
}

TEST_F(RepeatsTest, calls_at_once_run_once_and_all_get_the_answer) {
  for (int i = 0; i < 3; ++i) ask("k1");
  EXPECT_EQ(open_.size(), 1u);
  EXPECT_TRUE(answers_.empty());
  ends(201, "made");
  ASSERT_EQ(answers_.size(), 3u);
  for (const auto& answer : answers_) EXPECT_EQ(answer.body, "made");
}

TEST_F(RepeatsTest, a_key_is_its_callers_own_and_without_one_all_runs) {
  ask("k1");
  ask("k1", "{}", "user ada");
  ask("");
  ask("");
  EXPECT_EQ(open_.size(), 4u);
}

TEST_F(RepeatsTest, what_another_try_could_change_is_not_kept) {
  for (const int status : {429, 500, 503}) {
    ask("k1");
    ASSERT_EQ(open_.size(), 1u) << status;
    ends(status, "later");
  }
  EXPECT_TRUE(kept_.empty());
}

TEST_F(RepeatsTest, a_key_is_visible_text) {
  for (const std::string& key : {std::string(256, 'x'), std::string("a b"), std::string("\xc3\xa4")})
    ask(key);
  ASSERT_EQ(answers_.size(), 3u);
  for (const auto& answer : answers_) EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(open_.empty());
}

TEST(MayRepeat, leaves_out_whatever_shows_a_secret) {
  constexpr std::string_view kWithSecret[] = {"TokenMade", "WriteKeyMade", "WebhookMade", "Invitation"};
  for (const Route& route : routes()) {
    if (may_repeat(route)) {
      EXPECT_EQ(std::ranges::count(kWithSecret, route.answer), 0) << route.path;
    }
    if (route.command == "job start" || route.command == "job retry" || route.command == "auth add") {
      EXPECT_TRUE(may_repeat(route)) << route.path;
    }
  }
}

}  // namespace
}  // namespace pinrelay::admin
