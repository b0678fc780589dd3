// Network addresses as the configuration writes them: what to listen on, where Pinterest is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinrelay::config {

// "127.0.0.1:7700" or "[::1]:7700": an IP address, then a port from 0 (any free one) to 65535.
Result<void> check_listen_address(std::string_view text);
// Whether a checked listen address is reachable only from this machine.
bool listens_on_loopback(std::string_view text);
// An absolute http(s) URL without user, query or fragment; http only to this machine. Returns it without a
// slash at its end.
Result<std::string> check_base_url(std::string_view text);
// smtp:// or smtps://, a host, and perhaps a port; nothing else.
Result<void> check_smtp_url(std::string_view text);
// One plain mail address, in ASCII: what a header or a command of SMTP can hold.
bool is_mail_address(std::string_view text);

// How browsers reach us: links and redirect addresses begin with `origin` ("https://pinrelay.example.com");
// `hosts` are what a request's Host may be, in small letters: the origin's and those of this machine.
struct Site {
  std::string origin;
  std::vector<std::string> hosts;

  bool has_host(std::string_view host) const;
  // Of a page of ours, by the Origin header.
  bool has_origin(std::string_view text) const;
};
// `public_url` ("" = none) and `listen` as checked; `port` is what was got when `listen` asks for any.
Site site_of(const std::string& public_url, const std::string& listen, uint16_t port, bool tls);

}  // namespace pinrelay::config
