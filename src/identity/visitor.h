// What tells a visitor's device apart and goes to Pinterest in clear: IP address and user agent.
#pragma once

#include <string>
#include <string_view>

namespace pinrelay::identity {

enum class AddressProblem { kNone, kMalformed, kPrivate };

// IPv4 or IPv6, in its usual short spelling; with a port or in brackets, too. Of a list, as proxies write it,
// the first public one. An address that is not the public internet's (private, loopback, link-local,
// multicast, unspecified) is the server's or the proxy's, never the visitor's.
AddressProblem normalise_ip(std::string_view text, std::string& out);

// As it came, without blanks at its ends. False unless it looks like a person's browser or app: it names an
// engine or an app, and a device or a system, and neither a library ("okhttp/4.9.3") nor a
// crawler.
bool normalise_user_agent(std::string_view text, std::string& out);

}  // namespace pinrelay::identity
