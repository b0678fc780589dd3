// Answers for browsers that nobody keeps unless `cache` says so, that are taken for nothing else, and that
// tell no other site where they were.
#pragma once

#include "http/server.h"

namespace pinrelay::http {

// `policy`: what the page may load and do (Content-Security-Policy).
ServerResponse guarded(int status, std::string content_type, std::string body, std::string_view policy,
                       std::string_view cache = "no-store");

// The policy of what is no page: nothing is loaded, sent or shown.
inline constexpr std::string_view kNoPage =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// What every answer has: no browser takes it for something else, shows it in a frame or runs it.
std::vector<Header> standard_headers();
// Browsers call only by https from then on. Only of answers that go by TLS (RFC 6797 §7.2).
Header only_https();

}  // namespace pinrelay::http
