#include "http/incoming_body.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/server.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::RawSocket;
using testing::TempDir;
using testing::TlsClient;
using State = BodyPiece::State;

bool streams(std::string_view method, std::string_view path) { return method == "POST" && path == "/large"; }

std::string head(std::string_view lines, std::string_view path = "/large") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

std::string sized(size_t size) { return head("Content-Length: " + std::to_string(size) + "\r\n"); }

std::string noise(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 1'000) % 26);
  return bytes;
}

ServerResponse answer(int status, std::string body = "") {
  ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// A server whose requests the test handles on its own thread.
class IncomingBodyTest : public ::testing::Test {
 protected:
  struct Request {
    ServerRequest request;
    Responder respond;

    BodyPiece next() const {
      std::promise<BodyPiece> piece;
      request.incoming->next([&](BodyPiece got) { piece.set_value(std::move(got)); });
      return piece.get_future().get();
    }
    // All of it, or what came before it broke.
    std::pair<std::string, State> read() const {
      std::string all;
      for (;;) {
        BodyPiece piece = next();
        all += piece.bytes;
        if (piece.state != State::kMore) return {std::move(all), piece.state};
      }
    }
  };

  void serve(ServerOptions options = {}) {
    options.streams = streams;
    auto server = start_server(std::move(options), [this](ServerRequest request, Responder respond) {
      const std::lock_guard lock(mutex_);
      requests_.push_back({std::move(request), std::move(respond)});
      changed_.notify_one();
    });
    ASSERT_TRUE(server.ok()) << server.error().text();
    server_ = std::move(server).value();
  }
  Request requested() {
    std::unique_lock lock(mutex_);
    const auto limit = std::chrono::seconds(testing::kGiveUpSeconds);
    CHECK(changed_.wait_for(lock, limit, [this] { return !requests_.empty(); }));
    Request first = std::move(requests_.front());
    requests_.erase(requests_.begin());
    return first;
  }
  size_t waiting() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

  std::mutex mutex_;  // guards requests_
  std::condition_variable changed_;
  std::vector<Request> requests_;
  std::unique_ptr<Server> server_;
};

TEST_F(IncomingBodyTest, arrives_as_it_was_sent_and_its_head_before_it) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  const std::string body = noise(1'000'000);
  client.send(sized(body.size()));
  const Request request = requested();  // nothing of the body has been sent yet
  EXPECT_EQ(request.request.path, "/large");
  EXPECT_EQ(request.request.body, "");
  EXPECT_EQ(request.request.incoming->length(), body.size());
  std::thread sending([&] { client.send(body); });
  EXPECT_TRUE(request.read() == std::pair(body, State::kLast));
  sending.join();
  request.respond(answer(201, "kept"));
  const std::string got = client.receive_message();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 201 ") && got.ends_with("kept")) << got;
  EXPECT_EQ(got.find("Connection: close"), std::string::npos);
}

TEST_F(IncomingBodyTest, comes_in_pieces_of_a_bounded_size) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  const std::string body = noise(2'000'000);
  std::thread sending([&] { client.send(sized(body.size()) + body); });
  const Request request = requested();
  std::string all;
  for (BodyPiece piece; all.size() < body.size(); all += piece.bytes) {
    piece = request.next();
    ASSERT_NE(piece.state, State::kBroken);
    EXPECT_LE(piece.bytes.size(), 128U * 1024);
    if (piece.state == State::kMore) {
      EXPECT_GE(piece.bytes.size(), IncomingBody::kPieceBytesMin);
    }
  }
  EXPECT_TRUE(all == body);
  sending.join();
}

TEST_F(IncomingBodyTest, is_read_in_chunks_and_may_be_empty) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Transfer-Encoding: chunked\r\n") + "3;x=y\r\nabc\r\n");
  const Request chunked = requested();
  EXPECT_EQ(chunked.request.incoming->length(), std::nullopt);
  client.send("10\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(chunked.read(), std::pair(std::string("abc0123456789abcdef"), State::kLast));
  chunked.respond(answer(200, "."));
  EXPECT_TRUE(client.receive_message().ends_with("\r\n\r\n."));
  client.send(sized(0));
  const Request empty = requested();
  EXPECT_EQ(empty.read(), std::pair(std::string(), State::kLast));
  empty.respond(answer(200, "."));
  EXPECT_TRUE(client.receive_message().ends_with("\r\n\r\n."));
  EXPECT_EQ(empty.next().state, State::kBroken) << "behind the end nothing comes";
}

