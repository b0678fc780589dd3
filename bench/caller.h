// One program that calls the HTTP API: a kept-alive connection of this machine, one call after the other.
#pragma once

#include <cstdint>
#include <string>

namespace pinrelay::bench {

struct Said {
  int status = 0;  // 0: the connection was lost
  std::string body;
  double millis = 0;  // from the call to its whole answer
};

class Caller {
 public:
  // `from`: the address of this machine that it calls from.
  explicit Caller(uint16_t port, const std::string& from = "127.0.0.1");
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  Said get(const std::string& path, const std::string& token);
  // As a page of ours would, with JSON.
  Said post(const std::string& path, const std::string& json);

 private:
  Said exchange(const std::string& request);

  const uint16_t port_;
  int fd_ = -1;
};

}  // namespace pinrelay::bench
