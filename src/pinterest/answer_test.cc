#include "pinterest/answer.h"

#include <gtest/gtest.h>

namespace pinrelay::pinterest {
namespace {

// 2026-01-01T00:00:00Z
const Time kNow = from_millis(1'767'225'600'000);
constexpr std::string_view kList = R"({"id":"643","name":"Readers"})";

http::Response answered(int status, std::string_view body, std::vector<http::Header> headers = {}) {
  http::Response response;
  response.ending = http::Ending::kAnswered;
  response.status = status;
  response.headers = std::move(headers);
  response.body = body;
  return response;
}

Answer judged(int status, std::string_view body, std::vector<http::Header> headers = {}) {
  return judge(answered(status, body, std::move(headers)), Expect::kList, kNow);
}

std::string error_body(int code, std::string_view message) {
  return R"({"code":)" + std::to_string(code) + R"(,"message":")" + std::string(message) + "\"}";
}

TEST(Answer, every_status_has_its_verdict) {
  struct Case {
    int status;
    std::string body;
    Verdict verdict;
  };
  const Case cases[] = {
      {200, std::string(kList), Verdict::kDone},
      {201, std::string(kList), Verdict::kDone},
      {200, "", Verdict::kUnknown},
      {200, "{\"id\":\"6", Verdict::kUnknown},
      {200, "<html>ok</html>", Verdict::kUnknown},
      {200, error_body(2, "Authentication failed."), Verdict::kUnknown},
      {204, "", Verdict::kUnknown},
      {302, "", Verdict::kUnknown},
      {400, error_body(1, "Invalid request: 'x' does not match"), Verdict::kRefused},
      {400, error_body(2740, "MALFORMATTED_USER_LIST"), Verdict::kRefused},
      {400, error_body(2741, "NO_VALID_USER_LIST"), Verdict::kRefused},
      {400, error_body(1, "Request body is too large"), Verdict::kTooLarge},
      {400, error_body(2740, "Too Many Records in the list"), Verdict::kTooLarge},
      {400, error_body(1018, "USER_LIST_NOT_FOUND"), Verdict::kGone},
      {400, error_body(1001, "Customer list could not be found"), Verdict::kGone},
      {401, error_body(2, "Authentication failed."), Verdict::kAuth},
      {401, "", Verdict::kAuth},
      {403, error_body(29, "You are not permitted to access that resource."), Verdict::kForbidden},
      {404, error_body(1001, "Customer list could not be found"), Verdict::kGone},
      {404, error_body(2, "AdAccount not found."), Verdict::kGone},
      {405, error_body(5, "Method not allowed"), Verdict::kRefused},
      {408, error_body(0, "timeout"), Verdict::kUnknown},
      {409, "", Verdict::kRefused},
      {413, "<html>413</html>", Verdict::kTooLarge},
      {422, error_body(1, "no"), Verdict::kRefused},
      {429, error_body(8, "This request exceeded a rate limit."), Verdict::kThrottled},
      {500, "", Verdict::kUnknown},
      {502, "<html>bad gateway</html>", Verdict::kUnknown},
      {503, "", Verdict::kUnknown},
      {503, error_body(1, "busy"), Verdict::kUnknown},
      {503, error_body(4197, "ramped down"), Verdict::kRampedDown},
      {500, error_body(4197, "ramped down"), Verdict::kUnknown},
      {504, "", Verdict::kUnknown},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::to_string(c.status) + " " + c.body);
    const Answer answer = judged(c.status, c.body);
    EXPECT_EQ(to_text(answer.verdict), to_text(c.verdict));
    EXPECT_EQ(answer.status, c.status);
  }
}

TEST(Answer, an_end_without_an_answer_is_unknown_once_the_body_began_to_leave) {
  http::Response response;
  response.ending = http::Ending::kNotSent;
  response.error = "could not connect";
  EXPECT_EQ(judge(response, Expect::kList, kNow).verdict, Verdict::kNotSent);
  response.ending = http::Ending::kBroken;
  const Answer answer = judge(response, Expect::kList, kNow);
  EXPECT_EQ(answer.verdict, Verdict::kUnknown);
  EXPECT_EQ(answer.message, "could not connect");
  EXPECT_EQ(answer.status, 0);
}

