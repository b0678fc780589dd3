// Decides who may send a request body. The server's threads cannot query the store, so the hashes of tokens
// and sessions are kept in memory. The engine still authorizes each call; this only keeps out strangers'
// bytes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "store/rows.h"

namespace pinrelay::admin {

// For any thread.
class KnownCallers {
 public:
  explicit KnownCallers(const Clock& clock) : clock_(clock) {}

  // In place of all before. A session that has ended may still be among them.
  void set(const std::vector<store::ApiTokenRow>& tokens, const std::vector<store::SessionRow>& sessions);
  // "token 7", "user 3", by the headers, from wherever they come.
  struct Known {
    std::string account;        // "" for a stranger
    std::string who = {};       // as people call them
    Time expires_at{};          // zero: never
    std::string networks = {};  // of a token
  };
  Known find(const http::ServerRequest& head) const;

 private:
  using All = std::map<Bytes, Known>;  // by hash

  const Clock& clock_;
  mutable std::mutex mutex_;  // guards all_; what it points to never changes
  std::shared_ptr<const All> all_ = std::make_shared<const All>();
};

// What the API says to a request's head: no answer but to known callers, except on the routes that let people
// in, and no body beyond what the route takes.
http::Admission admit(const KnownCallers& known, const http::ServerRequest& head);
// What may be in the body of a path that takes none: enough to be told so.
constexpr uint64_t kNoBodyBytesMax = 4 * 1024;

}  // namespace pinrelay::admin
