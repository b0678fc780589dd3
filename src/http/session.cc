#include "http/session.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "http/header_names.h"
#include "http/response_writer.h"

namespace pinrelay::http {
namespace {

constexpr size_t kHeadReadBytes = 8 * 1024;
constexpr size_t kBodyReadBytes = 64 * 1024;
// A body up to this size is copied behind its head: one buffer is one write, and one TLS record.
constexpr size_t kCopiedBodyBytesMax = 16 * 1024;
// After a refusal the client may still be sending. Closing at once would make the kernel reset the
// connection, and the reset would overtake our answer; so what comes is thrown away, within bounds.
constexpr size_t kDrainBytesMax = 64 * 1024 * 1024;
constexpr Millis kLingerTime{2'000};

// An IPv6 customer has a network of 64 bits of their own.
std::string crowd_of(const std::string& peer) {
  in6_addr address;
  if (inet_pton(AF_INET6, peer.c_str(), &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address)) return peer;
  return {reinterpret_cast<const char*>(&address), sizeof address / 2};
}

std::string peer_of(const Socket& socket) {
  ErrorCode error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return "";
  char text[INET6_ADDRSTRLEN] = "";
  const auto* address = reinterpret_cast<const sockaddr*>(endpoint.data());
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
  } else {
    return "unix";
  }
  return text;
}

ServerResponse text_response(int status, std::string_view text) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::string(text) + "\n";
  return response;
}

// Those that the answer does not have in a form of its own.
void add_standard_headers(ServerResponse& response, const std::vector<Header>& standard) {
  for (const Header& header : standard) {
    const auto same = [&](const Header& each) { return equal_names(each.name, header.name); };
    if (std::ranges::none_of(response.headers, same)) response.headers.push_back(header);
  }
}

// What a Responder holds: answers 500 when the handler has dropped every copy without an answer.
class PendingAnswer {
 public:
  PendingAnswer(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Session> session)
      : mailbox_(std::move(mailbox)), session_(std::move(session)) {}
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;
  ~PendingAnswer() { answer(text_response(500, "the request was dropped")); }

  void answer(ServerResponse response) {
    if (!answered_.exchange(true)) mailbox_->deliver(session_, std::move(response));
  }

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Session> session_;
  std::atomic<bool> answered_{false};
};

}  // namespace

Session::Session(Loop& loop, Socket socket)
    : loop_(loop),
      socket_(std::move(socket)),
      peer_(peer_of(socket_)),
      crowd_(crowd_of(peer_)),
      reader_({loop.server().options.header_bytes_max, loop.server().options.body_bytes_max,
               loop.server().options.streams, loop.server().options.streamed_bytes_max,
               loop.server().options.admit != nullptr}),
      pace_(loop.server().options.pace) {
  loop_.server().connections.add();
}

Session::~Session() { loop_.server().connections.remove(); }

// Every phase has its deadline, except a body that is held, which has a pace.
void Session::enter(Phase phase) {
  if (phase_ == Phase::kClosed) return;
  phase_ = phase;
  const ServerOptions& options = loop_.server().options;
  since_ = loop_.deadline(Millis{0});
  phase == Phase::kBody || phase == Phase::kReceiving ? pace_.go_on(since_) : pace_.rest(since_);
  deadline_ = phase == Phase::kHandling    ? loop_.deadline(options.handling_timeout)
              : phase == Phase::kBody      ? Millis::max()
              : phase == Phase::kIdle      ? loop_.deadline(options.idle_timeout)
              : phase == Phase::kLingering ? loop_.deadline(kLingerTime)
                                           : loop_.deadline(options.read_timeout);
}

void Session::start() {
  ErrorCode ignored;  // a unix socket has no such option
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!loop_.server().tls) return advance();
  enter(Phase::kHandshake);
  tls_context_ = loop_.server().tls->context(loop_.server().clock->monotonic());
  tls_.emplace(socket_, *tls_context_);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](ErrorCode error) {
    error ? self->close() : self->advance();
  });
}

void Session::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  break_body();
  stream_.reset();
  ErrorCode ignored;
  socket_.close(ignored);
  loop_.forget(this);
}

