#include "sources/ingest.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/sha256.h"
#include "store/change.h"

namespace pinrelay::sources {
namespace {

constexpr const char* kKey = "wk_synthetic";
const std::string kRow = R"({"type":"delete","key":"u1"})";

// Keeps what was appended and answers when the test says so.
class FakeInbox final : public InboxPort {
 public:
  void append(Bytes changes, uint64_t rows, std::function<void(Result<void>)> done) override {
    changes_ = std::move(changes);
    rows_ = rows;
    done_ = std::move(done);
  }
  Bytes changes_;
  uint64_t rows_ = 0;
  std::function<void(Result<void>)> done_;
};

class IngestTest : public testing::Test {
 protected:
  static http::ServerRequest request(std::string body) {
    http::ServerRequest out;
    out.method = "POST";
    out.path = "/v1/changes";
    out.headers = {{"Authorization", std::string("Bearer ") + kKey}};
    out.body = std::move(body);
    return out;
  }
  void send(const http::ServerRequest& request) {
    answered_ = false;
    ingest_.handle(request, [this](http::ServerResponse response) {
      answered_ = true;
      response_ = std::move(response);
    });
  }
  std::string header(std::string_view name) const {
    for (const http::Header& header : response_.headers)
      if (header.name == name) return header.value;
    return "";
  }
  std::string text_at(const char* pointer) const {
    simdjson::dom::parser parser;
    const simdjson::padded_string json(response_.body);
    std::string_view text;
    const auto code = parser.parse(json).at_pointer(pointer).get(text);
    EXPECT_FALSE(code) << response_.body;
    return std::string(text);
  }
  int64_t number_at(const char* pointer) const {
    simdjson::dom::parser parser;
    const simdjson::padded_string json(response_.body);
    int64_t number = -1;
    const auto code = parser.parse(json).at_pointer(pointer).get(number);
    EXPECT_FALSE(code) << response_.body;
    return number;
  }

