// The answers of the HTTP API: JSON, and problems (RFC 9457), with the headers that all of them carry.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/server.h"

namespace pinrelay::admin {

struct Problem {
  int status = 500;
  std::string code, detail, fix;
  std::string pointer = {};  // into the body, or a parameter's name
  std::string errors = {};   // a JSON array, when there are several
};

// Not a refusal: a person is asked for something first.
inline constexpr std::string_view kConfirmPassword = "confirm_password";

// With the status that its kind has.
Problem problem_of(const Error& error);
http::ServerResponse problem_answer(const Problem& what, const std::string& request_id);
// What a person has to know wherever they look: that requests go to a stand-in for Pinterest, and that other
// machines may connect without TLS.
void add_marks(http::ServerResponse& response, bool simulated, bool plain_http);
http::ServerResponse guarded_answer(int status, std::string content_type, std::string body,
                                    const std::string& request_id);

}  // namespace pinrelay::admin
