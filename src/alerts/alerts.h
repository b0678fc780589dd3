// The loop of alerts: looks for what the rules are about, opens and closes episodes, and sends what is due,
// each at least once and under one id. On the engine's thread.
#pragma once

#include <map>
#include <set>

#include "alerts/findings.h"
#include "alerts/messages.h"

namespace pinrelay::alerts {

struct Parts {
  const config::Config& config;
  exports::Engine& engine;
  credentials::Credentials& credentials;
  const Clock& clock;
  std::function<std::unique_ptr<http::Transport>()> connect;  // called when there is something to send
};

class Alerts {
 public:
  explicit Alerts(Parts parts) : parts_(std::move(parts)) {}
  // True when something was done. An error means that nothing of it became durable; it is done again.
  Result<bool> run_once();
  bool sending() const { return !under_way_.empty(); }

 private:
  void check();
  void open_and_close(const store::AlertRow& rule, std::vector<store::EpisodeRow>& open);
  void open(const store::AlertRow& rule, const Finding& finding);
  void repeat(const store::AlertRow& rule, store::EpisodeRow& episode, const Finding& finding);
  void close(store::EpisodeRow episode, std::string why, const store::AlertRow* rule);
  void finish(const std::vector<http::Finished>& finished);
  void end_attempt(store::MessageRow message, const std::string& failure);
  void send_due(std::vector<std::pair<uint64_t, http::Request>>& requests);

  Parts parts_;
  JobHours hours_;
  std::unique_ptr<http::Transport> transport_;
  std::set<int64_t> under_way_;          // messages
  Millis next_check_{0}, next_trim_{0};  // on the monotonic clock
  Time next_due_{};                      // of messages; looked up anew at each check
};

}  // namespace pinrelay::alerts