  FakeClock clock_{from_millis(1'800'000'000'000)};
  FakeInbox inbox_;
  InputLimits limits_{{}, clock_};
  Ingest ingest_{{{"other", "wk_other"}, {"site", kKey}}, {clock_, inbox_, limits_, 1'000'000, 1 << 30}};
  bool answered_ = false;
  http::ServerResponse response_;
};

TEST_F(IngestTest, answers_only_when_the_rows_are_durable) {
  send(request(kRow + "\n" + kRow + "\n"));
  EXPECT_FALSE(answered_);
  EXPECT_EQ(inbox_.rows_, 2u);
  inbox_.done_({});
  ASSERT_TRUE(answered_);
  EXPECT_EQ(response_.status, 202);
  EXPECT_EQ(number_at("/accepted"), 2);
  EXPECT_EQ(number_at("/rejected"), 0);
}

TEST_F(IngestTest, a_key_that_sends_too_fast_is_told_when_to_go_on) {
  const Ingest slow({{"site", kKey}}, {clock_, inbox_, limits_, 60, 1 << 30});
  int status = 0;
  const auto send_row = [&] {
    status = 0;
    slow.handle(request(kRow), [&](http::ServerResponse response) {
      status = response.status;
      response_ = std::move(response);
    });
    if (status != 429) inbox_.done_({});
  };
  for (int i = 0; i < 61; ++i) send_row();  // the last one begins within the pace
  EXPECT_EQ(status, 202);
  send_row();
  EXPECT_EQ(status, 429);
  EXPECT_EQ(header("Retry-After"), "1");
  clock_.advance(Millis{1'000});
  send_row();
  EXPECT_EQ(status, 202);
}

TEST_F(IngestTest, the_sender_is_told_of_values_that_passed_a_limit) {
  InputLimits none({.fields = 0}, clock_);
  const Ingest ingest({{"site", kKey}}, {clock_, inbox_, none, 1'000, 1 << 30});
  ingest.handle(request(R"({"type":"profile","key":"u1","fields":{"nickname":"x"}})"),
                [this](http::ServerResponse response) { response_ = std::move(response); });
  inbox_.done_({});
  EXPECT_EQ(response_.status, 202);
  EXPECT_EQ(number_at("/dropped/field_limit"), 1);
}

TEST_F(IngestTest, rows_without_a_time_get_the_time_of_arrival) {
  clock_.advance(Millis{1234});
  send(request(kRow));
  store::ChangeReader reader(inbox_.changes_);
  store::ChangeView change;
  ASSERT_TRUE(reader.next(change));
  EXPECT_EQ(change.at, to_millis(clock_.now()));
}

TEST_F(IngestTest, reports_each_bad_row_beside_the_good_ones) {
  send(request(kRow + "\n" + R"({"type":"delete","kay":"u2"})" + "\n" + kRow));
  inbox_.done_({});
  EXPECT_EQ(response_.status, 202);
  EXPECT_EQ(number_at("/accepted"), 2);
  EXPECT_EQ(number_at("/rejected"), 1);
  EXPECT_EQ(number_at("/errors/0/line"), 2);
  EXPECT_EQ(number_at("/errors/0/column"), 18);
  EXPECT_EQ(text_at("/errors/0/code"), "unknown_member");
  EXPECT_EQ(text_at("/errors/0/fix"), "did you mean 'key'?");
}

TEST_F(IngestTest, lists_the_first_hundred_errors_and_counts_all) {
  std::string body = kRow;
  for (int i = 0; i < 150; ++i) body += "\nbad";
  send(request(body));
  inbox_.done_({});
  EXPECT_EQ(number_at("/rejected"), 150);
  EXPECT_EQ(number_at("/errors/99/line"), 101);
  EXPECT_EQ(response_.body.find("\"line\":102"), std::string::npos);
}

TEST_F(IngestTest, refuses_a_body_of_which_nothing_can_be_accepted) {
  send(request("bad\nworse"));
  EXPECT_EQ(response_.status, 400);
  EXPECT_EQ(number_at("/accepted"), 0);
  EXPECT_EQ(number_at("/rejected"), 2);
  send(request("\n\r\n"));
  EXPECT_EQ(response_.status, 400);
  EXPECT_EQ(text_at("/error/code"), "empty_body");
  EXPECT_FALSE(inbox_.done_);
}

TEST_F(IngestTest, refuses_requests_without_a_known_key) {
  for (const char* authorization : {"", "Bearer", "Bearer ", "Bearer wk_synthetic2", "Bearer wk_syntheti",
                                    "Basic wk_synthetic", "wk_synthetic", "Bearer  "}) {
    auto wrong = request(kRow);
    wrong.headers[0].value = authorization;
    send(wrong);
    EXPECT_EQ(response_.status, 401) << authorization;
    EXPECT_EQ(header("WWW-Authenticate"), "Bearer");
  }
  auto none = request(kRow);
  none.headers.clear();
  send(none);
  EXPECT_EQ(response_.status, 401);
  EXPECT_FALSE(inbox_.done_);
}

TEST_F(IngestTest, accepts_each_of_its_keys) {
  for (const char* authorization : {"Bearer wk_other", "bearer wk_synthetic"}) {
    auto right = request(kRow);
    right.headers[0].value = authorization;
    send(right);
    inbox_.done_({});
    EXPECT_EQ(response_.status, 202) << authorization;
  }
}

TEST_F(IngestTest, refuses_everybody_while_there_is_no_key) {
  const Ingest closed({}, {clock_, inbox_, limits_, 1'000, 1 << 30});
  closed.handle(request(kRow), [this](http::ServerResponse response) { response_ = std::move(response); });
  EXPECT_EQ(response_.status, 401);
  EXPECT_NE(text_at("/error/fix").find("write-key add"), std::string::npos);
}

TEST_F(IngestTest, an_empty_key_lets_nobody_in) {
  const Ingest open({{"site", ""}}, {clock_, inbox_, limits_, 1'000, 1 << 30});
  for (const char* authorization : {"Bearer ", "Bearer"}) {
    auto empty = request(kRow);
    empty.headers[0].value = authorization;
    open.handle(empty, [this](http::ServerResponse response) { response_ = std::move(response); });
    EXPECT_EQ(response_.status, 401);
  }
}

TEST_F(IngestTest, takes_post_only) {
  auto get = request("");
  get.method = "GET";
  send(get);
  EXPECT_EQ(response_.status, 405);
  EXPECT_EQ(header("Allow"), "POST");
}

TEST_F(IngestTest, takes_rows_under_any_content_type_but_nothing_else) {
  for (const char* type :
       {"application/x-ndjson", "Application/JSON; charset=utf-8", "application/jsonl", ""}) {
    auto right = request(kRow);
    right.headers.push_back({"Content-Type", type});
    send(right);
    inbox_.done_({});
    EXPECT_EQ(response_.status, 202) << type;
  }
  for (const char* type : {"application/x-www-form-urlencoded", "text/plain", "text/csv; charset=utf-8"}) {
    auto rows = request(" \r\n\t" + kRow);
    rows.headers.push_back({"Content-Type", type});
    send(rows);
    inbox_.done_({});
    EXPECT_EQ(response_.status, 202) << type;
    for (const char* body :
         {"key,email\nu1,ada@example.com\n", "[{\"type\":\"delete\",\"key\":\"u1\"}]", "a=1"}) {
      auto other = request(body);
      other.headers.push_back({"Content-Type", type});
      send(other);
      EXPECT_EQ(response_.status, 415) << body;
      EXPECT_EQ(text_at("/error/code"), "unsupported_media_type");
    }
  }
  // A damaged first row costs that row alone where the sender has said what the body is.
  auto damaged = request("damaged\n" + kRow);
  damaged.headers.push_back({"Content-Type", "application/x-ndjson"});
  send(damaged);
  inbox_.done_({});
  EXPECT_EQ(response_.status, 202);
  for (const char* type : {"application/x-ndjson", "application/x-www-form-urlencoded"}) {
    auto packed = request(kRow);
    packed.headers.push_back({"Content-Type", type});
    packed.headers.push_back({"Content-Encoding", "gzip"});
    send(packed);
    EXPECT_EQ(response_.status, 415) << type;
  }
}

TEST_F(IngestTest, any_content_type_needs_the_write_key_in_its_header) {
  auto form = request(kRow);
  form.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  form.query = std::string("key=") + kKey + "&access_token=" + kKey;
  send(form);
  EXPECT_EQ(response_.status, 401);
  form.body = std::string(R"({"authorization":"Bearer )") + kKey + "\"}\n" + kRow;
  send(form);
  EXPECT_EQ(response_.status, 401);
}

TEST_F(IngestTest, refuses_a_body_over_its_limit) {
  send(request(std::string(kIngestBytesMax, '\n')));
  EXPECT_EQ(response_.status, 400);
  send(request(std::string(kIngestBytesMax + 1, '\n')));
  EXPECT_EQ(response_.status, 413);
}

TEST_F(IngestTest, says_when_to_come_back_if_the_store_cannot_take_more) {
  for (const ErrorKind kind : {ErrorKind::kUnavailable, ErrorKind::kThrottled}) {
    send(request(kRow));
    inbox_.done_(Error{kind, "disk_full", "the disk is full", "/secret/place", ""});
    EXPECT_EQ(response_.status, 503);
    EXPECT_FALSE(header("Retry-After").empty());
    EXPECT_EQ(text_at("/error/code"), "disk_full");
    EXPECT_EQ(response_.body.find("/secret/place"), std::string::npos);
  }
  send(request(kRow));
  inbox_.done_(Error{ErrorKind::kInternal, "bug", "details", "", ""});
  EXPECT_EQ(response_.status, 500);
  EXPECT_EQ(response_.body.find("details"), std::string::npos);
}

TEST_F(IngestTest, stored_keys_count_beside_those_of_the_configuration_until_they_end) {
  std::vector<int64_t> used;
  ingest_.on_use([&](int64_t number) { used.push_back(number); });
  const auto status = [&](const std::string& key) {
    http::ServerRequest with = request(kRow);
    with.headers = {{"Authorization", "Bearer " + key}};
    send(with);
    if (!answered_ && inbox_.done_) std::exchange(inbox_.done_, nullptr)({});
    return response_.status;
  };
  EXPECT_EQ(status("prw_stored"), 401);
  const Hash hash = Sha256().hash("prw_stored");
  ingest_.set_stored_keys({{7, "shop", hash, clock_.now() + Millis{7'200'000}}});
  EXPECT_EQ(status("prw_stored"), 202);
  EXPECT_EQ(status("prw_stored"), 202);
  EXPECT_EQ(status(kKey), 202);
  EXPECT_EQ(status("prw_store"), 401);
  EXPECT_EQ(status(to_hex(hash)), 401) << "the hash is no key";
  EXPECT_EQ(used, std::vector<int64_t>{7}) << "told once an hour";
  clock_.advance(Millis{3'600'000});
  EXPECT_EQ(status("prw_stored"), 202);
  EXPECT_EQ(used.size(), 2u);
  clock_.advance(Millis{3'600'000});
  EXPECT_EQ(status("prw_stored"), 401) << "it has ended";
  ingest_.set_stored_keys({{7, "shop", hash, Time{}}});
  EXPECT_EQ(status("prw_stored"), 202);
  ingest_.set_stored_keys({{7, "shop", hash, Time{}, true}});
  EXPECT_EQ(status("prw_stored"), 403) << "suspended by a restore";
  EXPECT_EQ(text_at("/error/code"), "suspended_by_restore");
  ingest_.set_stored_keys({});
  EXPECT_EQ(status("prw_stored"), 401) << "revoked";
  EXPECT_EQ(status(kKey), 202);
}

class ScopedKeyTest : public IngestTest {
 protected:
  void limit(KeyLimits limits) {
    ingest_.set_stored_keys({{7, "shop", Sha256().hash("prw_shop"), {}, false, std::move(limits)}});
  }
  http::ServerRequest by_shop(const std::string& body, const std::string& peer = "192.0.2.1") {
    http::ServerRequest out = request(body);
    out.headers = {{"Authorization", "Bearer prw_shop"}};
    out.peer = peer;
    return out;
  }
  // Sends and makes durable; the status.
  int sends(const std::string& body, const std::string& peer = "192.0.2.1") {
    send(by_shop(body, peer));
    if (!answered_) inbox_.done_({});
    return response_.status;
  }
};

const std::string kProfile = R"({"type":"profile","key":"u1","fields":{"a":1}})";
const std::string kEnterA = R"({"type":"enter","key":"u1","audience":"A"})";
const std::string kExitB = R"({"type":"exit","key":"u1","audience":"B"})";

TEST_F(ScopedKeyTest, a_row_beyond_what_the_key_may_send_costs_that_row_alone) {
  limit({.rows = {.types = RowScope::kNewKey, .audiences = {"A"}}});
  EXPECT_EQ(sends(kProfile + "\n" + kRow + "\n" + kEnterA + "\n" + kExitB), 202);
  EXPECT_EQ(number_at("/accepted"), 2);
  EXPECT_EQ(number_at("/rejected"), 2);
  EXPECT_EQ(number_at("/errors/0/line"), 2);
  EXPECT_EQ(number_at("/errors/0/column"), 2);
  EXPECT_EQ(text_at("/errors/0/code"), "row_type_not_allowed");
  EXPECT_EQ(text_at("/errors/0/message"), "the write key may not send rows of type delete");
  EXPECT_EQ(number_at("/errors/1/line"), 4);
  EXPECT_EQ(text_at("/errors/1/code"), "audience_not_allowed");
  EXPECT_NE(text_at("/errors/1/fix").find("write-key list"), std::string::npos);
  EXPECT_EQ(response_.body.find("u1"), std::string::npos);
  EXPECT_EQ(sends(kRow), 400) << "of which nothing can be accepted";
  limit({.rows = {.types = RowScope::bit_of(store::ChangeType::kEnter), .audiences = {"A"}}});
  EXPECT_EQ(sends(kEnterA), 202);
  EXPECT_EQ(sends(kProfile), 400);
}

TEST_F(ScopedKeyTest, an_audience_it_may_not_change_is_not_made) {
  InputLimits one({.audiences = 2}, clock_);  // of which a sender has half
  Ingest ingest({}, {clock_, inbox_, one, 1'000, 1 << 30});
  ingest.set_stored_keys({{7, "shop", Sha256().hash("prw_shop"), {}, false, {.rows = {.audiences = {"A"}}}}});
  ingest.handle(by_shop(kExitB + "\n" + kEnterA),
                [this](http::ServerResponse response) { response_ = response; });
  inbox_.done_({});
  EXPECT_EQ(number_at("/accepted"), 1) << "the room for one audience is left to the one it may change";
}

TEST_F(ScopedKeyTest, a_key_that_is_limited_in_nothing_sends_everything) {
  limit({});
  EXPECT_EQ(sends(kProfile + "\n" + kRow + "\n" + kEnterA + "\n" + kExitB, "unix"), 202);
  EXPECT_EQ(number_at("/rejected"), 0);
}

TEST_F(ScopedKeyTest, from_outside_its_networks_nothing_is_taken) {
  limit({.networks = "10.0.0.0/8 2001:db8::/32"});
  EXPECT_EQ(sends(kProfile, "10.1.2.3"), 202);
  EXPECT_EQ(sends(kProfile, "2001:db8::7"), 202);
  EXPECT_EQ(sends(kProfile, "192.0.2.1"), 403);
  EXPECT_EQ(text_at("/error/code"), "wrong_network");
  EXPECT_EQ(response_.refusal_code, "wrong_network");
  EXPECT_EQ(response_.refused_who, "write key shop");
  const auto admission = ingest_.admit(by_shop("", "192.0.2.1"));
  ASSERT_TRUE(admission.refusal) << "before its body comes";
  EXPECT_EQ(admission.refusal->status, 403);
}

TEST_F(ScopedKeyTest, its_own_pace_holds_below_that_of_all) {
  const auto taken = [this](int64_t own, int64_t of_all) {
    Ingest ingest({}, {clock_, inbox_, limits_, of_all, 1 << 30});
    ingest.set_stored_keys({{7, "shop", Sha256().hash("prw_shop"), {}, false, {.rows_a_minute = own}}});
    int count = 0, status = 0;
    while (count < 100) {
      ingest.handle(by_shop(kProfile),
                    [&](const http::ServerResponse& response) { status = response.status; });
      if (std::exchange(status, 0) == 429) break;
      inbox_.done_({});
      ++count;
    }
    return count;
  };
  EXPECT_EQ(taken(10, 50), 11) << "the last one begins within the pace";
  EXPECT_EQ(taken(0, 50), 51);
  EXPECT_EQ(taken(90, 50), 51) << "no key gets more than the file allows";
}

}  // namespace
}  // namespace pinrelay::sources
