// What comes in by HTTP, from its head to whoever does the work: who may send a body, how much of one, and on
// which thread it is read. Nothing here waits for the engine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "admin/known_callers.h"
#include "admin/read_request.h"
#include "base/work_thread.h"
#include "cli/engine_queue.h"
#include "cli/readiness.h"
#include "config/config.h"
#include "http/server.h"
#include "sources/ingest.h"

namespace pinrelay::cli {

struct DoorParts {
  const config::Config& config;
  const Readiness& readiness;
  const admin::KnownCallers& callers;
  const sources::Ingest& ingest;
  EngineQueue& queue;
  // On the engine's thread:
  std::function<void(const http::ServerRequest&, admin::ReadRequest, const http::Responder&)> api;
  std::function<void(const http::ServerRequest&, const http::Responder&)> sign_in;
  // On the server's threads: a page, when the path is one.
  std::function<std::optional<http::ServerResponse>(const http::ServerRequest&)> page;
  // On any thread: somebody was refused.
  using Refused = std::function<void(const http::ServerRequest&, const http::ServerResponse&)>;
  Refused refused;
};

http::ServerResponse json_response(int status, std::string json);

// For the server's threads.
class Door {
 public:
  explicit Door(DoorParts parts) : parts_(std::move(parts)) {}

  http::Admission admit(http::ServerRequest& head) const;
  void handle(http::ServerRequest request, http::Responder respond);

 private:
  http::Admission decide(http::ServerRequest& head) const;

  using Shared = std::shared_ptr<const http::ServerRequest>;
  void read_aside(const Shared& request, const http::Responder& respond, std::function<void()> read);
  void call_api(const Shared& request, const http::Responder& respond);
  void on_engine(const Shared& request, const http::Responder& respond, EngineQueue::Work work);

  DoorParts parts_;
  // Reads bodies that take long to read. Bounded by the memory that they may have, too.
  WorkThread bodies_{"bodies", 1'024};
};

}  // namespace pinrelay::cli
