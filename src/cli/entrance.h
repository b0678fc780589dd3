// Who may come in by HTTP, and who it is, by what the configuration says of TLS, proxies and clear text.
#pragma once

#include <optional>

#include "config/config.h"
#include "http/server.h"

namespace pinrelay::cli {

// Makes `peer` the client's address, which a trusted proxy tells, and notes whether it came in clear text.
// An answer where it may not come in.
std::optional<http::ServerResponse> let_in(const config::Config& config, http::ServerRequest& request);

}  // namespace pinrelay::cli
