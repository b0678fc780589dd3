// Who may come in by HTTP, and who it is, by what the configuration says of TLS, proxies and clear text.
#pragma once

#include <optional>

#include "config/config.h"
#include "http/server.h"

namespace pinrelay::cli {

// Makes `peer` the client's address, which a trusted proxy tells, and notes whether it came in clear text.
// An answer where it may not come in.
std::optional<http::ServerResponse> let_in(const config::Config& config, http::ServerRequest& request);

// How many HTTP connections there may be at once: as the limit of open files allows, less what the control
// socket, the store and calls to Pinterest need.
size_t connections_max();
constexpr size_t kControlConnections = 32;  // of what is left to them

}  // namespace pinrelay::cli