template <typename Then>
void Session::read_some(asio::mutable_buffer into, Then then) {
  tls_ ? tls_->async_read_some(into, std::move(then)) : socket_.async_read_some(into, std::move(then));
}

template <typename Then>
void Session::write_some(asio::const_buffer from, Then then) {
  tls_ ? tls_->async_write_some(from, std::move(then)) : socket_.async_write_some(from, std::move(then));
}

template <typename Buffers, typename Then>
void Session::write_all(const Buffers& buffers, Then then) {
  tls_ ? asio::async_write(*tls_, buffers, std::move(then))
       : asio::async_write(socket_, buffers, std::move(then));
}

void Session::read_more() {
  // While it is small, a body is read in small steps: what is set aside for the next one is memory, too.
  const size_t size = phase_ == Phase::kReceiving ? kBodyReadBytes
                      : phase_ == Phase::kBody
                          ? std::clamp(reader_.body_bytes() / 4, kHeadReadBytes, kBodyReadBytes)
                          : kHeadReadBytes;
  read_some(in_.prepare(size), [self = shared_from_this()](ErrorCode error, size_t read) {
    if (self->give_up(error)) return;
    self->in_.commit(read);
    self->phase_ == Phase::kReceiving ? self->fill_piece()
    : self->phase_ == Phase::kBody    ? self->read_body()
                                      : self->advance();
  });
}

// Goes on with what has been read: called when idle or reading, never while a request is being handled, so
// that pipelined requests wait in the buffer and in the kernel.
void Session::advance() {
  if (phase_ == Phase::kClosed) return;
  const auto data = in_.data();
  in_.consume(reader_.read({static_cast<const char*>(data.data()), data.size()}));
  switch (reader_.state()) {
    case RequestReader::State::kHead:
      return handle_head();
    case RequestReader::State::kDone:
      return handle(reader_.take());
    case RequestReader::State::kRefused:
      return refuse(reader_.refusal());
    case RequestReader::State::kMore:
      break;
  }
  if (reader_.begun()) return read_body();
  const bool begun = in_.size() > 0;
  if (!begun && loop_.stopping()) return close();
  // The deadline is for the whole head, so it is set once.
  if (!begun) enter(Phase::kIdle);
  if (begun && phase_ != Phase::kReading) enter(Phase::kReading);
  read_more();
}

// Goes on with a body that is held.
void Session::read_body() {
  if (phase_ != Phase::kBody) {
    enter(Phase::kBody);
    pace_.begin(since_);
  }
  const size_t before = reader_.body_bytes();
  const auto data = in_.data();
  in_.consume(reader_.read({static_cast<const char*>(data.data()), data.size()}));
  pace_.note(reader_.body_bytes() - before);
  if (lease_ && !lease_->grow_to(reader_.body_bytes()))
    return refuse({503, "too much is being sent at the moment", true});
  if (reader_.state() == RequestReader::State::kRefused) return refuse(reader_.refusal());
  if (reader_.state() == RequestReader::State::kDone) return handle(reader_.take());
  reader_.take_continue() ? write_continue() : read_more();
}

void Session::write_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  write_all(asio::buffer(kContinue.data(), kContinue.size()),
            [self = shared_from_this()](ErrorCode error, size_t) {
              if (!self->give_up(error)) self->read_more();
            });
}

void Session::handle_head() {
  const ServerOptions& options = loop_.server().options;
  if (!options.admit) return begin_incoming();
  reader_.head().peer = peer_;
  Admission admission = options.admit(reader_.head());
  if (admission.refusal) return refuse_head(std::move(*admission.refusal));
  if (loop_.server().bodies)
    lease_ = std::make_shared<BodyLease>(loop_.server().bodies,
                                         Sender{std::move(admission.account), crowd_of(reader_.head().peer)});
  if (reader_.streamed()) return begin_incoming();
  reader_.take_body(admission.body_bytes_max);
  if (reader_.state() == RequestReader::State::kDone) return handle(reader_.take());
  if (reader_.state() == RequestReader::State::kRefused) return refuse(reader_.refusal());
  read_body();
}