TEST_F(IncomingBodyTest, what_is_not_asked_for_stays_with_the_client) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  constexpr size_t kLarge = 256U * 1024 * 1024;
  client.send(sized(kLarge));
  const Request request = requested();
  // More than the kernel holds for a connection: the rest cannot be sent.
  const std::string block(1024 * 1024, 'x');
  size_t sent = 0;
  for (ssize_t more = 1; more > 0 && sent<kLarge; sent += more> 0 ? static_cast<size_t>(more) : 0)
    more = ::send(client.descriptor(), block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  EXPECT_LT(sent, kLarge / 2);
  size_t read = 0;
  while (sent - read >= IncomingBody::kPieceBytesMin) {
    const BodyPiece piece = request.next();
    ASSERT_EQ(piece.state, State::kMore);
    read += piece.bytes.size();
  }
}

TEST_F(IncomingBodyTest, a_refusal_needs_nothing_of_it_and_ends_the_connection) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Content-Length: 1000000\r\nExpect: 100-continue\r\n"));
  const Request request = requested();
  request.respond(answer(403, "no"));
  const std::string got = client.receive_all();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 403 ") && got.ends_with("\r\n\r\nno")) << got;
  EXPECT_NE(got.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(request.next().state, State::kBroken);
}

TEST_F(IncomingBodyTest, a_refusal_arrives_at_a_client_that_is_still_sending) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(sized(10'000'000) + noise(100'000));
  const Request request = requested();
  EXPECT_EQ(request.next().state, State::kMore);
  request.respond(answer(507, "full"));
  client.send(noise(5'000'000));
  EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\nfull"));
}

TEST_F(IncomingBodyTest, asking_for_it_is_what_continue_waits_for) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Content-Length: 4\r\nExpect: 100-continue\r\n"));
  const Request request = requested();
  std::promise<BodyPiece> piece;
  request.request.incoming->next([&](BodyPiece got) { piece.set_value(std::move(got)); });
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(piece.get_future().get().bytes, "body");
  request.respond(answer(200, "."));
  EXPECT_TRUE(client.receive_message().starts_with("HTTP/1.1 200 "));
}

