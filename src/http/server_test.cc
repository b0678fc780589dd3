#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <future>

#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::RawSocket;
using testing::TempDir;

ServerResponse text(std::string body, int status = 200) {
  ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

void echo(const ServerRequest& request, const Responder& respond) {
  respond(text(request.method + " " + request.path + " " + request.body));
}

std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {}) {
  auto server = start_server(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.error().text();
  return std::move(server).value();
}

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// What the server says to `bytes` until it closes the connection.
std::string answer_to(const Server& server, std::string_view bytes) {
  auto client = RawSocket::connect_to(server.port());
  client.send(bytes);
  return client.receive_all();
}

TEST(Server, answers_requests_on_one_connection_in_order) {
  const auto server = serve(echo);
  auto client = RawSocket::connect_to(server->port());
  for (int i = 0; i < 3; ++i) {
    client.send(post("/x", std::to_string(i)));
    EXPECT_TRUE(client.receive_message().ends_with("\r\n\r\nPOST /x " + std::to_string(i)));
  }
}

TEST(Server, gives_pipelined_requests_to_the_handler_one_by_one) {
  std::mutex mutex;
  std::vector<Responder> held;
  std::promise<void> arrived[2];
  const auto server = serve([&](const ServerRequest& request, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(respond));
    arrived[request.path == "/1" ? 0 : 1].set_value();
  });
  auto client = RawSocket::connect_to(server->port());
  client.send(post("/1", "a") + post("/2", "b"));
  arrived[0].get_future().wait();
  {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(held.size(), 1U);
    held[0](text("first"));
  }
  arrived[1].get_future().wait();
  held[1](text("second"));
  EXPECT_TRUE(client.receive_message().ends_with("first"));
  EXPECT_TRUE(client.receive_message().ends_with("second"));
}

TEST(Server, takes_an_answer_from_another_thread) {
  std::promise<Responder> held;
  const auto server =
      serve([&](const ServerRequest&, Responder respond) { held.set_value(std::move(respond)); });
  std::thread other([respond = held.get_future()]() mutable { respond.get()(text("from afar")); });
  EXPECT_NE(answer_to(*server, "GET / HTTP/1.0\r\n\r\n").find("from afar"), std::string::npos);
  other.join();
}

