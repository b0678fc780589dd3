// Text as it stands in addresses, forms and pages.
#pragma once

#include <string>
#include <string_view>

#include "http/server.h"

namespace pinrelay::http {

// %XX as its byte, and in queries and forms '+' as a blank; what is no %XX stays as it is.
std::string percent_decoded(std::string_view text, bool form);
// The first value of `key` in a query or form ("a=1&b=2"), decoded; "" when it is not there.
std::string query_value(std::string_view query, std::string_view key);
// Whether the decoded path and query are UTF-8. They end up on screens, in the store and in JSON.
bool has_utf8_target(const ServerRequest& request);
// The value of a cookie that came with a request; "" when it is not there.
std::string cookie_of(const ServerRequest& request, std::string_view name);
// For HTML, in text and in attributes in double quotes.
std::string escaped(std::string_view text);

}  // namespace pinrelay::http