// Without a body the connection can go on.
void Session::refuse_head(ServerResponse refusal) {
  reader_.take_body(UINT64_MAX);
  last_ = reader_.state() != RequestReader::State::kDone;
  if (!last_) reader_.take();
  enter(Phase::kHandling);
  respond(std::move(refusal));
}

void Session::begin_incoming() {
  ServerRequest request = reader_.take_head();
  pace_.begin(loop_.deadline(Millis{0}));
  body_ = std::make_shared<SessionBody>(loop_.mailbox(), weak_from_this(), reader_.length());
  request.incoming = body_;
  handle(std::move(request));
}

void Session::take_piece() {
  if (phase_ != Phase::kHandling || !body_) return;
  enter(Phase::kReceiving);  // the deadline is for the whole piece, the pace for all of them
  fill_piece();
}

void Session::fill_piece() {
  if (phase_ != Phase::kReceiving) return;
  const auto data = in_.data();
  in_.consume(reader_.read({static_cast<const char*>(data.data()), data.size()}));
  const std::string more = reader_.take_piece();
  pace_.note(more.size());
  piece_ += more;
  if (reader_.state() == RequestReader::State::kRefused) {
    refuse(reader_.refusal());  // first, so that the handler's own answer comes too late
    return break_body();
  }
  if (reader_.state() == RequestReader::State::kDone) return give_piece(BodyPiece::State::kLast);
  if (piece_.size() >= IncomingBody::kPieceBytesMin) return give_piece(BodyPiece::State::kMore);
  reader_.take_continue() ? write_continue() : read_more();
}

void Session::give_piece(BodyPiece::State state) {
  enter(Phase::kHandling);
  const auto body = body_;
  if (state == BodyPiece::State::kLast) {
    reader_.take();
    body_.reset();
  }
  body->give({state, std::exchange(piece_, {})});
}

// Whoever reads it learns that no more will come.
void Session::break_body() {
  if (const auto body = std::exchange(body_, nullptr)) body->give({});
}

void Session::handle(ServerRequest request) {
  if (!loop_.server().options.admit) request.peer = peer_;
  request.lease = lease_;
  enter(Phase::kHandling);
  auto pending = std::make_shared<PendingAnswer>(loop_.mailbox(), weak_from_this());
  loop_.server().handler(std::move(request), [pending = std::move(pending)](ServerResponse response) {
    pending->answer(std::move(response));
  });
}

void Session::respond(ServerResponse response) {
  if (phase_ != Phase::kHandling && phase_ != Phase::kReceiving) return;
  if (response.cut || phase_ == Phase::kReceiving) return close();
  if (response.stream && loop_.stopping()) return close();
  const bool keep_alive = reader_.keep_alive() && !loop_.stopping() && !response.stream && !body_ && !last_;
  lease_.reset();
  break_body();
  out_.clear();
  add_standard_headers(response, loop_.server().options.standard_headers);
  append_response_head(out_, response, {loop_.common_lines(), keep_alive});
  const bool body = has_body(response) && !reader_.head_only();
  if (response.stream && body) return begin_stream(std::move(response.stream));
  out_body_ = body ? std::move(response.body) : std::string();
  const bool cut = response.cut_after < out_.size() + out_body_.size();
  if (cut) {
    out_body_.resize(response.cut_after > out_.size() ? response.cut_after - out_.size() : 0);
    out_.resize(std::min(out_.size(), response.cut_after));
  }
  write(keep_alive, cut);
}

// Whether the operation that has ended was the last one.
bool Session::give_up(const ErrorCode& error) {
  if (phase_ == Phase::kClosed) return true;
  if (cut_off_) {
    refuse(*cut_off_);
    break_body();
  } else if (error) {
    close();
  }
  return cut_off_ || error;
}

// While a read or a write is under way, which has to end first.
void Session::cut_off(const Refusal& why) {
  cut_off_ = why;
  deadline_ = loop_.deadline(kLingerTime);
  pace_.end();
  ErrorCode ignored;
  socket_.cancel(ignored);
}

void Session::look_at_time(Millis now) {
  if (pace_.too_slow(now)) return cut_off({408, "the body comes too slowly"});
  if (now <= deadline_) return;
  if (phase_ != Phase::kHandling) return close();
  last_ = true;
  respond(text_response(503, "there was no answer in time; what was asked for may still be done"));
}

