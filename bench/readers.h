// Readers of live views, all on one thread: as many browser tabs that are left open.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace pinrelay::bench {

class Readers {
 public:
  // One for each token, which may be given several times.
  Readers(uint16_t port, const std::string& path, const std::vector<std::string>& tokens);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Stops reading. How many are still connected, and the last event's data of each of them.
  std::vector<std::string> finish();
  uint64_t events() const { return events_; }

 private:
  struct Reader {
    int fd = -1;
    std::string begun, last;  // of an event; the last whole one
  };
  void read(const std::stop_token& stop);
  void take(Reader& reader, const char* bytes, size_t size);

  std::vector<Reader> readers_;
  uint64_t events_ = 0;
  std::jthread thread_;
};

}  // namespace pinrelay::bench
