#include "http/request_reader.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pinrelay::http {
namespace {

using State = RequestReader::State;

constexpr ReadLimits kLimits{.header_bytes_max = 1'024, .body_bytes_max = 100};
constexpr std::string_view kHost = "Host: example.org\r\n";

// The status of the refusal; 0 when the text is a request, -1 when it is not whole.
int refusal(std::string_view text) {
  RequestReader reader(kLimits);
  reader.read(text);
  if (reader.state() == State::kRefused) return reader.refusal().status;
  return reader.state() == State::kDone ? 0 : -1;
}

// A request line and lines after it, each to be ended by us.
std::string request(std::string_view first_line, std::initializer_list<std::string_view> lines = {}) {
  std::string text = std::string(first_line) + "\r\n";
  for (const std::string_view line : lines) (text += line) += "\r\n";
  return text + std::string(kHost) + "\r\n";
}

TEST(RequestReader, reads_method_path_query_headers_and_body) {
  RequestReader reader(kLimits);
  const std::string text =
      request("POST /v1/changes?dry=1&x HTTP/1.1", {"Content-Length: 5", "X-Thing:  a b \t"}) + "hello";
  EXPECT_EQ(reader.read(text), text.size());
  ASSERT_EQ(reader.state(), State::kDone);
  EXPECT_TRUE(reader.keep_alive());
  const ServerRequest got = reader.take();
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.path, "/v1/changes");
  EXPECT_EQ(got.query, "dry=1&x");
  EXPECT_EQ(got.header("x-thing"), "a b");
  EXPECT_EQ(got.header("absent"), "");
  EXPECT_EQ(got.body, "hello");
}

TEST(RequestReader, reads_the_same_however_the_bytes_are_cut) {
  const std::string text = "\r\n" + request("POST / HTTP/1.1", {"Transfer-Encoding: chunked"}) +
                           "3;name=value\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    RequestReader reader(kLimits);
    std::string waiting;
    for (size_t at = 0; at < text.size(); at += piece) {
      waiting += text.substr(at, piece);
      waiting.erase(0, reader.read(waiting));
    }
    ASSERT_EQ(reader.state(), State::kDone) << "in pieces of " << piece;
    EXPECT_EQ(waiting, "");
    const ServerRequest got = reader.take();
    EXPECT_EQ(got.body, "abcde");
    EXPECT_EQ(got.header("Trailer"), "") << "a field after the body must not pose as a header";
  }
}

TEST(RequestReader, leaves_the_next_request_for_the_next_call) {
  RequestReader reader(kLimits);
  const std::string first = request("POST /1 HTTP/1.1", {"Content-Length: 2"}) + "ab";
  const std::string second = request("GET /2 HTTP/1.1");
  EXPECT_EQ(reader.read(first + second), first.size());
  EXPECT_EQ(reader.take().path, "/1");
  EXPECT_EQ(reader.read(second), second.size());
  EXPECT_EQ(reader.take().path, "/2");
}

TEST(RequestReader, knows_when_the_connection_ends_with_the_request) {
  const auto keeps = [](std::string_view text) {
    RequestReader reader(kLimits);
    reader.read(text);
    EXPECT_EQ(reader.state(), State::kDone);
    return reader.keep_alive();
  };
  EXPECT_TRUE(keeps(request("GET / HTTP/1.1")));
  EXPECT_FALSE(keeps(request("GET / HTTP/1.1", {"Connection: close"})));
  EXPECT_FALSE(keeps(request("GET / HTTP/1.0")));
  EXPECT_TRUE(keeps(request("GET / HTTP/1.0", {"Connection: keep-alive"})));
}

TEST(RequestReader, refuses_what_two_readers_could_understand_differently) {
  const std::string_view post = "POST / HTTP/1.1";
  EXPECT_EQ(refusal(request(post, {"X-A: b", " folded"})), 400);
  EXPECT_EQ(refusal(request(post, {"X-A: b", "\tfolded"})), 400);
  EXPECT_EQ(refusal(request(post, {" X-A: leading blank"})), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: 1", "Content-Length: 2"}) + "ab"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: 1", "Content-Length: 1"}) + "a"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: 1, 1"}) + "a"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: +1"}) + "a"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: 0x1"}) + "a"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: -1"})), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length:"})), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: 99999999999999999999"})), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length: 1", "Transfer-Encoding: chunked"}) + "0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(request(post, {"Transfer-Encoding: chunked", "Content-Length: 1"}) + "0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(request(post, {"Transfer-Encoding: gzip"})), 400);
  EXPECT_EQ(refusal(request(post, {"Transfer-Encoding: xchunked"})), 400);
  EXPECT_EQ(refusal(request(post, {"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"})), 400);
  EXPECT_EQ(refusal(request(post, {"Transfer-Encoding: chunked, identity"})), 400);
  EXPECT_EQ(refusal(request("POST / HTTP/1.0", {"Transfer-Encoding: chunked"})), 400);
  EXPECT_EQ(refusal(request(post, {"Host: example.com"})), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusal(request(post, {"Content-Length : 1"}) + "a"), 400);
}