bool Session::expendable() const {
  const bool working =
      phase_ == Phase::kHandling || phase_ == Phase::kStreaming || phase_ == Phase::kReceiving;
  return phase_ != Phase::kClosed && !working && (!lease_ || lease_->sender().account.empty());
}

void Session::refuse(const Refusal& refusal) {
  reader_.take();  // and drops it: while the rest is thrown away, it would be memory that nobody counts
  lease_.reset();
  ServerResponse response = text_response(refusal.status, refusal.reason);
  if (refusal.later) response.headers.push_back({"Retry-After", "2"});
  out_.clear();
  add_standard_headers(response, loop_.server().options.standard_headers);
  append_response_head(out_, response, {loop_.common_lines(), false});
  out_body_ = response.body;
  write(false, false);
}

void Session::write(bool keep_alive, bool cut) {
  enter(Phase::kWriting);
  if (out_body_.size() <= kCopiedBodyBytesMax) {
    out_ += out_body_;
    out_body_.clear();
  }
  auto then = [self = shared_from_this(), keep_alive, cut](ErrorCode error, size_t) {
    error ? self->close() : self->written(keep_alive, cut);
  };
  if (out_body_.empty()) return write_all(asio::buffer(out_), std::move(then));
  write_all(std::array{asio::buffer(std::as_const(out_)), asio::buffer(std::as_const(out_body_))},
            std::move(then));
}

void Session::written(bool keep_alive, bool cut) {
  if (cut) return close();
  out_body_ = std::string();  // gives a large one's memory back
  if (in_.size() == 0 && in_.capacity() > 2 * kHeadReadBytes) in_.shrink_to_fit();
  keep_alive ? advance() : linger();
}

// The head is in out_.
void Session::begin_stream(std::shared_ptr<Stream> stream) {
  enter(Phase::kStreaming);
  stream_ = std::move(stream);
  stream_->attach(
      [mailbox = loop_.mailbox(), self = weak_from_this()] { mailbox->post(self, &Session::pump); });
  watch_client();
  pump();
}

// A client that has gone is noticed at once, not by the next event that cannot be written. Whatever comes
// counts as gone: a client has nothing to say before the end of an answer that ends the connection, over TLS
// no more than without. One that has shut down its sending side is taken for gone, too.
void Session::watch_client() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](ErrorCode) {
    if (self->streaming()) self->close();
  });
}

void Session::pump() {
  if (!streaming()) return;
  if (stream_->cut()) return close();
  if (stream_writing_) return;
  Stream::Part part = stream_->take();
  out_ += part.bytes;
  if (!out_.empty()) return write_stream();
  deadline_ = Millis::max();
  if (!part.last) return;
  stream_.reset();
  linger();
}

// In steps, each with a deadline of its own: large and slow is fine, standing still is not.
void Session::write_stream() {
  stream_writing_ = true;
  enter(Phase::kStreaming);
  write_some(asio::buffer(out_) + stream_sent_, [self = shared_from_this()](ErrorCode error, size_t sent) {
    if (error) return self->close();
    self->stream_sent_ += sent;
    if (self->stream_sent_ < self->out_.size()) return self->write_stream();
    self->out_ = std::string();  // gives a large one's memory back
    self->stream_sent_ = 0;
    self->stream_writing_ = false;
    self->pump();
  });
}

// Ends the connection in order: nothing more is sent, and what the client still sends is thrown away until it
// closes too.
void Session::linger() {
  enter(Phase::kLingering);
  if (!tls_) return shut_down_sending();
  tls_->async_shutdown([self = shared_from_this()](ErrorCode) { self->shut_down_sending(); });
}

void Session::shut_down_sending() {
  if (phase_ == Phase::kClosed) return;
  ErrorCode error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  in_.clear();
  drain(kDrainBytesMax);
}

void Session::drain(size_t bytes_left) {
  socket_.async_read_some(in_.prepare(kBodyReadBytes),
                          [self = shared_from_this(), bytes_left](ErrorCode error, size_t read) {
                            if (error || read >= bytes_left) return self->close();
                            self->drain(bytes_left - read);
                          });
}

}  // namespace pinrelay::http
