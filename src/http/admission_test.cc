// What is decided by the head of a request, before its body: who may send one, how much, how fast, and how
// much of all bodies together.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>

#include "http/server.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::RawSocket;
using testing::TempDir;
using testing::TlsClient;

constexpr size_t kBudget = 400'000, kShare = kBudget / BodyBudget::kShares;

ServerResponse text(std::string body, int status = 200) {
  ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::atomic<uint64_t> admitted_bytes = 200'000;

// The key is the account, "X-Client" the client behind a proxy; without a key nobody gets beyond the head.
Admission admit(ServerRequest& head) {
  Admission admission;
  if (const auto client = head.header("X-Client"); !client.empty()) head.peer = client;
  admission.account = head.header("X-Key");
  admission.body_bytes_max = admitted_bytes;
  if (admission.account.empty()) admission.refusal = text("who?", 401);
  return admission;
}

std::string head(const std::string& key, const std::string& lines, const std::string& client = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + (key.empty() ? "" : "X-Key: " + key + "\r\n") +
         (client.empty() ? "" : "X-Client: " + client + "\r\n") + lines + "\r\n";
}

std::string sized(const std::string& key, size_t size, const std::string& client = "") {
  return head(key, "Content-Length: " + std::to_string(size) + "\r\n", client);
}

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() { admitted_bytes = 200'000; }
  void serve(ServerOptions options = {}, Handler handler = nullptr) {
    options.admit = admit;
    options.bodies_bytes_max = kBudget;
    auto server = start_server(std::move(options), [this, handler](ServerRequest request, Responder respond) {
      ++handled_;
      if (handler) return handler(std::move(request), std::move(respond));
      if (!request.header("X-Hold").empty()) {
        const std::lock_guard lock(mutex_);
        held_.emplace_back(std::move(request), std::move(respond));
        return changed_.notify_one();
      }
      respond(text(request.peer + " " + std::to_string(request.body.size())));
    });
    ASSERT_TRUE(server.ok()) << server.error().text();
    server_ = std::move(server).value();
  }
  RawSocket connect() { return RawSocket::connect_to(server_->port()); }
  // A sender whose body is here, and whose answer is awaited.
  RawSocket held(const std::string& key, const std::string& client, size_t bytes) {
    auto socket = connect();
    socket.send(head(key, "X-Hold: 1\r\nContent-Length: " + std::to_string(bytes) + "\r\n", client) +
                std::string(bytes, 'x'));
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(testing::kGiveUpSeconds),
                                  [&] { return !held_.empty(); }));
    return socket;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_.clear();
  }

  std::mutex mutex_;  // guards held_
  std::condition_variable changed_;
  std::vector<std::pair<ServerRequest, Responder>> held_;
  std::atomic<int> handled_ = 0;
  std::unique_ptr<Server> server_;
};

