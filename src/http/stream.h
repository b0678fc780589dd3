// An answer that goes on after its head: Server-Sent Events, for instance. It holds no thread.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace pinrelay::http {

// The connection owns it (ServerResponse::stream). Whoever writes keeps a weak_ptr: when that has expired,
// the client has gone, was too slow, or the answer never reached a connection. For any thread.
class Stream {
 public:
  // More than this may not wait for a client when another event comes: it has stopped reading, and is cut
  // off. One event may be larger.
  static constexpr size_t kWaitingBytesMax = 256 * 1024;

  void send(std::string_view bytes);
  // Ends the answer once what waits is written.
  void close();
  // Bytes that the connection has not taken yet.
  size_t waiting() const;

  // The rest is the connection's. `wake` is called, with a lock held, when there is something to take.
  void attach(std::function<void()> wake);
  struct Part {
    std::string bytes;
    bool last = false;
  };
  Part take();
  bool cut() const;

 private:
  void wake();

  mutable std::mutex mutex_;  // guards what follows
  std::string waiting_;
  std::function<void()> wake_;
  bool woken_ = false, closed_ = false, cut_ = false;
};

}  // namespace pinrelay::http
