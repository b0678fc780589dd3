// A whole service without its threads and sockets: requests go through the door, the router, the API and the
// commands, into a store of its own. What a request changes is gone before the next one.
#pragma once

#include <memory>
#include <string>

#include "http/server.h"

namespace pinrelay::fuzz {

// Who may call, and how. The secrets are the same in every service, so inputs can have them.
constexpr const char* kViewerToken = "prl_viewer";
constexpr const char* kOperatorToken = "prl_operator";
constexpr const char* kAdminToken = "prl_admin";
constexpr const char* kWriteKey = "write-key";
constexpr const char* kSessionCookieText = "session-of-ada";
constexpr const char* kInvitation = "invitation-of-bob";

class Service {
 public:
  Service();
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // As the server does it: what the head decides, then the body. `pinterest` answers every question that this
  // leads to.
  http::ServerResponse call(http::ServerRequest request, const http::Response& pinterest);
  // Of a sign-in that has been begun, and of one that is away at Pinterest.
  std::string ticket() const;
  std::string state() const;
  // From here on as if nothing had been called.
  void renew();

 private:
  struct World;

  std::string folder_;  // `template` in it is what each world begins as
  std::unique_ptr<World> world_;
};

}  // namespace pinrelay::fuzz