TEST(Server, answers_500_when_the_responder_is_dropped) {
  const auto server = serve([](const ServerRequest&, const Responder&) {});
  EXPECT_TRUE(answer_to(*server, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 500 "));
}

TEST(Server, ignores_a_second_answer) {
  const auto server = serve([](const ServerRequest&, const Responder& respond) {
    respond(text("one"));
    respond(text("two"));
  });
  EXPECT_TRUE(answer_to(*server, "GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\none"));
}

TEST(Server, keeps_serving_after_a_handler_threw) {
  const auto server = serve([](const ServerRequest& request, const Responder& respond) {
    if (request.path == "/bad") throw std::runtime_error("a bug");
    respond(text("fine"));
  });
  answer_to(*server, "GET /bad HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer_to(*server, "GET / HTTP/1.0\r\n\r\n").ends_with("fine"));
}

TEST(Server, closes_after_http_1_0_and_after_connection_close) {
  const auto server = serve(echo);
  EXPECT_NE(answer_to(*server, "GET / HTTP/1.0\r\n\r\n").find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(answer_to(*server, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").find("GET / "),
            std::string::npos);
}

TEST(Server, sends_no_body_to_head) {
  const auto server = serve([](const ServerRequest&, const Responder& respond) { respond(text("body")); });
  const std::string answer = answer_to(*server, "HEAD / HTTP/1.0\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(Server, tells_who_asks) {
  const auto server =
      serve([](const ServerRequest& request, const Responder& respond) { respond(text(request.peer)); });
  EXPECT_TRUE(answer_to(*server, "GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\n127.0.0.1"));
}

TEST(Server, refuses_a_malformed_request_and_closes) {
  std::atomic<int> handled = 0;
  const auto server = serve([&](const ServerRequest&, const Responder& respond) {
    ++handled;
    respond(text(""));
  });
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {head + "X: a\r\n b\r\n\r\n", 400},
      {head + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
      {head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {head + "Transfer-Encoding: gzip\r\n\r\n", 400},
      {"POST / HTTP/1.1\nHost: a\n\n", 400},
      {"\x16\x03\x01\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {head + "Expect: magic\r\n\r\n", 417},
      {head + "X: " + std::string(20'000, 'x'), 431},
  };
  for (const auto& [bytes, status] : cases) {
    const std::string answer = answer_to(*server, bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status))) << bytes << "\n→ " << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "what follows must not be read";
  }
  EXPECT_EQ(handled, 0);
}

TEST(Server, says_413_even_while_the_client_keeps_sending) {
  ServerOptions options;
  options.body_bytes_max = 1'000;
  const auto server = serve(echo, options);
  EXPECT_TRUE(answer_to(*server, post("/", std::string(8'000'000, 'x'))).starts_with("HTTP/1.1 413 "));
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(answer_to(*server, chunked + "fff\r\n").starts_with("HTTP/1.1 413 "));
}

TEST(Server, asks_for_the_body_only_when_it_would_take_it) {
  ServerOptions options;
  options.body_bytes_max = 10;
  const auto server = serve(echo, options);
  const auto head = [](int length) {
    return "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n";
  };
  auto client = RawSocket::connect_to(server->port());
  client.send(head(5));
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_TRUE(client.receive_message().ends_with("POST / hello"));
  EXPECT_TRUE(answer_to(*server, head(11)).starts_with("HTTP/1.1 413 "));
}

TEST(Server, closes_an_idle_connection) {
  ServerOptions options;
  options.idle_timeout = Millis{20};
  const auto server = serve(echo, options);
  EXPECT_EQ(answer_to(*server, ""), "");
  EXPECT_NE(answer_to(*server, post("/", "x")).find("POST / x"), std::string::npos);
}

TEST(Server, closes_a_connection_whose_request_does_not_end) {
  ServerOptions options;
  options.read_timeout = Millis{20};
  const auto server = serve(echo, options);
  EXPECT_EQ(answer_to(*server, "GET / HT"), "");
  EXPECT_EQ(answer_to(*server, post("/", "x").substr(0, 40)), "");
}

TEST(Server, does_not_hurry_the_handler) {
  ServerOptions options;
  options.idle_timeout = options.read_timeout = Millis{20};
  std::mutex mutex;
  Responder held;
  std::promise<void> arrived;
  const auto server = serve(
      [&](const ServerRequest& request, Responder respond) {
        if (request.path == "/quick") return respond(text("quick"));
        const std::lock_guard lock(mutex);
        held = std::move(respond);
        arrived.set_value();
      },
      options);
  auto client = RawSocket::connect_to(server->port());
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  arrived.get_future().wait();
  answer_to(*server, "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");  // passes the idle timeout
  const std::lock_guard lock(mutex);
  held(text("slow"));
  EXPECT_TRUE(client.receive_message().ends_with("slow"));
}

TEST(Server, closes_connections_above_the_cap_at_once) {
  ServerOptions options;
  options.connections_max = 2;
  const auto server = serve(echo, options);
  auto first = RawSocket::connect_to(server->port()), second = RawSocket::connect_to(server->port());
  for (RawSocket* client : {&first, &second}) {
    client->send(post("/", "x"));
    EXPECT_TRUE(client->receive_message().ends_with("POST / x"));
  }
  EXPECT_EQ(answer_to(*server, post("/", "x")), "");
}

TEST(Server, cuts_where_the_simulator_says) {
  const auto server = serve([](const ServerRequest& request, const Responder& respond) {
    ServerResponse response = text(std::string(100'000, 'x'));
    response.cut = request.path == "/now";
    if (request.path == "/head") response.cut_after = 10;
    if (request.path == "/body") response.cut_after = 50'000;
    respond(std::move(response));
  });
  EXPECT_EQ(answer_to(*server, post("/now", "")), "");
  EXPECT_EQ(answer_to(*server, post("/head", "")), "HTTP/1.1 2");
  EXPECT_EQ(answer_to(*server, post("/body", "")).size(), 50'000U);
}

TEST(Server, serves_a_unix_socket_for_its_owner_alone) {
  const TempDir dir;
  ServerOptions options;
  options.unix_socket = dir / "socket";
  {
    const auto server = serve(echo, options);
    struct stat status {};
    ASSERT_EQ(stat(options.unix_socket.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto second = start_server(options, echo);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  }
  EXPECT_FALSE(std::filesystem::exists(options.unix_socket));
}

TEST(Server, replaces_the_socket_of_a_dead_process_and_nothing_else) {
  const TempDir dir;
  ServerOptions options;
  options.unix_socket = dir / "socket";
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  options.unix_socket.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  close(dead);
  EXPECT_TRUE(start_server(options, echo).ok());
  std::ofstream(options.unix_socket) << "precious";
  const auto refused = start_server(options, echo);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "not_a_socket");
  EXPECT_TRUE(std::filesystem::exists(options.unix_socket));
}

TEST(Server, explains_why_it_cannot_start) {
  const auto server = serve(echo);
  ServerOptions options;
  options.port = server->port();
  EXPECT_EQ(start_server(options, echo).error().code, "address_in_use");
  options = {};
  options.address = "nowhere.example.org";
  EXPECT_EQ(start_server(options, echo).error().code, "bad_address");
  options = {};
  options.unix_socket = std::string(200, 'x');
  EXPECT_EQ(start_server(options, echo).error().code, "path_too_long");
  const TempDir dir;
  options = {};
  options.certificate_file = dir / "none.pem";
  options.private_key_file = dir / "none.key";
  const auto refused = start_server(options, echo);
  EXPECT_EQ(refused.error().code, "bad_certificate");
  EXPECT_EQ(refused.error().where, options.certificate_file);
}

TEST(Server, gives_a_running_answer_its_grace_when_stopped) {
  std::promise<Responder> held;
  const auto server =
      serve([&](const ServerRequest&, Responder respond) { held.set_value(std::move(respond)); });
  auto idle = RawSocket::connect_to(server->port()), client = RawSocket::connect_to(server->port());
  client.send(post("/", "x"));
  const Responder respond = held.get_future().get();
  std::thread stopping([&] { server->stop(Millis{1'000 * testing::kGiveUpSeconds}); });
  EXPECT_EQ(idle.receive_all(), "") << "an idle connection is closed at once";
  respond(text("last words"));
  const std::string answer = client.receive_all();
  EXPECT_TRUE(answer.ends_with("last words"));
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  client.close();
  stopping.join();
  server->stop();
}

TEST(Server, closes_what_is_still_running_when_the_grace_is_over) {
  std::promise<Responder> held;
  const auto server =
      serve([&](const ServerRequest&, Responder respond) { held.set_value(std::move(respond)); });
  auto client = RawSocket::connect_to(server->port());
  client.send(post("/", "x"));
  const Responder respond = held.get_future().get();
  server->stop(Millis{0});
  EXPECT_EQ(client.receive_all(), "");
  respond(text("too late"));
}

TEST(Server, is_gone_while_a_responder_still_lives) {
  std::promise<Responder> held;
  auto server = serve([&](const ServerRequest&, Responder respond) { held.set_value(std::move(respond)); });
  auto client = RawSocket::connect_to(server->port());
  client.send(post("/", "x"));
  const Responder respond = held.get_future().get();
  server.reset();
  respond(text("too late"));
  EXPECT_EQ(client.receive_all(), "");
}

TEST(Server, serves_many_connections_on_several_threads) {
  ServerOptions options;
  options.threads = 3;
  const auto server = serve(echo, options);
  std::atomic<int> right = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 12; ++i) {
    clients.emplace_back([&, i] {
      auto client = RawSocket::connect_to(server->port());
      const std::string body(1'000U << (i % 8), static_cast<char>('a' + i));
      for (int round = 0; round < 20; ++round) {
        client.send(post("/", body));
        if (client.receive_message().ends_with("POST / " + body)) ++right;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(right, 12 * 20);
}

}  // namespace
}  // namespace pinrelay::http