TEST(Answer, a_2xx_must_hold_what_was_asked_for) {
  const http::Response page = answered(200, R"({"items":[]})");
  for (const Expect expect : {Expect::kListPage, Expect::kAudiencePage, Expect::kAdAccountPage})
    EXPECT_EQ(judge(page, expect, kNow).verdict, Verdict::kDone);
  const http::Response object = answered(200, R"({"id":"1"})");
  for (const Expect expect : {Expect::kList, Expect::kAudience, Expect::kAdAccount, Expect::kUserAccount}) {
    EXPECT_EQ(judge(object, expect, kNow).verdict, Verdict::kDone);
    EXPECT_EQ(judge(page, expect, kNow).verdict, Verdict::kUnknown);
  }
  EXPECT_EQ(judge(object, Expect::kListPage, kNow).verdict, Verdict::kUnknown);
}

TEST(Answer, code_and_message_come_from_the_body) {
  const Answer answer =
      judged(403, error_body(29, "You are not permitted."), {{"X-Pinterest-RID", "1234567890"}});
  EXPECT_EQ(answer.code, 29);
  EXPECT_EQ(answer.message, "You are not permitted.");
  EXPECT_EQ(answer.request_id, "1234567890");
  EXPECT_EQ(judged(502, "<html>bad gateway</html>").message, "<html>bad gateway</html>");
}

