// What browsers get: the page on which people sign in and set a password, which does nothing that the API
// does not, and the web interface.
#pragma once

#include <optional>

#include "admin/interface.h"
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
                                         const Marks& marks, Interface interface);

}  // namespace pinrelay::admin
