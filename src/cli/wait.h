// One request, waited for: what the client's side of a command needs.
#pragma once

#include <condition_variable>
#include <mutex>

#include "http/client.h"

namespace pinrelay::cli {

http::Response ask_and_wait(http::CurlOptions options, http::Request request);

}  // namespace pinrelay::cli
