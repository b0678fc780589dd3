#include "http/stream.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>

#include "http/server.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::RawSocket;
using testing::TempDir;
using testing::TlsClient;

constexpr const char* kGet = "GET /live HTTP/1.1\r\nHost: a\r\n\r\n";

// A server each of whose answers is a stream, which the test writes to from its own thread.
class StreamTest : public ::testing::Test {
 protected:
  void serve(ServerOptions options = {}) {
    auto server = start_server(std::move(options), [this](const ServerRequest&, const Responder& respond) {
      ServerResponse response;
      response.content_type = "text/event-stream";
      response.stream = std::make_shared<Stream>();
      const std::weak_ptr<Stream> stream = response.stream;
      respond(std::move(response));
      const std::lock_guard lock(mutex_);
      opened_.push_back(stream);
      changed_.notify_one();
    });
    ASSERT_TRUE(server.ok()) << server.error().text();
    server_ = std::move(server).value();
  }
  std::weak_ptr<Stream> opened() {
    std::unique_lock lock(mutex_);
    const auto limit = std::chrono::seconds(testing::kGiveUpSeconds);
    EXPECT_TRUE(changed_.wait_for(lock, limit, [this] { return !opened_.empty(); }));
    if (opened_.empty()) return {};
    const auto stream = opened_.front();
    opened_.pop_front();
    return stream;
  }
  // Ended by the connection: what waits here is woken by no event, so it looks again and again.
  static bool ends(const std::weak_ptr<Stream>& stream) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(testing::kGiveUpSeconds);
    while (!stream.expired() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    return stream.expired();
  }
  static void send(const std::weak_ptr<Stream>& stream, std::string_view bytes) {
    const auto open = stream.lock();
    ASSERT_TRUE(open);
    open->send(bytes);
  }

  std::mutex mutex_;  // guards opened_
  std::condition_variable changed_;
  std::deque<std::weak_ptr<Stream>> opened_;
  std::unique_ptr<Server> server_;
};

TEST_F(StreamTest, what_is_sent_arrives_at_once_and_in_order) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(kGet);
  const auto stream = opened();
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  send(stream, "data: 1\n\n");
  EXPECT_EQ(client.receive_until("\n\n"), "data: 1\n\n");
  for (int i = 2; i < 500; ++i) send(stream, "data: " + std::to_string(i) + "\n\n");
  for (int i = 2; i < 500; ++i)
    EXPECT_EQ(client.receive_until("\n\n"), "data: " + std::to_string(i) + "\n\n");
}

