// One connection of the server, and the loop (one thread's share of the server) that owns it. Everything here
// is used by the loop's own thread alone, except Mailbox.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "http/asio.h"
#include "http/request_reader.h"
#include "http/server.h"
#include "http/tls_files.h"

namespace pinrelay::http {

class Session;
class SessionBody;

// How other threads reach a loop: safe to use after the loop has ended, when it does nothing.
class Mailbox {
 public:
  explicit Mailbox(asio::io_context& context) : context_(&context) {}
  void set_thread(std::thread::id id) { thread_ = id; }
  // Gives the answer to the session, at once on the loop's own thread.
  void deliver(const std::weak_ptr<Session>& session, ServerResponse response);
  // Calls the session on the loop's thread, never at once.
  void post(const std::weak_ptr<Session>& session, void (Session::*call)());
  void close();

 private:
  std::mutex mutex_;  // guards context_
  asio::io_context* context_;
  std::thread::id thread_;  // set before the loop runs
};

// How many connections the whole server has.
class ConnectionCount {
 public:
  void add();
  void remove();
  size_t get();
  // False when some are left after `timeout`.
  bool wait_for_none(Millis timeout);

 private:
  std::mutex mutex_;  // guards count_
  std::condition_variable none_;
  size_t count_ = 0;
};

// What all loops share; outlives them.
struct ServerState {
  ServerOptions options;
  Handler handler;
  std::unique_ptr<TlsFiles> tls;  // null: clear text
  std::unique_ptr<Clock> clock;
  Millis sweep_every;
  ConnectionCount connections;
  std::shared_ptr<BodyBudget> bodies;  // null: no bound
};

class Loop {
 public:
  explicit Loop(ServerState& server);

  asio::io_context& context() { return context_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  ServerState& server() { return server_; }
  // Runs until end() and all that it closes are done.
  void run();

  // The rest on the loop's thread only.
  void adopt(Socket socket);
  void forget(Session* session) { sessions_.erase(session); }
  // A deadline may pass unnoticed for up to two sweeps; it is never early.
  Millis deadline(Millis timeout) const {
    return timeout == Millis::max() ? timeout : now_ + server_.sweep_every + timeout;
  }
  std::string_view common_lines() const { return common_lines_; }
  bool stopping() const { return stopping_; }
  void stop_idle();
  void end();

 private:
  void sweep();
  void schedule_sweep();
  void make_room();
  void update_time();

  ServerState& server_;
  // Before context_, because the last handlers, destroyed with it, may still forget their session.
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions_;
  asio::io_context context_{1};
  asio::steady_timer sweep_timer_{context_};
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>(context_);
  Millis now_{0};
  std::string common_lines_;
  bool stopping_ = false;
  bool ended_ = false;
};

// The handler's end of a streamed body.
class SessionBody final : public IncomingBody {
 public:
  SessionBody(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Session> session,
              std::optional<uint64_t> length)
      : mailbox_(std::move(mailbox)), session_(std::move(session)), length_(length) {}
  void next(std::function<void(BodyPiece)> take) override;
  std::optional<uint64_t> length() const override { return length_; }
  // On the loop's thread.
  void give(BodyPiece piece);

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Session> session_;
  const std::optional<uint64_t> length_;
  std::mutex mutex_;  // guards what follows
  std::function<void(BodyPiece)> take_;
  bool over_ = false;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, Socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  // The handler's answer to the request at hand.
  void respond(ServerResponse response);
  // Writes what waits in the stream, unless a write is under way, whose end asks again.
  void pump();
  // Reads the piece that the handler has asked for.
  void take_piece();
  bool idle() const { return phase_ == Phase::kIdle; }
  // A streamed body whose end is still to come.
  bool receiving() const { return body_ != nullptr; }
  bool streaming() const { return phase_ == Phase::kStreaming; }
  // Answers, or ends the connection, when its time is over.
  void look_at_time(Millis now);
  // Whether nobody's work is lost with it, and since when it has been so.
  bool expendable() const;
  Millis since() const { return since_; }
  // Whose connections are counted together: an address, or the IPv6 network of one customer.
  const std::string& crowd() const { return crowd_; }
  // Ends the connection without another word.
  void close();

 private:
  enum class Phase {
    kHandshake,
    kIdle,       // between requests
    kReading,    // some of a head is here
    kBody,       // the head is, and may go on; its body is held
    kHandling,   // the handler has it
    kReceiving,  // the handler has its head, and waits for a piece of its body
    kWriting,    // the answer is on its way
    kStreaming,  // the answer goes on; a deadline only while something is being written
    kLingering,  // the answer is written; waits for the client to close
    kClosed,
  };

  void enter(Phase phase);
  void read_more();
  void advance();
  void write_continue();
  void handle(ServerRequest request);
  void read_body();
  void handle_head();
  void refuse_head(ServerResponse refusal);
  void begin_incoming();
  void fill_piece();
  void give_piece(BodyPiece::State state);
  void break_body();
  void refuse(const Refusal& why);
  void cut_off(const Refusal& why);
  bool give_up(const ErrorCode& error);
  void write(bool keep_alive, bool cut);
  void written(bool keep_alive, bool cut);
  void begin_stream(std::shared_ptr<Stream> stream);
  void watch_client();
  void write_stream();
  void linger();
  void shut_down_sending();
  void drain(size_t bytes_left);

  template <typename Buffers, typename Then>
  void write_all(const Buffers& buffers, Then then);
  template <typename Then>
  void read_some(asio::mutable_buffer into, Then then);
  template <typename Then>
  void write_some(asio::const_buffer from, Then then);

  Loop& loop_;
  Socket socket_;
  TlsFiles::Context tls_context_;  // outlives the stream
  std::optional<asio::ssl::stream<Socket&>> tls_;
  std::string peer_, crowd_;
  RequestReader reader_;
  boost::beast::flat_buffer in_;
  std::string out_, out_body_;         // the answer being written; a large body is not copied behind its head
  std::shared_ptr<SessionBody> body_;  // until its last piece
  std::string piece_;                  // of it, being read
  std::shared_ptr<Stream> stream_;
  size_t stream_sent_ = 0;  // of out_
  bool stream_writing_ = false;
  Phase phase_ = Phase::kHandshake;
  Millis deadline_{Millis::max()}, since_{0};
  Pace pace_;
  std::shared_ptr<BodyLease> lease_;  // of the request being read, and handled
  std::optional<Refusal> cut_off_;    // as soon as the read or write under way has ended
  bool last_ = false;                 // the connection ends with the answer
};

}  // namespace pinrelay::http
