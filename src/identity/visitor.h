// What tells a visitor's device apart and goes to Pinterest in clear: IP address and user agent.
#pragma once

#include <string>
#include <string_view>

namespace pinrelay::identity {

enum class AddressProblem { kNone, kMalformed, kPrivate };

// IPv4 or IPv6, in its usual short spelling. An address that is not the public internet's (private, loopback,
// link-local, multicast, unspecified) is the server's or the proxy's, never the visitor's.
AddressProblem normalise_ip(std::string_view text, std::string& out);

// As it came, without blanks at its ends. False for what names a program that no person looks through (curl,
// a crawler), and for what names nothing.
bool normalise_user_agent(std::string_view text, std::string& out);

}  // namespace pinrelay::identity
