// Live views by Server-Sent Events: who looks at what, and what they are sent. On the engine's thread, which
// calls tick(); only the log arrives from other threads, by way of LogTail.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/log_tail.h"
#include "admin/routes.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/stream.h"

namespace pinrelay::admin {

inline constexpr size_t kStreamsPerCaller = 6, kStreamsMax = 200;
inline constexpr Millis kHeartbeatEvery{15'000};
// How often states are compared, and callers asked for; a state that takes long to say is said less often.
inline constexpr Millis kLiveEvery{1'000};

struct LiveParts {
  const Clock& clock;
  const LogTail& log;
  std::string boot;  // in front of ids, so that those of an earlier process are not taken for ours
  // What a command says now to somebody who may see these jobs, as JSON.
  std::function<Result<std::string>(std::string_view command, const std::vector<std::string>& arguments,
                                    const std::optional<std::vector<std::string>>& only_jobs)>
      state;
  // The role that a caller has now; none: signed out, revoked, expired. Asked once a second while a stream is
  // open, which is no use of the session: it does not keep it from ending.
  std::function<std::optional<Role>(const std::string& caller)> role_of;
};

struct LiveRequest {
  std::string caller;  // one token's or one session's own, never used again for another: "token 17"
  const Route* route = nullptr;
  std::vector<std::string> arguments;
  std::string job;                                                   // only log lines that name it; "" = all
  std::string last_event_id;                                         // as the client sent it
  std::optional<std::vector<std::string>> only_jobs = std::nullopt;  // Invocation
};

class Live {
 public:
  explicit Live(LiveParts parts) : parts_(std::move(parts)) {}

  // With the present state, or what is left of the log, waiting in it. Refused: too many, or the command's
  // own error. Whoever gets it owns it; the streams of those that dropped it are forgotten.
  Result<std::shared_ptr<http::Stream>> open(LiveRequest request);
  void tick();
  // At logout and at the service's end.
  void end_of(std::string_view caller);
  void end_all();
  size_t streams();

 private:
  struct Topic {
    std::string_view command;
    std::vector<std::string> arguments;
    std::optional<std::vector<std::string>> only_jobs;
    std::string compared, event;  // what it says, without and with the moment it is of
    uint64_t version = 0;
    Millis next{0};
  };
  struct Reader {
    std::weak_ptr<http::Stream> stream;
    std::string caller;
    Role role;
    std::string topic;  // "" = the log
    std::string job;
    uint64_t seen = 0;  // the topic's version, or the log's number
    Millis heartbeat{0};
  };

  Result<void> begin_state(const LiveRequest& request, Reader& reader, http::Stream& stream);
  void begin_log(const LiveRequest& request, Reader& reader, http::Stream& stream);
  Result<void> renew(Topic& topic);
  void end_unwelcome();
  void send_states();
  void send_log();
  void send_heartbeats();
  void send(Reader& reader, http::Stream& stream, std::string_view text);
  void end_those(const std::function<bool(const Reader&)>& which, const Error& why);
  std::string log_id(uint64_t number) const;

  const LiveParts parts_;
  std::vector<Reader> readers_;
  std::map<std::string, Topic> topics_;  // by command, arguments and jobs, a line each
  uint64_t log_seen_ = 0;                // all readers have at least this much
  Millis next_{0};
};

}  // namespace pinrelay::admin
