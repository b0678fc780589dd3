// The page on which people sign in and set a password. It is all there is for browsers until there is a web
// interface, and does nothing that the API does not.
#pragma once

#include <optional>

#include "config/address.h"
#include "http/server.h"

namespace pinrelay::admin {

// What a person has to know wherever they look.
struct Marks {
  bool simulated = false;   // what is behind it is not Pinterest
  bool plain_http = false;  // other machines may connect without TLS
};

// Nothing when the path is none of ours.
std::optional<http::ServerResponse> page(const http::ServerRequest& request, const config::Site& site,
                                         const Marks& marks);

}  // namespace pinrelay::admin
