
#include "base/log.h"
#include "http/response_writer.h"
#include "http/session.h"

namespace pinrelay::http {

void Mailbox::deliver(const std::weak_ptr<Session>& session, ServerResponse response) {
  if (std::this_thread::get_id() == thread_) {
    if (const auto here = session.lock()) here->respond(std::move(response));
    return;
  }
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return;
  asio::post(*context_, [session, response = std::move(response)]() mutable {
    if (const auto there = session.lock()) there->respond(std::move(response));
  });
}

void Mailbox::post(const std::weak_ptr<Session>& session, void (Session::*call)()) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return;
  asio::post(*context_, [session, call] {
    if (const auto there = session.lock()) (there.get()->*call)();
  });
}

void SessionBody::next(std::function<void(BodyPiece)> take) {
  {
    const std::lock_guard lock(mutex_);
    CHECK(take_ == nullptr);
    if (!over_) take_ = std::exchange(take, nullptr);
  }
  if (take) return take({});
  mailbox_->post(session_, &Session::take_piece);
}

void SessionBody::give(BodyPiece piece) {
  std::function<void(BodyPiece)> take;
  {
    const std::lock_guard lock(mutex_);
    over_ |= piece.state != BodyPiece::State::kMore;
    take = std::exchange(take_, nullptr);
  }
  if (take) take(std::move(piece));
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
}

void ConnectionCount::add() {
  const std::lock_guard lock(mutex_);
  ++count_;
}

void ConnectionCount::remove() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

size_t ConnectionCount::get() {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool ConnectionCount::wait_for_none(Millis timeout) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, timeout, [this] { return count_ == 0; });
}

Loop::Loop(ServerState& server) : server_(server) { update_time(); }

void Loop::run() {
  mailbox_->set_thread(std::this_thread::get_id());
  schedule_sweep();
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& problem) {
      // Out of memory, or a bug in a handler: that connection is lost, the others go on.
      log(LogLevel::kError, "http", "a request failed", {{"reason", problem.what()}});
    }
  }
}

void Loop::adopt(Socket socket) {
  if (stopping_) return;
  if (server_.options.makes_room && server_.connections.get() >= server_.options.connections_max) make_room();
  auto session = std::make_shared<Session>(*this, std::move(socket));
  sessions_.emplace(session.get(), session);
  session->start();
}

// What waits the longest, of the address that has the most.
void Loop::make_room() {
  std::unordered_map<std::string_view, size_t> sizes;
  for (const auto& [key, session] : sessions_) ++sizes[session->crowd()];
  std::shared_ptr<Session> least;
  const auto before = [&](const Session& a, const Session& b) {
    const size_t of_a = sizes[a.crowd()], of_b = sizes[b.crowd()];
    return of_a != of_b ? of_a > of_b : a.since() < b.since();
  };
  for (const auto& [key, session] : sessions_)
    if (session->expendable() && (!least || before(*session, *least))) least = session;
  if (least) least->close();
}

void Loop::update_time() {
  now_ = server_.clock->monotonic();
  common_lines_ = http::common_lines(server_.options.server_name, server_.clock->now());
}

void Loop::schedule_sweep() {
  sweep_timer_.expires_after(server_.sweep_every);
  sweep_timer_.async_wait([this](ErrorCode) {
    if (ended_) return;
    sweep();
    schedule_sweep();
  });
}

// One timer for all connections: setting one for each request would cost more than the request.
void Loop::sweep() {
  update_time();
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const auto session = (next++)->second;  // close() takes it out of the map
    session->look_at_time(now_);
  }
}

void Loop::stop_idle() {
  stopping_ = true;
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const auto session = (next++)->second;
    if (session->idle() || session->streaming() || session->receiving()) session->close();
  }
}

void Loop::end() {
  ended_ = true;
  sweep_timer_.cancel();
  while (!sessions_.empty()) {
    const auto session = sessions_.begin()->second;
    session->close();
  }
}

}  // namespace pinrelay::http
