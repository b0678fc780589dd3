#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <set>

#include "http/client.h"
#include "http/server.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::Collector;
using testing::RawSocket;
using testing::ScriptedPeer;
using testing::TempDir;

constexpr char kToken[] = "pina_secret";

Request request(std::string method, std::string url, std::string body = "") {
  Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.bearer_token = kToken;
  if (!body.empty()) request.content_type = "application/json";
  request.body = std::move(body);
  return request;
}

ServerResponse text(std::string body, int status = 200) {
  ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

void echo_or_cut(ServerRequest got, const Responder& respond) {
  ServerResponse response = text(std::move(got.body));
  response.cut = got.path == "/cut";
  if (got.path == "/head") response.cut_after = 20;
  if (got.path == "/body") response.cut_after = 900;
  respond(std::move(response));
}

// One transport with one connection at a time, and what waits for it.
class CurlTransport : public ::testing::Test {
 protected:
  static CurlOptions one_thread() {
    CurlOptions options;
    options.threads = 1;
    return options;
  }
  void use(CurlOptions options) { transport_ = make_curl_transport(std::move(options), collector_); }
  std::string serve(ServerOptions options, Handler handler) {
    const std::string scheme = options.certificate_file.empty() ? "http" : "https";
    auto server = start_server(std::move(options), std::move(handler));
    EXPECT_TRUE(server.ok()) << server.error().text();
    server_ = std::move(server).value();
    return scheme + "://127.0.0.1:" + std::to_string(server_->port());
  }
  std::string serve(Handler handler) { return serve(ServerOptions{}, std::move(handler)); }
  Response exchange(Request request) { return collector_.exchange(*transport_, std::move(request)); }

  // The exchange must have ended unanswered, as `ending`, without giving the token away.
  static void expect_failed(const Response& response, Ending ending) {
    EXPECT_EQ(response.ending, ending) << response.error;
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.body, "");
    EXPECT_NE(response.error, "");
    EXPECT_EQ(response.error.find(kToken), std::string::npos);
  }

  std::unique_ptr<Server> server_;
  Collector collector_;
  std::unique_ptr<Transport> transport_ = make_curl_transport(one_thread(), collector_);
};

// Answers one request and keeps the connection.
void answer_once(RawSocket& peer) {
  peer.receive_message();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

TEST_F(CurlTransport, sends_what_it_was_given_and_reads_the_answer) {
  ServerRequest seen;
  const std::string url = serve([&](ServerRequest got, const Responder& respond) {
    seen = std::move(got);
    ServerResponse response = text("{}", 201);
    response.headers = {{"X-RateLimit-Reset", "7"}};
    respond(std::move(response));
  });
  const Response response = exchange(request("PATCH", url + "/v5/lists?a=b", "{\"a\":1}"));
  EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "{}");
  EXPECT_EQ(response.header("x-ratelimit-reset"), "7");
  EXPECT_EQ(response.header("absent"), "");
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.path, "/v5/lists");
  EXPECT_EQ(seen.query, "a=b");
  EXPECT_EQ(seen.body, "{\"a\":1}");
  EXPECT_EQ(seen.header("Authorization"), std::string("Bearer ") + kToken);
  EXPECT_EQ(seen.header("Content-Type"), "application/json");
  EXPECT_EQ(seen.header("Content-Length"), "7");
  EXPECT_EQ(seen.header("Expect"), "");
}

// A server that streams every body.
bool always(std::string_view, std::string_view) { return true; }

