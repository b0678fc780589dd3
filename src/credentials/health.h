// The health of an authorization: the one answer that lists, doctor and alerts give.
#pragma once

#include "credentials/credentials.h"

namespace pinrelay::credentials {

struct AuthorizationHealth {
  std::string code;  // of kHealth, or no_credentials, token_unreadable; "" = healthy
  std::string meaning, fix;
  bool needed = false;  // a job that has been started uses it
};

// By all that is known without asking: what is stored, whether the token can be read, and what Pinterest said
// when it was used last.
AuthorizationHealth health_of(const Credentials& credentials, exports::Core& core,
                              const config::Authorization& authorization);

}  // namespace pinrelay::credentials