TEST_F(IncomingBodyTest, one_that_is_too_large_by_its_length_reaches_no_handler) {
  ServerOptions options;
  options.body_bytes_max = 10;
  options.streamed_bytes_max = 1'000;
  serve(options);
  auto client = RawSocket::connect_to(server_->port());
  client.send(sized(1'001));
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(waiting(), 0U);
  auto other = RawSocket::connect_to(server_->port());
  other.send(head("Content-Length: 11\r\n", "/small") + noise(11));
  EXPECT_TRUE(other.receive_all().starts_with("HTTP/1.1 413 ")) << "the limit of the others is their own";
  auto fits = RawSocket::connect_to(server_->port());
  fits.send(sized(1'000) + noise(1'000));
  EXPECT_EQ(requested().read().second, State::kLast);
}

TEST_F(IncomingBodyTest, one_that_grows_too_large_is_refused_on_the_way) {
  ServerOptions options;
  options.streamed_bytes_max = 100'000;
  serve(options);
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Transfer-Encoding: chunked\r\n") + "fa00\r\n" + noise(0xfa00) + "\r\n");
  const Request request = requested();
  EXPECT_EQ(request.next().state, State::kMore);
  client.send("fa00\r\n" + noise(0xfa00) + "\r\n");
  EXPECT_EQ(request.read().second, State::kBroken);
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 413 "));
  request.respond(answer(200));  // too late, and harmless
}

TEST_F(IncomingBodyTest, nonsense_on_the_way_is_refused) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\nnonsense\r\n");
  EXPECT_EQ(requested().read().second, State::kBroken);
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 400 "));
}

TEST_F(IncomingBodyTest, a_handler_that_answers_as_it_breaks_does_not_spoil_the_refusal) {
  ServerOptions options;
  options.streamed_bytes_max = 10;
  serve(options);
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Transfer-Encoding: chunked\r\n"));
  const Request request = requested();
  request.request.incoming->next([respond = request.respond](const BodyPiece&) { respond(answer(500)); });
  client.send("b\r\n");
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 413 "));
}

TEST_F(IncomingBodyTest, a_client_that_goes_in_the_middle_breaks_it) {
  serve();
  for (const bool hard : {false, true}) {
    auto client = RawSocket::connect_to(server_->port());
    client.send(sized(1'000'000) + noise(50'000));
    const Request request = requested();
    hard ? client.reset() : client.close();
    EXPECT_EQ(request.read().second, State::kBroken);
    request.respond(answer(200));
  }
}

TEST_F(IncomingBodyTest, a_client_that_trickles_is_too_slow_though_it_never_pauses_for_long) {
  ServerOptions options;
  options.read_timeout = options.idle_timeout = Millis{40};
  serve(options);
  auto client = RawSocket::connect_to(server_->port());
  client.send(sized(1'000'000));
  const Request request = requested();
  std::atomic<bool> over = false;
  std::thread trickling([&] {
    while (!over) {
      client.send("x");
      auto pace = RawSocket::connect_to(server_->port());  // so that no piece comes together in time
      pace.send("nonsense\r\n\r\n");
      pace.receive_until("\r\n\r\n");
    }
  });
  EXPECT_EQ(request.read(), std::pair(std::string(), State::kBroken));
  over = true;
  trickling.join();
}

TEST_F(IncomingBodyTest, a_handler_may_take_its_time_between_pieces) {
  ServerOptions options;
  options.read_timeout = options.idle_timeout = Millis{20};
  serve(options);
  auto slow = RawSocket::connect_to(server_->port());
  auto client = RawSocket::connect_to(server_->port());
  client.send(sized(20) + noise(10));
  const Request request = requested();
  EXPECT_EQ(slow.receive_all(), "") << "the time of a connection that says nothing is over";
  client.send(noise(10));
  EXPECT_EQ(request.read().second, State::kLast);
}

TEST_F(IncomingBodyTest, the_next_request_waits_behind_it) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(sized(3) + "abc" + head("Content-Length: 2\r\n", "/small") + "de" + sized(1) + "f");
  const Request first = requested();
  EXPECT_EQ(first.read().first, "abc");
  EXPECT_EQ(waiting(), 0U);
  first.respond(answer(200, "1"));
  const Request second = requested();
  EXPECT_EQ(second.request.body, "de");
  EXPECT_EQ(second.request.incoming, nullptr);
  second.respond(answer(200, "2"));
  const Request third = requested();
  EXPECT_EQ(third.read().first, "f");
  third.respond(answer(200, "3"));
  for (const char* body : {"1", "2", "3"}) EXPECT_TRUE(client.receive_message().ends_with(body));
}

TEST_F(IncomingBodyTest, stopping_breaks_those_on_their_way_at_once_and_lets_whole_ones_be_answered) {
  serve();
  auto client = RawSocket::connect_to(server_->port()), other = RawSocket::connect_to(server_->port());
  client.send(sized(1'000'000) + noise(10));
  const Request broken = requested();
  std::promise<BodyPiece> piece;
  broken.request.incoming->next([&](BodyPiece got) { piece.set_value(std::move(got)); });
  other.send(sized(3) + "abc");
  const Request whole = requested();
  EXPECT_EQ(whole.read().second, State::kLast);
  std::thread stopping([&] { server_->stop(Millis{1'000 * testing::kGiveUpSeconds}); });
  EXPECT_EQ(piece.get_future().get().state, State::kBroken);
  EXPECT_EQ(client.receive_all(), "");
  whole.respond(answer(200, "kept"));
  EXPECT_TRUE(other.receive_all().ends_with("kept"));
  other.close();
  stopping.join();
  EXPECT_EQ(broken.next().state, State::kBroken);
}

TEST_F(IncomingBodyTest, outlives_the_server) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(sized(1'000'000));
  const Request request = requested();
  server_.reset();
  EXPECT_EQ(request.next().state, State::kBroken);
  request.respond(answer(200));
}

TEST_F(IncomingBodyTest, an_answer_while_a_piece_is_awaited_cuts_the_connection) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(head("Content-Length: 9\r\nExpect: 100-continue\r\n"));
  const Request request = requested();
  std::promise<BodyPiece> piece;
  request.request.incoming->next([&](BodyPiece got) { piece.set_value(std::move(got)); });
  client.receive_until("\r\n\r\n");
  request.respond(answer(200));
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(piece.get_future().get().state, State::kBroken);
}

TEST_F(IncomingBodyTest, is_the_same_over_tls) {
  const TempDir folder;
  serve(testing::tls_options(folder));
  const std::string body = noise(1'000'000);
  TlsClient client(server_->port());
  std::thread sending([&] { client.send(sized(body.size()) + body); });
  const Request request = requested();
  EXPECT_TRUE(request.read() == std::pair(body, State::kLast));
  sending.join();
  request.respond(answer(200, "kept"));
  EXPECT_TRUE(client.receive_until("kept").ends_with("kept"));
  client.send(sized(body.size()));
  const Request refused = requested();
  refused.respond(answer(403, "no"));
  EXPECT_TRUE(client.receive_until("no way").ends_with("\r\n\r\nno"));
}

}  // namespace
}  // namespace pinrelay::http
