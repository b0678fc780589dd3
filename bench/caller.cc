#include "bench/caller.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

namespace pinrelay::bench {

Caller::Caller(uint16_t port, const std::string& from) : port_(port), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in here{}, there{};
  here.sin_family = there.sin_family = AF_INET;
  ::inet_pton(AF_INET, from.c_str(), &here.sin_addr);
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::bind(fd_, reinterpret_cast<sockaddr*>(&here), sizeof here);
  (void)::connect(fd_, reinterpret_cast<sockaddr*>(&there),
                  sizeof there);  // a call tells whether it is there
}

Caller::~Caller() { ::close(fd_); }

Said Caller::get(const std::string& path, const std::string& token) {
  return exchange(
      fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", path, token));
}

Said Caller::post(const std::string& path, const std::string& json) {
  return exchange(
      fmt::format("POST {0} HTTP/1.1\r\nHost: 127.0.0.1:{1}\r\nOrigin: http://127.0.0.1:{1}\r\nContent-Type: "
                  "application/json\r\nContent-Length: {2}\r\n\r\n{3}",
                  path, port_, json.size(), json));
}

Said Caller::exchange(const std::string& request) {
  const auto start = std::chrono::steady_clock::now();
  Said said;
  if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return said;
  std::string answer;
  char buffer[64 * 1024];
  for (size_t head = std::string::npos, length = 0;
       head == std::string::npos || answer.size() < head + length;) {
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return said;
    answer.append(buffer, static_cast<size_t>(n));
    if (head != std::string::npos || answer.find("\r\n\r\n") == std::string::npos) continue;
    head = answer.find("\r\n\r\n") + 4;
    length = std::stoul(answer.substr(answer.find("Content-Length: ") + 16));
    said.body.reserve(length);
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  said.millis = took.count();
  said.status = std::stoi(answer.substr(9, 3));
  said.body = answer.substr(answer.find("\r\n\r\n") + 4);
  return said;
}

}  // namespace pinrelay::bench
