#include "bench/readers.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load.h"

namespace pinrelay::bench {

Readers::Readers(uint16_t port, const std::string& path, const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    Reader& reader = readers_.emplace_back();
    reader.fd = connect_to(port);
    const std::string request =
        fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", path, token);
    (void)::send(reader.fd, request.data(), request.size(), MSG_NOSIGNAL);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { read(stop); });
}

Readers::~Readers() {
  finish();
  for (const Reader& reader : readers_)
    if (reader.fd >= 0) ::close(reader.fd);
}

std::vector<std::string> Readers::finish() {
  if (thread_.joinable()) thread_.request_stop(), thread_.join();
  std::vector<std::string> last;
  for (const Reader& reader : readers_)
    if (reader.fd >= 0) last.push_back(reader.last);
  return last;
}

void Readers::read(const std::stop_token& stop) {
  std::vector<pollfd> polls;
  for (const Reader& reader : readers_) polls.push_back({reader.fd, POLLIN, 0});
  char buffer[64 * 1024];
  while (!stop.stop_requested()) {
    if (::poll(polls.data(), polls.size(), 50) <= 0) continue;
    for (size_t i = 0; i < polls.size(); ++i) {
      if (polls[i].revents == 0) continue;
      const ssize_t n = ::recv(readers_[i].fd, buffer, sizeof buffer, 0);
      if (n > 0) {
        take(readers_[i], buffer, static_cast<size_t>(n));
      } else {
        ::close(readers_[i].fd);
        readers_[i].fd = polls[i].fd = -1;
      }
    }
  }
}

void Readers::take(Reader& reader, const char* bytes, size_t size) {
  reader.begun.append(bytes, size);
  for (size_t end = 0; (end = reader.begun.find("\n\n")) != std::string::npos;
       reader.begun.erase(0, end + 2)) {
    const size_t data = reader.begun.find("event: state\ndata: ");
    if (data >= end) continue;
    reader.last = reader.begun.substr(data + 19, end - data - 19);
    ++events_;
  }
}

}  // namespace pinrelay::bench
