// Answers for browsers that are kept by nobody, taken for nothing else, and tell no other site where they
// were.
#pragma once

#include "http/server.h"

namespace pinrelay::http {

// `policy`: what the page may load and do (Content-Security-Policy).
ServerResponse guarded(int status, std::string content_type, std::string body, std::string_view policy);

}  // namespace pinrelay::http
