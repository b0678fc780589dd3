// JSON out of a library's document. Bytes that are not UTF-8 become U+FFFD: what a sender made up must not
// end the process. The one place that writes such documents out (a check of the tree sees to it).
#pragma once

#include <string>

namespace pinrelay {

// `indent`: -1 writes one line.
template <typename Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pinrelay