TEST(Answer, retry_after_goes_before_the_end_of_the_window) {
  const auto wait = [](std::vector<http::Header> headers) {
    return judged(429, "", std::move(headers)).wait;
  };
  EXPECT_EQ(wait({{"Retry-After", "7"}, {"X-RateLimit-Reset", "58"}}), Millis{7'000});
  EXPECT_EQ(wait({{"X-RateLimit-Reset", "58"}}), Millis{58'000});
  EXPECT_EQ(wait({{"X-RateLimit-Reset", "58, 58;w=60"}}), Millis{58'000});
  EXPECT_EQ(wait({{"X-RateLimit-Reset", "0.4"}}), Millis{1'000});
  EXPECT_EQ(wait({{"Retry-After", "soon"}, {"X-RateLimit-Reset", "58"}}), Millis{58'000});
  EXPECT_EQ(wait({}), std::nullopt);
}

TEST(Answer, retry_after_may_be_a_date) {
  const auto wait = [](std::string date) { return judged(503, "", {{"Retry-After", std::move(date)}}).wait; };
  EXPECT_EQ(wait("Thu, 01 Jan 2026 00:02:00 GMT"), Millis{120'000});
  EXPECT_EQ(wait("Wed, 31 Dec 2025 23:59:00 GMT"), std::nullopt);
  EXPECT_EQ(wait("Thu, 99 Jan 2026 00:02:00 GMT"), std::nullopt);
  EXPECT_EQ(wait("Thu, 01 anF 2026 00:02:00 GMT"), std::nullopt);
  EXPECT_EQ(wait("Thu, 01  2026"), std::nullopt);
}

TEST(Answer, a_nonsensical_wait_is_none) {
  for (const std::string value : {"0", "-5", "1767225600", "9223372036854775807", "9223372036854775807.5",
                                  "99999999999999999999", "", "7x", "7:00"}) {
    EXPECT_EQ(judged(429, "", {{"Retry-After", value}}).wait, std::nullopt) << value;
  }
}

TEST(Answer, the_window_is_a_wish_to_wait_only_when_throttled) {
  EXPECT_EQ(judged(500, "", {{"X-RateLimit-Reset", "58"}}).wait, std::nullopt);
  EXPECT_EQ(judged(500, "", {{"Retry-After", "3"}}).wait, Millis{3'000});
  EXPECT_EQ(judged(200, kList, {{"X-RateLimit-Reset", "58"}}).wait, std::nullopt);
}

TEST(Answer, a_spam_block_is_told_apart) {
  EXPECT_TRUE(judged(429, error_body(8, "Blocked as SPAM by our filters")).spam_block);
  EXPECT_FALSE(judged(429, error_body(8, "This request exceeded a rate limit.")).spam_block);
  EXPECT_FALSE(judged(400, error_body(1, "spam")).spam_block);
}

TEST(Answer, a_message_that_echoes_people_is_masked) {
  const std::string hash(64, 'a');
  const Answer answer =
      judged(400, error_body(1, "Bad record 'Jane.Doe@example.org' and " + hash.substr(1) + "7"));
  EXPECT_EQ(answer.message, "Bad record 'J***@e***.org' and aaaaaa…");
}

TEST(SafeMessage, masks_what_names_a_person_or_a_secret) {
  EXPECT_EQ(safe_message("<jane@example.org>, bob@example.org"), "<j***@e***.org>, b***@e***.org");
  EXPECT_EQ(safe_message("jane%40example.org"), "j***");
  EXPECT_EQ(safe_message("id 6d92078a-8246-4ba4-ae5b-76104861e7dc"), "id 6***");
  EXPECT_EQ(safe_message("token pina_AbCd"), "token p***");
  EXPECT_EQ(safe_message("9e107d9d372bb6826bd81d3542a419d6"), "9***");
  EXPECT_EQ(safe_message("EXCEEDED_MAX_USER_LISTS_PER_REQUEST_LIMIT"),
            "EXCEEDED_MAX_USER_LISTS_PER_REQUEST_LIMIT");
}

TEST(SafeMessage, is_one_line_without_controls) {
  EXPECT_EQ(safe_message("  a\r\n\tb\x1b[31mc\x7f d\u202e e\u2028\xff"
                         "f  "),
            "a b [31mc d e f");
  EXPECT_EQ(safe_message(std::string_view("a\0b", 3)), "a b");
}

TEST(SafeMessage, is_short_and_stays_utf8) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "用 ";
  const std::string out = safe_message(text);
  EXPECT_LE(out.size(), 300u);
  EXPECT_GT(out.size(), 290u);
  EXPECT_NE(static_cast<unsigned char>(out.back()) & 0xc0, 0xc0);
  EXPECT_EQ(safe_message(std::string(100'000, 'x')).size(), 300u);
}

http::Response events_answer(int status, std::string body) {
  http::Response response;
  response.ending = http::Ending::kAnswered;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(EventsAnswer, pairs_each_event_with_its_result) {
  const auto read = judge_events(
      events_answer(200,
                    R"({"num_events_received":2,"num_events_processed":1,"events":[)"
                    R"({"status":"processed","error_message":"","warning_message":"no click_id"},)"
                    R"({"status":"failed","error_message":"bad a@example.org","warning_message":null}]})"),
      2, kNow);
  EXPECT_EQ(read.answer.verdict, Verdict::kDone);
  ASSERT_EQ(read.results.size(), 2U);
  EXPECT_TRUE(read.results[0].processed);
  EXPECT_TRUE(read.results[0].warned);
  EXPECT_FALSE(read.results[1].processed);
  EXPECT_EQ(read.results[1].words.find("a@example.org"), std::string::npos);
}

TEST(EventsAnswer, a_422_with_details_tells_as_much_as_a_200) {
  const auto read = judge_events(
      events_answer(422, R"({"code":1,"message":"not all","details":{"events":[{"status":"failed"}]}})"), 1,
      kNow);
  EXPECT_EQ(read.answer.verdict, Verdict::kDone);
  ASSERT_EQ(read.results.size(), 1U);
  EXPECT_FALSE(read.results[0].processed);
}

TEST(EventsAnswer, an_opaque_422_is_a_refusal_of_the_whole) {
  for (const char* body : {R"({"code":1,"message":"no"})", "<html>", R"({"details":{"events":[]}})",
                           R"({"details":{"events":[{"status":"failed"},{"status":"failed"}]}})"}) {
    const auto read = judge_events(events_answer(422, body), 1, kNow);
    EXPECT_EQ(read.answer.verdict, Verdict::kRefused) << body;
    EXPECT_TRUE(read.results.empty());
  }
}

TEST(EventsAnswer, a_200_whose_results_are_not_the_events_is_unknown) {
  for (const char* body :
       {"{}", "", R"({"events":[]})", R"({"events":[{"status":"processed"},{"status":"processed"}]})",
        R"({"events":[{}]})", R"({"events":["processed"]})", R"({"events":[{"status":"proc)"}) {
    const auto read = judge_events(events_answer(200, body), 1, kNow);
    EXPECT_EQ(read.answer.verdict, Verdict::kUnknown) << body;
    EXPECT_TRUE(read.results.empty());
  }
}

TEST(EventsAnswer, the_results_of_an_error_do_not_count) {
  const auto read = judge_events(events_answer(500, R"({"events":[{"status":"processed"}]})"), 1, kNow);
  EXPECT_EQ(read.answer.verdict, Verdict::kUnknown);
  EXPECT_TRUE(read.results.empty());
}

}  // namespace
}  // namespace pinrelay::pinterest
