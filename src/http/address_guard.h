// Where requests may go whose address was given over the API: to the public internet alone, so that nobody
// can use us to reach what only this machine reaches. Pure functions; curl_exchange.cc asks them about the
// very address that is being connected to, whatever a name resolved to a moment before.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace pinrelay::http {

// Why nothing may connect to it ("loopback"); "" = a public unicast address.
std::string_view refused_range(const sockaddr& address);
// Whether a guarded request may have this URL at all: https, port 443 or 8443, no user in it, and no literal
// address of a refused range, however written. Names are looked up only when the request is sent.
Result<void> check_guarded_url(const std::string& url);

}  // namespace pinrelay::http
