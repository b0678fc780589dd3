// The world behind a socket: one lock around it, answers that wait or never come, and the record of exchanges
// that the contract tests read.
#pragma once

#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "http/server.h"
#include "simulator/world.h"

namespace pinrelay::sim {

// Sends answers when their time has come. Threads: `send_after` from any; the answers go out from one of its
// own.
class DelayedAnswers {
 public:
  DelayedAnswers();
  ~DelayedAnswers();
  void send_after(Millis delay, http::Responder respond, http::ServerResponse answer);
  // Cuts the connections of all that wait, and of what comes later. Idempotent.
  void end();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Waiting {
    http::Responder respond;
    http::ServerResponse answer;
  };
  void run(const std::stop_token& stop);

  std::mutex mutex_;  // guards waiting_ and ended_
  bool ended_ = false;
  std::condition_variable_any changed_;
  std::multimap<Deadline, Waiting> waiting_;
  std::jthread thread_;
};

// Handles requests from any thread. Outlives the server that calls it.
class Front {
 public:
  // Exchanges with bodies of up to 64 KiB are appended to `record_file` as JSON lines; "" = none.
  Front(World& world, const Clock& clock, const std::string& record_file);

  void handle(http::ServerRequest request, const http::Responder& respond);
  // To call before the server stops: it would wait for answers that never come.
  void end_waits() { delayed_.end(); }
  bool record_ok() const { return record_file_.empty() || record_.good(); }

 private:
  void write_record(const Call& call, const Reply& reply);

  World& world_;
  const Clock& clock_;
  const std::string record_file_;
  std::mutex mutex_;  // guards world_ and record_
  std::ofstream record_;
  DelayedAnswers delayed_;
};

}  // namespace pinrelay::sim
