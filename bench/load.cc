#include "bench/load.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace pinrelay::bench {
namespace {

struct Connection {
  int fd = -1;
  std::string answer;
  bool waiting = false;
};

}  // namespace

int connect_to(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
}

namespace {

std::string request(const std::string& body) {
  return fmt::format(
      "POST /v1/changes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer pina_sim\r\nContent-Type: "
      "application/x-ndjson\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body);
}

std::string visitors(uint64_t first, uint64_t rows) {
  std::string body;
  for (uint64_t i = first; i < first + rows; ++i) {
    body += fmt::format("{{\"type\":\"enter\",\"key\":\"web-{}\",\"audience\":\"Visitors\"}}\n", i);
  }
  return body;
}

bool send_all(int fd, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

// Whether `answer` holds a whole answer; then whether it is a 202.
bool whole(const std::string& answer, bool& accepted) {
  const size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const size_t length = answer.find("Content-Length: ");
  if (length == std::string::npos || answer.size() < end + 4 + std::stoul(answer.substr(length + 16)))
    return false;
  accepted = answer.compare(9, 3, "202") == 0;
  return true;
}

bool generate(uint16_t port, uint64_t rows, uint64_t rows_per_request, unsigned count) {
  std::vector<Connection> connections(count);
  std::vector<pollfd> polls(count);
  for (unsigned i = 0; i < count; ++i) {
    connections[i].fd = connect_to(port);
    polls[i] = {connections[i].fd, POLLIN, 0};
    if (connections[i].fd < 0) return false;
  }
  uint64_t next = 0, open = 0;
  char buffer[8192];
  while (next < rows || open > 0) {
    for (Connection& connection : connections) {
      if (connection.waiting || next >= rows) continue;
      if (!send_all(connection.fd, request(visitors(next, rows_per_request)))) return false;
      next += rows_per_request;
      connection.waiting = true;
      ++open;
    }
    if (::poll(polls.data(), polls.size(), 10'000) <= 0) return false;
    for (unsigned i = 0; i < count; ++i) {
      if ((polls[i].revents & POLLIN) == 0) continue;
      const ssize_t n = ::recv(connections[i].fd, buffer, sizeof buffer, 0);
      if (n <= 0) return false;
      connections[i].answer.append(buffer, static_cast<size_t>(n));
      bool accepted = false;
      if (!whole(connections[i].answer, accepted)) continue;
      if (!accepted) return false;
      connections[i].answer.clear();
      connections[i].waiting = false;
      --open;
    }
  }
  return true;
}

}  // namespace

bool post_rows(uint16_t port, uint64_t rows, uint64_t rows_per_request, unsigned connections) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(generate(port, rows, rows_per_request, connections) ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

namespace {

using Moment = std::chrono::steady_clock::time_point;

// answered(due): the request that was due then is accepted. False when one was not.
bool at_pace(uint16_t port, uint64_t requests, Millis interval,
             const std::function<std::string(uint64_t)>& body,
             const std::function<void(Moment due)>& answered) {
  const int fd = connect_to(port);
  const auto start = std::chrono::steady_clock::now();
  char buffer[8192];
  uint64_t i = 0;
  for (; fd >= 0 && i < requests; ++i) {
    const Moment due = start + interval * static_cast<int64_t>(i);
    std::this_thread::sleep_until(due);
    if (!send_all(fd, request(body(i)))) break;
    std::string answer;
    bool accepted = false;
    for (ssize_t n = 1; n > 0 && !whole(answer, accepted);) {
      n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n > 0) answer.append(buffer, static_cast<size_t>(n));
    }
    if (!accepted) break;
    answered(due);
  }
  ::close(fd);
  return i == requests;
}

}  // namespace

std::vector<Time> post_at_pace(uint16_t port, uint64_t requests, Millis interval,
                               const std::function<std::string(uint64_t)>& body) {
  std::vector<Time> answered;
  const bool all = at_pace(port, requests, interval, body, [&](Moment) {
    answered.push_back(std::chrono::floor<Millis>(std::chrono::system_clock::now()));
  });
  if (!all) answered.clear();
  return answered;
}

std::vector<double> millis_to_answer(uint16_t port, unsigned connections, uint64_t requests, Millis interval,
                                     const std::function<std::string(uint64_t)>& body) {
  std::vector<std::vector<double>> millis(connections);
  std::vector<std::jthread> threads;
  for (unsigned n = 0; n < connections; ++n)
    threads.emplace_back([&, n] {
      at_pace(
          port, requests, interval, [&, n](uint64_t i) { return body(n * requests + i); },
          [&, n](Moment due) {
            const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - due;
            millis[n].push_back(took.count());
          });
    });
  threads.clear();
  std::vector<double> all;
  for (const auto& each : millis) all.insert(all.end(), each.begin(), each.end());
  return all;
}

}  // namespace pinrelay::bench
