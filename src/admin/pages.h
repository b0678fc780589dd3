// The page on which people sign in and set a password. It is all there is for browsers until there is a web
// interface, and does nothing that the API does not.
#pragma once

#include <optional>

#include "config/address.h"
#include "http/server.h"

namespace pinrelay::admin {

// Nothing when the path is none of ours.
// `simulated`: says that what is behind it is not Pinterest.
std::optional<http::ServerResponse> page(const http::ServerRequest& request, const config::Site& site,
                                         bool simulated);

}  // namespace pinrelay::admin
