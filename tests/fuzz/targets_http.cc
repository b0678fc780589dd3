// HTTP requests as raw bytes, through the real server into the ingest handler.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>

#include "base/result.h"
#include "http/server.h"
#include "sources/ingest.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

constexpr int kGiveUpMillis = 8'000;
constexpr unsigned kAskEvery = 64;
constexpr std::string_view kGood =
    "POST /v1/changes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer k\r\nContent-Length: 28\r\n"
    "Connection: close\r\n\r\n{\"type\":\"delete\",\"key\":\"u1\"}";

class Forgetful final : public sources::InboxPort {
 public:
  void append(Bytes, uint64_t, std::function<void(Result<void>)> done) override { done({}); }
};

// A server on a Unix socket: a connection by TCP each would run out of ports.
class Service {
 public:
  Service() {
    char name[] = "/tmp/pinrelay-fuzz-XXXXXX";
    CHECK(mkdtemp(name) != nullptr);
    directory_ = name;
    http::ServerOptions options;
    options.unix_socket = socket_path();
    options.body_bytes_max = 100'000;
    options.streams = [](std::string_view, std::string_view path) { return path == "/streamed"; };
    options.streamed_bytes_max = 200'000;
    auto started = http::start_server(options, [this](http::ServerRequest request, http::Responder respond) {
      if (request.incoming) return swallow(std::move(request.incoming), std::move(respond));
      ingest_.handle(request, std::move(respond));
    });
    CHECK(started.ok());
    server_ = std::move(started).value();
  }
  ~Service() {
    server_->stop();
    std::filesystem::remove_all(directory_);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Sends `bytes`, ends its side, and returns what came back until the server closed.
  std::string exchange(std::string_view bytes) const {
    const int peer = connect_to_server();
    std::string answer;
    bool sending = true;
    for (;;) {
      if (sending && bytes.empty()) {
        shutdown(peer, SHUT_WR);
        sending = false;
      }
      pollfd waiting{peer, static_cast<short>(POLLIN | (sending ? POLLOUT : 0)), 0};
      CHECK(poll(&waiting, 1, kGiveUpMillis) == 1);  // the server neither answers nor closes
      if (sending && (waiting.revents & POLLOUT) != 0) sending = send_some(peer, bytes);
      if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      char buffer[4096];
      const ssize_t got = recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      answer.append(buffer, static_cast<size_t>(got));
    }
    close(peer);
    return answer;
  }

 private:
  static void swallow(std::shared_ptr<http::IncomingBody> body, http::Responder respond) {
    auto& from = *body;
    from.next([body = std::move(body), respond = std::move(respond)](const http::BodyPiece& piece) mutable {
      if (piece.state == http::BodyPiece::State::kMore) return swallow(std::move(body), std::move(respond));
      respond({});
    });
  }
  std::string socket_path() const { return directory_ + "/socket"; }

  int connect_to_server() const {
    const int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(peer >= 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_path().c_str(), sizeof address.sun_path - 1);
    CHECK(connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    fcntl(peer, F_SETFL, O_NONBLOCK);
    return peer;
  }

  // False when the server takes no more: it may refuse a request before its end.
  static bool send_some(int peer, std::string_view& bytes) {
    const ssize_t sent = send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    bytes.remove_prefix(static_cast<size_t>(sent));
    return true;
  }

  std::string directory_;
  FakeClock clock_{from_millis(1'800'000'000'000)};
  Forgetful inbox_;
  sources::InputLimits limits_{{}, clock_};
  sources::Ingest ingest_{{{"fuzz", "k"}}, {clock_, inbox_, limits_, 1'000'000'000, 1LL << 40}};
  std::unique_ptr<http::Server> server_;
};

Run start_http() {
  return [service = std::make_shared<Service>(), count = 0u](std::string_view input) mutable {
    const std::string answer = service->exchange(input);
    CHECK(answer.empty() || answer.starts_with("HTTP/1."));
    if (count++ % kAskEvery == 0) CHECK(service->exchange(kGood).starts_with("HTTP/1.1 202"));
  };
}

}  // namespace

Target http_target() {
  return {
      .name = "http",
      .share = 15,
      .seeds =
          {std::string(kGood),
           "GET /v1/changes?x=1 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "POST /v1/changes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer k\r\n"
           "Transfer-Encoding: chunked\r\n\r\n1c\r\n{\"type\":\"delete\",\"key\":\"u1\"}\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
           "POST /streamed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
           "POST /streamed HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
           "PUT / HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n"},
      .words = {"GET ",
                "POST ",
                "/",
                "/streamed",
                " HTTP/1.1",
                " HTTP/2.0",
                "\r\n",
                "\n",
                "\r",
                "\r\n\r\n",
                "Host: a",
                "Content-Length: ",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: identity",
                "Connection: close",
                "Connection: upgrade",
                "Upgrade: websocket",
                "Expect: 100-continue",
                "Authorization: Bearer k",
                "Content-Type: application/json",
                "Content-Encoding: gzip",
                "0\r\n\r\n",
                "5\r\nhello\r\n",
                "ffffffffffffffff\r\n",
                ";ext=1",
                ": ",
                "%00",
                "%2e%2e",
                "?",
                "#",
                "X-A: b",
                " ",
                "\t",
                "5"},
      .start = start_http};
}

}  // namespace pinrelay::fuzz
