// Calls that carry an Idempotency-Key: the same call again gets the answer of the first, even after a
// restart, and one that comes while the first still runs waits for its answer. On the engine's thread.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "admin/answers.h"
#include "admin/routes.h"

namespace pinrelay::admin {

inline constexpr std::string_view kRepeatHeader = "Idempotency-Key";

// Whether the route takes one: what begins, makes or sends something, unless its answer shows a secret, which
// must not be kept.
bool may_repeat(const Route& route);

struct RepeatsParts {
  // Of the last 24 hours.
  std::function<std::optional<store::KeptAnswerRow>(int64_t number)> find;
  std::function<void(store::KeptAnswerRow)> keep;
};

class Repeats {
 public:
  explicit Repeats(RepeatsParts parts) : parts_(std::move(parts)) {}

  // Calls `run` once, with where its answer goes, or answers without it. A call that was known with another
  // request is refused. `who`: Caller::id.
  void answer(const http::ServerRequest& request, const std::string& who, const std::string& id,
              const http::Responder& respond, const std::function<void(http::Responder)>& run);

 private:
  struct Running {
    Bytes request;
    std::vector<http::Responder> waiting;
  };
  RepeatsParts parts_;
  std::map<Bytes, Running> running_;
};

}  // namespace pinrelay::admin