TEST_F(CurlTransport, sends_a_file_as_it_reads_it) {
  const TempDir folder;
  std::string content(3'000'000, 'x');
  for (size_t i = 0; i < content.size(); i += 1'001) content[i] = 'y';
  std::ofstream(folder / "large") << content;
  std::ofstream(folder / "empty");
  ServerOptions options;
  options.body_bytes_max = 10'000'000;
  std::string expected;
  const std::string url = serve(options, [&](const ServerRequest& got, const Responder& respond) {
    expected = got.header("Expect");
    respond(text(got.body));
  });
  for (const auto& [name, body] : {std::pair<std::string, std::string>{"large", content}, {"empty", ""}}) {
    Request post = request("POST", url);
    post.body_file = folder / name;
    const Response response = exchange(std::move(post));
    EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
    EXPECT_TRUE(response.body == body) << name;
    EXPECT_EQ(expected, body.empty() ? "" : "100-continue") << "so that a refusal comes before the bytes";
  }
}

TEST_F(CurlTransport, a_file_that_is_refused_is_not_sent) {
  const TempDir folder;
  std::ofstream(folder / "large") << std::string(3'000'000, 'x');
  ServerOptions options;
  options.streams = always;
  const std::string url =
      serve(options, [](const ServerRequest&, const Responder& respond) { respond(text("no", 403)); });
  Request post = request("POST", url);
  post.body_file = folder / "large";
  const Response response = exchange(std::move(post));
  EXPECT_EQ(response.status, 403) << response.error;
  EXPECT_EQ(response.body, "no");
}

TEST_F(CurlTransport, a_file_that_is_none_is_not_sent) {
  const TempDir folder;
  Request post = request("POST", "http://127.0.0.1:1/");
  for (const std::string& path : {folder / "nothing", folder / "."}) {
    post.body_file = path;
    expect_failed(exchange(post), Ending::kNotSent);
  }
}

TEST_F(CurlTransport, speaks_every_method_one_after_the_other) {
  const std::string url = serve([](const ServerRequest& got, const Responder& respond) {
    respond(text(got.method + " " + std::string(got.header("Content-Length")) + " " + got.body));
  });
  EXPECT_EQ(exchange(request("POST", url, "abc")).body, "POST 3 abc");
  EXPECT_EQ(exchange(request("GET", url)).body, "GET  ");
  EXPECT_EQ(exchange(request("POST", url)).body, "POST 0 ");
  EXPECT_EQ(exchange(request("DELETE", url)).body, "DELETE  ");
  EXPECT_EQ(exchange(request("HEAD", url)).body, "");
  EXPECT_EQ(exchange(request("PUT", url, "x")).body, "PUT 1 x");
  EXPECT_EQ(exchange(request("GET", url)).body, "GET  ");
}

TEST_F(CurlTransport, keeps_the_connection_for_the_next_request) {
  const ScriptedPeer peer({[](RawSocket& connection) {
    for (int i = 0; i < 3; ++i) answer_once(connection);
  }});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(exchange(request("POST", peer.url(), "x")).body, "ok");
}

TEST_F(CurlTransport, carries_large_bodies_both_ways) {
  const std::string url =
      serve([](ServerRequest got, const Responder& respond) { respond(text(std::move(got.body))); });
  std::string body(700 * 1024, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(exchange(request("POST", url, body)).body == body);
}

TEST_F(CurlTransport, runs_as_many_exchanges_at_once_as_it_has_threads) {
  CurlOptions options;
  options.threads = 3;
  use(options);
  std::mutex mutex;
  std::vector<Responder> held;
  const std::string url = serve([&](const ServerRequest&, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(respond));
    if (held.size() < 3) return;  // answers only once all three are here
    for (const Responder& one : held) one(text("ok"));
    held.clear();
  });
  std::set<uint64_t> tickets;
  for (uint64_t ticket = 1; ticket <= 30; ++ticket) transport_->submit(ticket, request("POST", url, "x"));
  for (const Finished& one : collector_.collect(*transport_, 30)) {
    EXPECT_EQ(one.response.body, "ok") << one.response.error;
    tickets.insert(one.ticket);
  }
  EXPECT_EQ(tickets.size(), 30U);
  server_.reset();  // its thread uses the locals above
}

TEST_F(CurlTransport, reaches_a_unix_socket) {
  const TempDir dir;
  ServerOptions server_options;
  server_options.unix_socket = dir / "socket";
  serve(server_options,
        [](const ServerRequest& got, const Responder& respond) { respond(text(got.peer + got.path)); });
  CurlOptions options = one_thread();
  options.unix_socket = server_options.unix_socket;
  use(options);
  EXPECT_EQ(exchange(request("GET", "http://localhost/v1/status")).body, "unix/v1/status");
}

class CurlTransportTls : public CurlTransport {
 protected:
  // Serves with a certificate for `names`.
  std::string serve_tls(const char* names) {
    testing::write_certificate(certificate_, dir_ / "key.pem", names);
    ServerOptions options;
    options.certificate_file = certificate_;
    options.private_key_file = dir_ / "key.pem";
    return serve(options, echo_or_cut);
  }
  static void expect_no_trust(const Response& response) {
    expect_failed(response, Ending::kNotSent);
    EXPECT_TRUE(response.tls_failed);
    EXPECT_TRUE(response.error.starts_with("no trustworthy TLS connection: ")) << response.error;
  }
  void trust(const std::string& certificate) {
    CurlOptions options = one_thread();
    options.ca_file = certificate;
    use(options);
  }
  const TempDir dir_;
  const std::string certificate_ = dir_ / "certificate.pem";
};

TEST_F(CurlTransportTls, talks_to_a_server_it_can_verify) {
  const std::string url = serve_tls("IP:127.0.0.1");
  trust(certificate_);
  const std::string body(700 * 1024, 'x');
  for (int i = 0; i < 3; ++i) {
    const Response response = exchange(request("POST", url, body));
    EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
    EXPECT_TRUE(response.body == body);
  }
}

TEST_F(CurlTransportTls, sends_nothing_to_a_server_nobody_vouches_for) {
  const std::string url = serve_tls("IP:127.0.0.1");
  expect_no_trust(exchange(request("POST", url, "x")));
  expect_no_trust(exchange(request("GET", url)));
  const std::string other = dir_ / "other.pem";
  testing::write_certificate(other, dir_ / "other.key", "IP:127.0.0.1");
  trust(other);
  expect_no_trust(exchange(request("POST", url, "x")));
}

TEST_F(CurlTransportTls, sends_nothing_to_a_server_of_another_name) {
  for (const char* names : {"DNS:api.example.org", "DNS:127.0.0.1", "email:a@example.org"}) {
    SCOPED_TRACE(names);
    const std::string url = serve_tls(names);
    trust(certificate_);
    expect_no_trust(exchange(request("POST", url, "x")));
  }
}

TEST_F(CurlTransportTls, does_not_know_what_became_of_a_request_whose_connection_was_cut) {
  const std::string url = serve_tls("IP:127.0.0.1");
  trust(certificate_);
  for (const char* path : {"/cut", "/head", "/body"}) {
    SCOPED_TRACE(path);
    expect_failed(exchange(request("POST", url + path, std::string(1'000, 'x'))), Ending::kBroken);
  }
}

TEST_F(CurlTransportTls, sends_nothing_when_the_handshake_breaks) {
  const ScriptedPeer peer({[](RawSocket& connection) { connection.receive(); }});
  const std::string url = "https://127.0.0.1:" + std::to_string(peer.port());
  expect_no_trust(exchange(request("POST", url, "x")));
}

TEST_F(CurlTransportTls, gives_up_on_a_handshake_that_does_not_go_on) {
  std::string heard;
  {
    const ScriptedPeer peer({[&](RawSocket& connection) { heard = connection.receive_all(); }});
    CurlOptions options = one_thread();
    options.connect_timeout = Millis{100};
    use(options);
    expect_no_trust(exchange(request("POST", "https://127.0.0.1:" + std::to_string(peer.port()), "x")));
  }
  EXPECT_TRUE(heard.starts_with("\x16\x03")) << "a greeting of TLS";
  EXPECT_EQ(heard.find(kToken), std::string::npos);
}

TEST_F(CurlTransport, knows_that_nothing_was_sent) {
  std::string refused;
  {
    const ScriptedPeer gone({});
    refused = gone.url();
  }
  expect_failed(exchange(request("POST", refused, "x")), Ending::kNotSent);
  expect_failed(exchange(request("GET", refused)), Ending::kNotSent);
  EXPECT_FALSE(exchange(request("GET", "https" + refused.substr(4))).tls_failed) << "nobody was there at all";
  expect_failed(exchange(request("POST", "ftp://127.0.0.1/", "x")), Ending::kNotSent);
  expect_failed(exchange(request("GET", "file:///etc/hostname")), Ending::kNotSent);
  expect_failed(exchange(request("GET", "http://name:word@127.0.0.1/")), Ending::kNotSent);
  expect_failed(exchange(request("GET", "not a url")), Ending::kNotSent);
  Request forged = request("GET", refused);
  forged.bearer_token += "\r\nX-Evil: 1";
  expect_failed(exchange(forged), Ending::kNotSent);
}

TEST_F(CurlTransport, does_not_know_what_became_of_a_request_whose_connection_was_cut) {
  const std::string url = serve(echo_or_cut);
  for (const char* path : {"/cut", "/head", "/body"}) {
    SCOPED_TRACE(path);
    const std::string body(1'000, 'x');
    expect_failed(exchange(request("POST", url + path, body)), Ending::kBroken);
    expect_failed(exchange(request("GET", url + path, body)), Ending::kBroken);
  }
  expect_failed(exchange(request("GET", url + "/cut")), Ending::kBroken);
}

TEST_F(CurlTransport, does_not_know_what_became_of_a_half_sent_body) {
  const ScriptedPeer peer({[](RawSocket& connection) {
    connection.receive_until("\r\n\r\n");
    connection.receive(10);
    connection.reset();
  }});
  expect_failed(exchange(request("POST", peer.url(), std::string(8'000'000, 'x'))), Ending::kBroken);
}

TEST_F(CurlTransport, takes_only_a_whole_and_readable_answer_for_an_answer) {
  const std::vector<std::string> answers = {
      "",
      "HELLO\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1'001, 'x'),
  };
  std::vector<ScriptedPeer::Script> scripts;
  for (const std::string& answer : answers) {
    scripts.emplace_back([answer](RawSocket& connection) {
      connection.receive_message();
      connection.send(answer);
      connection.finish_sending();
      connection.receive_all();
    });
  }
  const ScriptedPeer peer(std::move(scripts));
  for (const std::string& answer : answers) {
    SCOPED_TRACE(answer.substr(0, 80));
    Request sent = request("POST", peer.url(), "x");
    sent.answer_bytes_max = 1'000;
    expect_failed(exchange(sent), Ending::kBroken);
  }
}

TEST_F(CurlTransport, takes_answers_of_every_legal_form) {
  const auto answering = [](const char* answer) {
    return [answer](RawSocket& connection) {
      connection.receive_message();
      connection.send(answer);
    };
  };
  const ScriptedPeer peer({
      answering(
          "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 2\r\nConnection: close"
          "\r\nContent-Length: 2\r\n\r\nok"),
      answering("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
                "X-Trailer: 3\r\n\r\n"),
      answering("HTTP/1.0 200 OK\r\n\r\nok"),
      answering("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\n"
                "Content-Length: 2\r\n\r\nok"),
  });
  for (const int status : {200, 200, 200, 307}) {
    const Response response = exchange(request("POST", peer.url(), "x"));
    EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "ok");
    EXPECT_EQ(response.header("X-Early"), "");
    EXPECT_EQ(response.header("X-Trailer"), "");
  }
}

TEST_F(CurlTransport, takes_an_early_refusal_for_the_answer_it_is) {
  ServerOptions options;
  options.body_bytes_max = 1'000;
  const std::string url =
      serve(options, [](const ServerRequest&, const Responder& respond) { respond(text("")); });
  for (int i = 0; i < 3; ++i) {
    const Response response = exchange(request("POST", url, std::string(8'000'000, 'x')));
    EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
    EXPECT_EQ(response.status, 413);
  }
}

TEST_F(CurlTransport, gives_up_on_an_answer_that_does_not_come) {
  std::vector<Responder> held;
  const std::string url =
      serve([&](const ServerRequest&, Responder respond) { held.push_back(std::move(respond)); });
  for (const char* body : {"", "x"}) {
    Request sent = request("POST", url, body);
    sent.timeout = Millis{30};
    expect_failed(exchange(sent), Ending::kBroken);
  }
  server_.reset();  // its thread uses the local above
}

// libcurl by itself sends a request again when the kept-alive connection it was sent on turns out dead. What
// the first one did is unknown then, so a change must not go out twice.
TEST_F(CurlTransport, never_sends_a_change_twice) {
  std::atomic<int> deliveries = 0;
  const ScriptedPeer::Script answer_once_then_die = [&](RawSocket& connection) {
    for (int i = 0; i < 2; ++i) {
      if (connection.receive_message().empty()) return;
      ++deliveries;
      if (i == 0) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    connection.reset();
  };
  const ScriptedPeer peer(std::vector<ScriptedPeer::Script>(10, answer_once_then_die));
  const Request post = request("POST", peer.url(), "x");
  for (const Request& change : {post, request("POST", peer.url(), std::string(8'000'000, 'x')),
                                request("DELETE", peer.url()), request("PATCH", peer.url())}) {
    deliveries = 0;
    EXPECT_EQ(exchange(post).body, "ok");
    expect_failed(exchange(change), Ending::kBroken);
    EXPECT_EQ(deliveries, 2) << change.method;
  }
  deliveries = 0;
  EXPECT_EQ(exchange(post).body, "ok");
  EXPECT_EQ(exchange(request("GET", peer.url())).body, "ok") << "what only reads may be sent again";
  EXPECT_EQ(deliveries, 3);
  transport_.reset();  // closes the connection that the peer still reads from
}

TEST_F(CurlTransport, notices_that_an_idle_connection_was_closed) {
  const ScriptedPeer peer({answer_once, answer_once, answer_once});
  EXPECT_EQ(exchange(request("POST", peer.url(), "x")).body, "ok");
  auto probe = RawSocket::connect_to(peer.port());
  probe.send("GET / HTTP/1.1\r\n\r\n");
  probe.receive_message();  // answered only after the first connection was closed
  EXPECT_EQ(exchange(request("POST", peer.url(), "x")).body, "ok");
}

TEST_F(CurlTransport, ends_running_exchanges_when_destroyed) {
  std::promise<Responder> held;
  const std::string url =
      serve([&](const ServerRequest&, Responder respond) { held.set_value(std::move(respond)); });
  transport_->submit(1, request("POST", url, "x"));
  transport_->submit(2, request("POST", url, "x"));
  const Responder respond = held.get_future().get();
  transport_.reset();
  respond(text("nobody listens"));
}

}  // namespace
}  // namespace pinrelay::http
