// The way to Pinterest and back, in process: requests take time to arrive, answers take time to come back or
// never do, and what was on its way when the process died may still arrive.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/random.h"
#include "http/client.h"
#include "simulator/world.h"
#include "trace.h"

namespace pinrelay::simulation {

// One change of a list as it went out, for the checks and for the story of a failure.
struct SentChange {
  Time sent{}, ended{};
  std::string path, operation, outcome;
  std::vector<Hash> records;  // sorted
};

// A conversion as it went out.
struct EventKey {
  std::string account, name, id;
  auto operator<=>(const EventKey&) const = default;
  std::string text() const { return name + " " + id + " of " + account; }
};

struct NetworkOptions {
  Millis transit_max{200};    // usual way of a request, and of its answer
  unsigned late_percent = 0;  // of requests take much longer, up to…
  Millis transit_late{0};     // … this
};

class Network final : public http::Transport {
 public:
  Network(sim::World& world, Random& random, Trace& trace) : world_(world), random_(random), trace_(trace) {}

  void submit(uint64_t ticket, http::Request request) override;
  std::vector<http::Finished> take_finished() override { return std::exchange(finished_, {}); }

  // When the next request arrives or answer comes back.
  std::optional<Time> next() const;
  void advance(Time now);
  // The process died: nobody waits for answers any more. Requests under way arrive or do not.
  void lose_everybody();
  void count_as_added(const std::string& list_name, const Hash& hash) { ever_added_[list_name].insert(hash); }
  bool quiet() const { return exchanges_.empty() && finished_.empty(); }

  NetworkOptions& options() { return options_; }
  const std::vector<SentChange>& changes() const { return changes_; }
  // Conversions that went out for good since this was asked last.
  std::vector<EventKey> take_sent_events() { return std::exchange(sent_events_, {}); }
  // Identifiers in answers that we were told were done.
  int64_t acknowledged() const { return acknowledged_; }
  uint64_t requests() const { return requests_; }
  // What must never happen, and did: "" when nothing.
  const std::string& wrong() const { return wrong_; }

 private:
  struct Exchange {
    uint64_t ticket = 0;
    http::Request request;
    Time sent{}, arrives{}, ends{};
    bool arrived = false, ended = false, waited_for = true;
    http::Response response;
    std::optional<size_t> change;  // in changes_
  };
  void arrive(Exchange& exchange);
  void end(Exchange& exchange);
  Millis transit();
  std::optional<size_t> note_change(const http::Request& request);
  void note_events(const http::Request& request);
  std::string list_name(const http::Request& request) const;

  sim::World& world_;
  Random& random_;
  Trace& trace_;
  NetworkOptions options_;
  Time now_{};
  std::vector<Exchange> exchanges_;
  std::vector<http::Finished> finished_;
  std::vector<SentChange> changes_;
  std::vector<EventKey> sent_events_;
  std::map<std::string, std::set<Hash>> ever_added_;  // by the list's name
  uint64_t requests_ = 0;
  int64_t acknowledged_ = 0;
  std::string wrong_;
};

}  // namespace pinrelay::simulation
