// Answers for browsers that nobody keeps unless `cache` says so, that are taken for nothing else, and that
// tell no other site where they were.
#pragma once

#include "http/server.h"

namespace pinrelay::http {

// `policy`: what the page may load and do (Content-Security-Policy).
ServerResponse guarded(int status, std::string content_type, std::string body, std::string_view policy,
                       std::string_view cache = "no-store");

}  // namespace pinrelay::http
