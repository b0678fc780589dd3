#include "http/response_writer.h"

#include <gtest/gtest.h>

namespace pinrelay::http {
namespace {

std::string head(const ServerResponse& response, bool keep_alive = true) {
  std::string out;
  append_response_head(out, response, {"Server: test\r\n", keep_alive});
  return out;
}

TEST(ResponseWriter, writes_a_whole_head) {
  ServerResponse response;
  response.status = 202;
  response.headers = {{"Retry-After", "5"}};
  response.body = "{}";
  EXPECT_EQ(head(response),
            "HTTP/1.1 202 Accepted\r\nServer: test\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\nRetry-After: 5\r\n\r\n");
  EXPECT_NE(head(response, false).find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(ResponseWriter, announces_no_body_where_http_has_none) {
  ServerResponse response;
  response.status = 204;
  response.body = "ignored";
  EXPECT_FALSE(has_body(response));
  EXPECT_EQ(head(response), "HTTP/1.1 204 No Content\r\nServer: test\r\n\r\n");
}

TEST(ResponseWriter, lets_no_value_add_a_line) {
  ServerResponse response;
  response.content_type = "text/plain\r\nX-Evil: 1";
  response.headers = {{"X-Note", "a\r\n\r\nb"}};
  const std::string text = head(response);
  EXPECT_NE(text.find("Content-Type: text/plain  X-Evil: 1\r\n"), std::string::npos);
  EXPECT_NE(text.find("X-Note: a    b\r\n\r\n"), std::string::npos);
}

TEST(ResponseWriter, dates_the_answer_as_http_wants_it) {
  EXPECT_EQ(common_lines("pinrelay", parse_rfc3339("2026-03-01T09:05:07.9Z").value()),
            "Server: pinrelay\r\nDate: Sun, 01 Mar 2026 09:05:07 GMT\r\n");
}

}  // namespace
}  // namespace pinrelay::http