TEST(RequestReader, refuses_what_is_not_http) {
  EXPECT_EQ(refusal("\r\n\r\n"), 400);
  EXPECT_EQ(refusal("\x16\x03\x01\xfc\n"), 400);
  EXPECT_EQ(refusal(request("GET /")), 400);
  EXPECT_EQ(refusal(request("GET / HTTP/2.0")), 505);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1 ")), 505);
  EXPECT_EQ(refusal(request("GET  / HTTP/1.1")), 400);
  EXPECT_EQ(refusal(request("G\x01T / HTTP/1.1")), 400);
  EXPECT_EQ(refusal(request("GET http://example.org/ HTTP/1.1")), 400);
  EXPECT_EQ(refusal(request("CONNECT example.org:443 HTTP/1.1")), 400);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1", {"no colon"})), 400);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1", {": no name"})), 400);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1", {std::string_view("X: \0", 4)})), 400);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1", {"Expect: 200-ok"})), 417);
}

TEST(RequestReader, refuses_broken_chunks) {
  const std::string head = request("POST / HTTP/1.1", {"Transfer-Encoding: chunked"});
  EXPECT_EQ(refusal(head + "5\r\nhello\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(refusal(head + "0x5\r\nhello\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(head + "-5\r\nhello\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(head + "\r\nhello\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(head + "5\r\nhelloX0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(head + "5\nhello\n0\n\n"), -1);  // no chunk header yet: its line has no end
  EXPECT_EQ(refusal(head + "fffffffffffffffff\r\n"), 400);
  EXPECT_EQ(refusal(head + "1;" + std::string(2'000, 'x')), 400);
}

TEST(RequestReader, refuses_what_exceeds_a_limit) {
  EXPECT_EQ(refusal(request("POST / HTTP/1.1", {"Content-Length: 100"}) + std::string(100, 'x')), 0);
  EXPECT_EQ(refusal(request("POST / HTTP/1.1", {"Content-Length: 101"})), 413);
  const std::string chunked = request("POST / HTTP/1.1", {"Transfer-Encoding: chunked"});
  EXPECT_EQ(refusal(chunked + "40\r\n" + std::string(64, 'x') + "\r\n40\r\n"), 413);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1", {"X: " + std::string(900, 'x')})), 0);
  EXPECT_EQ(refusal(request("GET / HTTP/1.1", {"X: " + std::string(1'100, 'x')})), 431);
  EXPECT_EQ(refusal("GET /" + std::string(1'100, 'x')), 431);
}

TEST(RequestReader, says_once_when_the_client_waits_for_100_continue) {
  RequestReader reader(kLimits);
  const std::string head = request("POST / HTTP/1.1", {"Content-Length: 2", "Expect: 100-Continue"});
  EXPECT_EQ(reader.read(head), head.size());
  EXPECT_TRUE(reader.take_continue());
  EXPECT_FALSE(reader.take_continue());
  reader.read("ab");
  EXPECT_EQ(reader.state(), State::kDone);
}

// Changes one to three bytes of good requests, and cuts them; the reader must end in some state without a
// crash (under the sanitizers), and never use more than it was given.
TEST(RequestReader, survives_damaged_requests) {
  const std::vector<std::string> good = {
      request("POST /a?b HTTP/1.1", {"Content-Length: 5", "Expect: 100-continue"}) + "hello",
      request("POST / HTTP/1.1", {"Transfer-Encoding: chunked"}) + "3;a=\"b\"\r\nabc\r\n0\r\nT: x\r\n\r\n",
      request("GET / HTTP/1.0", {"Connection: keep-alive, upgrade", "Upgrade: x"}),
  };
  constexpr std::string_view kNasty(
      "\0\r\n :;,\t\xff\x7f"
      "0aG-",
      15);
  for (uint64_t seed = 1; seed <= 20'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    std::string text = good[random.below(good.size())];
    for (uint64_t change = random.below(3) + 1; change > 0; --change)
      text[random.below(text.size())] = kNasty[random.below(kNasty.size())];
    RequestReader reader(kLimits);
    std::string waiting;
    while (!text.empty() && reader.state() == State::kMore) {
      const size_t piece = random.below(text.size()) + 1;
      waiting += text.substr(0, piece);
      text.erase(0, piece);
      const size_t used = reader.read(waiting);
      ASSERT_LE(used, waiting.size());
      waiting.erase(0, used);
    }
    if (reader.state() == State::kRefused) {
      ASSERT_GE(reader.refusal().status, 400);
    } else if (reader.state() == State::kDone) {
      ASSERT_LE(reader.take().body.size(), kLimits.body_bytes_max);
    }
  }
}

// ---- streamed bodies ----

constexpr ReadLimits kStreaming{
    .header_bytes_max = 1'024,
    .body_bytes_max = 10,
    .streams = [](std::string_view method,
                  std::string_view path) { return method == "POST" && path == "/s"; },
    .streamed_bytes_max = 1'000};

TEST(RequestReader, gives_the_head_first_and_the_body_as_it_comes_however_the_bytes_are_cut) {
  const std::string next = request("GET /next HTTP/1.1");
  for (const bool chunked : {false, true}) {
    const std::string text =
        chunked ? request("POST /s?a=1 HTTP/1.1", {"Transfer-Encoding: chunked"}) +
                      "3;name=value\r\nabc\r\na\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n" + next
                : request("POST /s?a=1 HTTP/1.1", {"Content-Length: 13"}) + "abc0123456789" + next;
    for (size_t piece = 1; piece <= text.size(); ++piece) {
      RequestReader reader(kStreaming);
      std::string waiting, body;
      int heads = 0;
      for (size_t at = 0; at < text.size(); at += piece) {
        waiting += text.substr(at, piece);
        for (size_t used = 1; used > 0;) {
          waiting.erase(0, used = reader.read(waiting));
          if (reader.state() == State::kHead) {
            ++heads;
            EXPECT_EQ(reader.length(), chunked ? std::nullopt : std::optional<uint64_t>(13));
            const ServerRequest head = reader.take_head();
            EXPECT_EQ(head.path + "?" + head.query, "/s?a=1");
          }
          if (heads == 1) body += reader.take_piece();
          if (heads == 1 && reader.state() == State::kDone) {
            EXPECT_TRUE(reader.take().body.empty());
            ++heads;
          }
        }
      }
      ASSERT_EQ(reader.state(), State::kDone) << "in pieces of " << piece;
      EXPECT_EQ(reader.take().path, "/next");
      EXPECT_EQ(heads, 2);
      EXPECT_EQ(body, "abc0123456789");
    }
  }
}

TEST(RequestReader, a_streamed_body_has_its_own_limit_and_none_of_the_strictness_less) {
  const auto status = [](const std::string& text) {
    RequestReader reader(kStreaming);
    size_t used = reader.read(text);
    if (reader.state() == State::kHead) {
      reader.take_head();
      used += reader.read(std::string_view(text).substr(used));
    }
    return reader.state() == State::kRefused ? reader.refusal().status : 0;
  };
  const std::string chunked = "Transfer-Encoding: chunked";
  EXPECT_EQ(status(request("POST /s HTTP/1.1", {"Content-Length: 1001"})), 413);
  EXPECT_EQ(status(request("POST /s HTTP/1.1", {"Content-Length: 1000"}) + std::string(1'000, 'x')), 0);
  EXPECT_EQ(status(request("PUT /s HTTP/1.1", {"Content-Length: 11"})), 413);
  EXPECT_EQ(status(request("POST /s HTTP/1.1", {chunked}) + "3e9\r\n"), 413);
  EXPECT_EQ(status(request("POST /s HTTP/1.1", {chunked}) + "x\r\n"), 400);
  EXPECT_EQ(status(request("POST /s HTTP/1.1", {chunked, "Content-Length: 3"})), 400);
  EXPECT_EQ(status(request("POST /s HTTP/1.1", {"Content-Length: 3", "Content-Length: 3"})), 400);
  EXPECT_EQ(status("POST /s HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), 400) << "without a host";
}

TEST(RequestReader, a_streamed_request_without_a_body_is_done_with_its_head) {
  RequestReader reader(kStreaming);
  reader.read(request("POST /s HTTP/1.1", {"Connection: close"}));
  ASSERT_EQ(reader.state(), State::kHead);
  EXPECT_FALSE(reader.keep_alive());
  reader.take_head();
  EXPECT_EQ(reader.state(), State::kDone);
}

}  // namespace
}  // namespace pinrelay::http
