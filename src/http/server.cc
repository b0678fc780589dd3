#include "http/server.h"

#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "http/listener.h"
#include "http/session.h"
#include "http/threads.h"

namespace pinrelay::http {
namespace {

// How long accepting rests when the system has no descriptor or memory left.
constexpr std::chrono::seconds kAcceptPause{1};
constexpr Millis kSweepMin{5}, kSweepMax{250};
// Connections that may be above the cap for a moment, while others make room for them.
constexpr size_t kBeyondMax = 16;

class BeastServer final : public Server {
 public:
  BeastServer(ServerOptions options, Handler handler) {
    const Millis shortest = std::min(options.idle_timeout, options.read_timeout);
    state_.sweep_every = std::clamp(shortest / 4, kSweepMin, kSweepMax);
    state_.options = std::move(options);
    state_.handler = std::move(handler);
    state_.clock = make_system_clock();
    if (state_.options.bodies_bytes_max > 0)
      state_.bodies = std::make_shared<BodyBudget>(state_.options.bodies_bytes_max);
  }
  ~BeastServer() override { stop(Millis{0}); }

  Result<void> start() {
    const ServerOptions& options = state_.options;
    if (!options.certificate_file.empty() || !options.private_key_file.empty())
      state_.tls =
          TRY(TlsFiles::open(options.certificate_file, options.private_key_file, options.tls_look_every));
    for (unsigned i = 0; i < std::max(1U, state_.options.threads); ++i)
      loops_.push_back(std::make_unique<Loop>(state_));
    acceptor_.emplace(TRY(open_listener(loops_[0]->context(), state_.options)));
    accept_pause_.emplace(loops_[0]->context());
    port_ = port_of(*acceptor_);
    accept();
    for (size_t i = 0; i < loops_.size(); ++i)
      threads_.emplace_back([loop = loops_[i].get(), i] {
        name_thread("http-in-", i);
        loop->run();
      });
    return {};
  }

  uint16_t port() const override { return port_; }

  void stop(Millis grace) override {
    const std::lock_guard lock(stop_mutex_);
    if (threads_.empty()) return;
    asio::post(loops_[0]->context(), [this] { close_listener(); });
    for (auto& loop : loops_) asio::post(loop->context(), [loop = loop.get()] { loop->stop_idle(); });
    state_.connections.wait_for_none(grace);
    for (auto& loop : loops_) {
      loop->mailbox()->close();
      asio::post(loop->context(), [loop = loop.get()] { loop->end(); });
    }
    threads_.clear();  // joins
  }

 private:
  // On the first loop's thread, as are the acceptor and its timer. New connections go round the loops.
  void accept() {
    Loop& loop = *loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop.context(), [this, &loop](ErrorCode error, Socket socket) {
      if (!acceptor_->is_open()) return;
      if (error) return rest(error);
      const size_t beyond = state_.options.makes_room ? kBeyondMax : 0;
      if (state_.connections.get() < state_.options.connections_max + beyond)
        hand_over(loop, std::move(socket));
      accept();
    });
  }

  void hand_over(Loop& loop, Socket socket) {
    asio::post(loop.context(),
               [&loop, socket = std::move(socket)]() mutable { loop.adopt(std::move(socket)); });
  }

  void rest(const ErrorCode& error) {
    log(LogLevel::kWarning, "http", "accepting a connection failed", {{"reason", error.message()}});
    accept_pause_->expires_after(kAcceptPause);
    accept_pause_->async_wait([this](ErrorCode) {
      if (acceptor_->is_open()) accept();
    });
  }

  void close_listener() {
    ErrorCode ignored;
    acceptor_->close(ignored);
    accept_pause_->cancel();
    if (!state_.options.unix_socket.empty()) unlink(state_.options.unix_socket.c_str());
  }

  ServerState state_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<Acceptor> acceptor_;
  std::optional<asio::steady_timer> accept_pause_;
  size_t next_loop_ = 0;
  uint16_t port_ = 0;
  std::mutex stop_mutex_;  // guards threads_ after the start
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(ServerOptions options, Handler handler) {
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(handler));
  TRY(server->start());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace pinrelay::http
