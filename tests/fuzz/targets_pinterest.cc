// What Pinterest, or somebody in its place, may answer.
#include <simdjson.h>

#include "base/result.h"
#include "pinterest/answer.h"
#include "pinterest/message.h"
#include "pinterest/oauth.h"
#include "pinterest/objects.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

namespace pin = pinrelay::pinterest;

constexpr Time kNow = from_millis(1'800'000'000'000);
constexpr int kStatuses[] = {200, 201, 204, 302, 400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 0};
constexpr pin::Expect kExpected[] = {pin::Expect::kList,          pin::Expect::kAudience,
                                     pin::Expect::kAdAccount,     pin::Expect::kUserAccount,
                                     pin::Expect::kListPage,      pin::Expect::kAudiencePage,
                                     pin::Expect::kAdAccountPage, pin::Expect::kGrant};

bool readable(pin::Expect expect, std::string_view body) {
  switch (expect) {
    case pin::Expect::kList:
      return pin::read_list(body).ok();
    case pin::Expect::kAudience:
      return pin::read_audience(body).ok();
    case pin::Expect::kAdAccount:
      return pin::read_ad_account(body).ok();
    case pin::Expect::kUserAccount:
      return pin::read_user_account(body).ok();
    case pin::Expect::kListPage:
      return pin::read_lists(body).ok();
    case pin::Expect::kAudiencePage:
      return pin::read_audiences(body).ok();
    case pin::Expect::kAdAccountPage:
      return pin::read_ad_accounts(body).ok();
    case pin::Expect::kEvents:
      return true;
    case pin::Expect::kGrant:
      return pin::read_grant(body).ok();
  }
  return false;
}

// "name: value" lines up to an empty one, then the body.
http::Response read_response(int status, std::string_view input) {
  http::Response response;
  response.ending = http::Ending::kAnswered;
  response.status = status;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    if (line.empty()) break;
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      response.headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
  }
  response.body = input;
  return response;
}

unsigned char take_byte(std::string_view& input) {
  const auto byte = static_cast<unsigned char>(input.empty() ? 0 : input[0]);
  input.remove_prefix(input.empty() ? 0 : 1);
  return byte;
}

// The first byte chooses status and expectation.
void run_answer(std::string_view input) {
  const unsigned char choice = take_byte(input);
  const http::Response response = read_response(kStatuses[choice % 16], input);
  const pin::Expect expect = kExpected[choice / 16 % 8];
  const pin::Answer answer = pin::judge(response, expect, kNow);
  CHECK(answer.verdict != pin::Verdict::kDone || readable(expect, response.body));
  CHECK(answer.verdict != pin::Verdict::kNotSent || response.status == 0);
  CHECK(!answer.wait || answer.wait->count() >= 0);
  CHECK(simdjson::validate_utf8(answer.message));
  for (const pin::Expect any : kExpected) readable(any, response.body);
  const auto error = pin::read_error_body(response.body);
  const std::string safe = pin::safe_message(error ? error->message : response.body);
  CHECK(safe.size() <= 300 && safe.find('\n') == std::string::npos && simdjson::validate_utf8(safe));
}

// The first byte chooses the status, the second how many events there were.
void run_events_answer(std::string_view input) {
  const unsigned char choice = take_byte(input);
  const size_t events = take_byte(input) % 8 + size_t{1};
  const pin::EventsAnswer said =
      pin::judge_events(read_response(kStatuses[choice % 16], input), events, kNow);
  CHECK(said.results.empty() || said.results.size() == events);
  CHECK(simdjson::validate_utf8(said.answer.message));
  for (const pin::EventResult& result : said.results) {
    const std::string safe = pin::safe_message(result.words);
    CHECK(safe.size() <= 300 && safe.find('\n') == std::string::npos && simdjson::validate_utf8(safe));
  }
}

}  // namespace

Target pinterest_target() {
  return {
      .name = "pinterest",
      .share = 45,
      .seeds =
          {std::string("\0", 1) +
               "x-pinterest-rid: 123\n\n"
               R"({"id":"643","ad_account_id":"549","name":"Pinrelay Readers 1","status":"READY",)"
               R"("created_time":1700000000,"updated_time":"1700000001","num_uploaded_user_records":10,)"
               R"("num_removed_user_records":0,"num_batches":1,"type":"customerlist"})",
           "\x50\n"
           R"({"items":[{"id":"1","name":"a","permissions":["OWNER"],"owner":{"username":"u"}},{"id":null}],)"
           R"("bookmark":"b"})",
           "\x10\n"
           R"({"id":"25","ad_account_id":"5","name":"A","audience_type":"CUSTOMER_LIST","status":"READY",)"
           R"("rule":{"customer_list_id":"643"},"size":100})",
           "\x0b"
           "Retry-After: 7\nX-RateLimit-Reset: 60\n\n{\"code\":8,\"message\":\"slow down\"}",
           "\x0b"
           "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\n\n",
           "\x04\n{\"code\":1,\"message\":\"Invalid a@example.org in records[3]\"}",
           "\x0e\n{\"code\":4197,\"message\":\"off\"}",
           "\x30\n{\"username\":\"u\",\"account_type\":\"BUSINESS\"}", "\x0d\n<html>502</html>"},
      .words = {"{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\"id\"",
                "\"items\"",
                "\"bookmark\"",
                "null",
                "true",
                "\"643\"",
                "643",
                "1e400",
                "\"code\"",
                "\"message\"",
                "\n\n",
                "\n",
                "Retry-After: ",
                "X-RateLimit-Reset: ",
                "-1",
                "\"status\"",
                "\"permissions\"",
                "\"owner\"",
                "\"rule\"",
                "\"size\"",
                "a@example.org",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      .start = [] { return run_answer; }};
}

Target events_target() {
  return {
      .name = "events",
      .share = 20,
      .seeds =
          {std::string("\0\0\n", 3) +
               R"({"num_events_received":1,"num_events_processed":1,"events":[{"status":"processed",)"
               R"("error_message":"","warning_message":"w"}]})",
           std::string("\x09\x01\n", 3) +
               R"({"code":1,"message":"m","details":{"num_events_received":2,"events":[{"status":"failed",)"
               R"("error_message":"no a@example.org"},{"status":"processed"}]}})",
           std::string("\x0b\x00Retry-After: 7\n\n", 18)},
      .words = {"{", "}", "[", "]", ":", ",", "\"events\":[", "\"details\":{", "{\"status\":\"processed\"}",
                "{\"status\":\"failed\",\"error_message\":\"", "\"warning_message\":", "null",
                "\"code\":", "\n", "\n\n", "Retry-After: ", "\\u0000", "\\ud800", "\xff"},
      .start = [] { return run_events_answer; }};
}

}  // namespace pinrelay::fuzz