TEST_F(StreamTest, what_waits_is_still_written_when_it_is_closed) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(kGet);
  const auto stream = opened().lock();
  ASSERT_TRUE(stream);
  stream->send(std::string(100'000, 'x'));
  stream->close();
  stream->send("never");
  EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\n" + std::string(100'000, 'x')));
}

TEST_F(StreamTest, an_older_client_gets_the_same_and_one_that_asks_for_the_head_gets_that) {
  serve();
  for (const bool head : {false, true}) {
    auto client = RawSocket::connect_to(server_->port());
    client.send(head ? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" : "GET / HTTP/1.0\r\n\r\n");
    const auto stream = opened();
    if (head) {
      EXPECT_TRUE(ends(stream));
      EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\n"));
    } else {
      send(stream, "data: 1\n\n");
      if (const auto open = stream.lock()) open->close();
      EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\ndata: 1\n\n"));
    }
  }
}

TEST_F(StreamTest, a_client_that_has_gone_is_noticed_without_an_event) {
  serve();
  for (const bool hard : {false, true}) {
    auto client = RawSocket::connect_to(server_->port());
    client.send(kGet);
    const auto stream = opened();
    client.receive_until("\r\n\r\n");
    hard ? client.reset() : client.close();
    EXPECT_TRUE(ends(stream));
  }
}

TEST_F(StreamTest, an_answer_that_reaches_nobody_is_no_open_stream) {
  std::promise<Responder> held;
  auto server =
      start_server({}, [&](const ServerRequest&, Responder respond) { held.set_value(std::move(respond)); });
  ASSERT_TRUE(server.ok());
  auto client = RawSocket::connect_to((*server)->port());
  client.send(kGet);
  const Responder respond = held.get_future().get();
  (*server)->stop(Millis{0});
  ServerResponse response;
  response.stream = std::make_shared<Stream>();
  const std::weak_ptr<Stream> stream = response.stream;
  respond(std::move(response));
  EXPECT_TRUE(stream.expired());
}

TEST_F(StreamTest, a_client_that_stops_reading_is_cut_off) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(kGet);
  const auto stream = opened();
  // More than the kernel takes for it, and then more than may wait.
  const std::string event(64 * 1024, 'x');
  for (int i = 0; i < 10'000 && !stream.expired(); ++i)
    if (const auto open = stream.lock()) open->send(event);
  EXPECT_TRUE(ends(stream));
}

TEST_F(StreamTest, a_write_that_stands_still_is_given_up_and_a_quiet_stream_is_not) {
  ServerOptions options;
  options.read_timeout = options.idle_timeout = Millis{20};
  serve(options);
  auto quiet = RawSocket::connect_to(server_->port());
  quiet.send(kGet);
  const auto stream = opened();
  auto stuck = RawSocket::connect_to(server_->port());
  stuck.send(kGet);
  const auto other = opened();
  send(other, std::string(32 * 1024 * 1024, 'x'));
  EXPECT_TRUE(ends(other));  // after more than the timeouts
  send(stream, "still here\n\n");
  EXPECT_TRUE(quiet.receive_until("here\n\n").ends_with("still here\n\n"));
}

TEST_F(StreamTest, stopping_the_server_ends_streams_at_once) {
  serve();
  auto client = RawSocket::connect_to(server_->port());
  client.send(kGet);
  const auto stream = opened();
  client.receive_until("\r\n\r\n");
  server_->stop(Millis{1'000 * testing::kGiveUpSeconds});
  EXPECT_TRUE(stream.expired());
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(StreamTest, holds_no_thread) {
  serve();
  std::vector<RawSocket> clients;
  std::vector<std::weak_ptr<Stream>> streams;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(RawSocket::connect_to(server_->port()));
    clients.back().send(kGet);
    streams.push_back(opened());
  }
  for (auto stream = streams.rbegin(); stream != streams.rend(); ++stream) send(*stream, "data: 1\n\n");
  for (RawSocket& client : clients) EXPECT_TRUE(client.receive_until("1\n\n").ends_with("data: 1\n\n"));
}

TEST_F(StreamTest, is_the_same_over_tls) {
  const TempDir folder;
  serve(testing::tls_options(folder));
  std::weak_ptr<Stream> left, ended;
  {
    TlsClient client(server_->port());
    client.send(kGet);
    left = opened();
    client.receive_until("\r\n\r\n");
    for (int i = 0; i < 100; ++i) send(left, "data: " + std::to_string(i) + "\n\n");
    for (int i = 0; i < 100; ++i)
      EXPECT_EQ(client.receive_until("\n\n"), "data: " + std::to_string(i) + "\n\n");
  }
  EXPECT_TRUE(ends(left));
  TlsClient polite(server_->port());
  polite.send(kGet);
  ended = opened();
  polite.receive_until("\r\n\r\n");
  polite.say_goodbye();
  EXPECT_TRUE(ends(ended));
  TlsClient third(server_->port());
  third.send(kGet);
  const auto stream = opened();
  send(stream, std::string(100'000, 'x') + "\n\n");
  stream.lock()->close();
  EXPECT_TRUE(third.receive_until("nothing of the kind").ends_with(std::string(100'000, 'x') + "\n\n"));
}

}  // namespace
}  // namespace pinrelay::http
