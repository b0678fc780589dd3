// Writes the head of an answer. Pure.
#pragma once

#include <string>
#include <string_view>

#include "http/server.h"

namespace pinrelay::http {

struct ResponseFrame {
  std::string_view common_lines;  // the lines every answer carries, each with its CRLF
  bool keep_alive = true;
};

// Appends everything up to the blank line, that included. Control characters in what the handler gave become
// spaces, so that no value can add a line.
void append_response_head(std::string& out, const ServerResponse& response, ResponseFrame frame);
// 204 and 304 have none, whatever the handler gave.
bool has_body(const ServerResponse& response);
// "Server: …" and "Date: …" (RFC 9110 §6.6.1), for ResponseFrame.
std::string common_lines(std::string_view server_name, Time now);

}  // namespace pinrelay::http