TEST_F(AdmissionTest, a_stranger_is_refused_before_the_body) {
  serve();
  auto client = connect();
  client.send(sized("", 100'000));  // of which nothing comes
  const std::string refused = client.receive_all();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 401 ") && refused.ends_with("who?")) << refused;
  auto expecting = connect();
  expecting.send(head("", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_TRUE(expecting.receive_all().starts_with("HTTP/1.1 401 ")) << "and is not asked for it";
  auto chunked = connect();
  chunked.send(head("", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n" + sized("a", 0));
  const std::string only = chunked.receive_all();
  EXPECT_EQ(only.find("HTTP/1.1", 1), std::string::npos) << "what follows is not read as a request: " << only;
  EXPECT_EQ(handled_, 0);
}

TEST_F(AdmissionTest, without_a_body_a_refused_connection_goes_on) {
  serve();
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + sized("a", 3) + "abc");
  EXPECT_TRUE(client.receive_message().starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(client.receive_message().ends_with("127.0.0.1 3"));
}

TEST_F(AdmissionTest, requests_of_one_connection_are_each_admitted) {
  serve();
  auto client = connect();
  client.send(head("a", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello" + head("a", "Transfer-Encoding: chunked\r\n") + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" +
              sized("b", 0) + sized("", 4) + "more" + sized("a", 0));
  for (const char* size : {"5", "5", "0"})
    EXPECT_TRUE(client.receive_message().ends_with("127.0.0.1 " + std::string(size)));
  EXPECT_TRUE(client.receive_all().ends_with("who?")) << "with its body it is the last one";
  EXPECT_EQ(handled_, 3);
}

TEST_F(AdmissionTest, the_limit_of_the_head_holds_by_length_and_in_chunks) {
  serve();
  auto client = connect();
  client.send(sized("a", 200'001));
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 413 "));
  auto chunked = connect();
  const std::string piece = "7530\r\n" + std::string(30'000, 'x') + "\r\n";
  chunked.send(head("a", "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 3; ++i) chunked.send(piece);
  chunked.send("0\r\n\r\n");
  EXPECT_TRUE(chunked.receive_message().ends_with(" 90000"));
  admitted_bytes = 50'000;
  chunked.send(head("a", "Transfer-Encoding: chunked\r\n") + piece);
  chunked.send(piece);
  EXPECT_TRUE(chunked.receive_all().starts_with("HTTP/1.1 413 "));
  auto other = connect();
  other.send(head("b", "Transfer-Encoding: chunked\r\n", "192.0.2.7") + piece + "0\r\n\r\n");
  EXPECT_TRUE(other.receive_message().ends_with("192.0.2.7 30000"));
}

TEST_F(AdmissionTest, a_key_has_its_share_of_all_bodies_and_another_is_not_refused) {
  serve();
  const auto first = held("a", "192.0.2.1", kShare - 1'000);
  auto second = connect();
  second.send(sized("a", 150'000, "192.0.2.2") + std::string(60'000, 'x'));
  const std::string refused = second.receive_all();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  EXPECT_NE(refused.find("Retry-After: "), std::string::npos);
  auto good = connect();
  good.send(sized("good", 80'000, "192.0.2.3") + std::string(80'000, 'x'));
  EXPECT_TRUE(good.receive_message().ends_with("192.0.2.3 80000"));
}

TEST_F(AdmissionTest, an_address_has_its_share_whatever_its_keys_and_behind_a_proxy_it_is_the_clients) {
  serve();
  const auto first = held("a", "192.0.2.1", kShare - 1'000);
  auto second = connect();
  second.send(sized("b", 150'000, "192.0.2.1") + std::string(60'000, 'x'));
  EXPECT_TRUE(second.receive_all().starts_with("HTTP/1.1 503 "));
  auto neighbour = connect();
  neighbour.send(sized("c", 80'000, "192.0.2.2") + std::string(80'000, 'x'));
  EXPECT_TRUE(neighbour.receive_message().ends_with("192.0.2.2 80000"));
}

TEST_F(AdmissionTest, a_customer_with_an_ipv6_network_is_one_sender) {
  serve();
  const auto first = held("a", "2001:db8::1", kShare - 1'000);
  auto second = connect();
  second.send(sized("b", 150'000, "2001:db8::2") + std::string(60'000, 'x'));
  EXPECT_TRUE(second.receive_all().starts_with("HTTP/1.1 503 "));
  auto neighbour = connect();
  neighbour.send(sized("c", 80'000, "2001:db8:0:1::1") + std::string(80'000, 'x'));
  EXPECT_TRUE(neighbour.receive_message().ends_with(" 80000"));
}

TEST_F(AdmissionTest, a_share_is_free_again_with_the_answer) {
  serve();
  auto client = connect();
  for (int i = 0; i < 20; ++i) {
    client.send(sized("a", 90'000) + std::string(90'000, 'x'));
    EXPECT_TRUE(client.receive_message().ends_with(" 90000"));
  }
}

TEST_F(AdmissionTest, what_a_handler_keeps_is_still_counted_when_its_client_has_gone) {
  serve();
  held("a", "192.0.2.1", 90'000).close();
  auto other = connect();
  other.send(sized("a", 90'000, "192.0.2.2") + std::string(90'000, 'x'));
  EXPECT_TRUE(other.receive_all().starts_with("HTTP/1.1 503 "));
  release();
  auto again = connect();
  again.send(sized("a", 90'000, "192.0.2.2") + std::string(90'000, 'x'));
  EXPECT_TRUE(again.receive_message().ends_with(" 90000"));
}

TEST_F(AdmissionTest, a_body_that_comes_too_slowly_is_cut_off_with_408) {
  ServerOptions options;
  options.pace = {Millis{20}, 1'000};
  serve(options);
  auto client = connect();
  client.send(sized("a", 100'000) + "slow");
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 408 "));
  auto expecting = connect();
  expecting.send(head("a", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(expecting.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(expecting.receive_all().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(handled_, 0);
}

TEST_F(AdmissionTest, a_body_takes_as_long_as_it_takes_when_it_keeps_up) {
  ServerOptions options;
  options.read_timeout = Millis{20};
  options.pace = {Millis{20}, 0};
  serve(options);
  auto client = connect(), head_alone = connect();
  client.send(sized("a", 10) + "hello");
  head_alone.send("GET / HT");
  EXPECT_EQ(head_alone.receive_all(), "") << "the time for a head is over";
  client.send("world");
  EXPECT_TRUE(client.receive_message().ends_with(" 10"));
}

TEST_F(AdmissionTest, a_request_that_is_not_answered_in_time_ends) {
  ServerOptions options;
  options.handling_timeout = Millis{20};
  std::promise<Responder> kept;
  serve(options, [&](const ServerRequest&, Responder respond) { kept.set_value(std::move(respond)); });
  auto client = connect();
  client.send(sized("a", 2) + "hi");
  const std::string got = client.receive_all();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503 ")) << got;
  EXPECT_NE(got.find("Connection: close\r\n"), std::string::npos) << "a late answer must answer nothing else";
  kept.get_future().get()(text("late"));
}

TEST_F(AdmissionTest, a_new_connection_takes_the_place_of_one_that_waits) {
  ServerOptions options;
  options.connections_max = 2;
  options.makes_room = true;
  std::promise<Responder> kept;
  serve(options, [&](const ServerRequest& request, Responder respond) {
    if (request.body == "keep") return kept.set_value(std::move(respond));
    respond(text("here"));
  });
  auto working = connect(), waiting = connect();
  working.send(sized("a", 4) + "keep");
  auto answer = kept.get_future().get();
  waiting.send(sized("a", 0));
  EXPECT_TRUE(waiting.receive_message().ends_with("here"));
  auto next = connect();
  next.send(sized("a", 0));
  EXPECT_TRUE(next.receive_message().ends_with("here"));
  EXPECT_EQ(waiting.receive_all(), "");
  answer(text("kept"));
  EXPECT_TRUE(working.receive_message().ends_with("kept")) << "who is at work is left alone";
}

TEST_F(AdmissionTest, is_the_same_over_tls) {
  const TempDir folder;
  ServerOptions options = testing::tls_options(folder);
  options.pace = {Millis{50}, 1'000};
  serve(options);
  TlsClient client(server_->port());
  client.send(sized("a", 90'000) + std::string(90'000, 'x'));
  EXPECT_TRUE(client.receive_until(" 90000").ends_with(" 90000"));
  client.send(sized("a", 90'000) + "slow");
  EXPECT_TRUE(client.receive_until("too slowly\n").find("HTTP/1.1 408 ") != std::string::npos);
  TlsClient stranger(server_->port());
  stranger.send(sized("", 90'000));
  EXPECT_TRUE(stranger.receive_until("who?").ends_with("who?"));
}

}  // namespace
}  // namespace pinrelay::http
