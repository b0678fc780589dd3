// Text from outside, made fit for logs and records: Pinterest's messages can echo what we sent.
#pragma once

#include <string>
#include <string_view>

namespace pinrelay::pinterest {

// One line of at most 300 bytes, without control characters, with e-mail addresses, hashes, device ids and
// tokens masked.
std::string safe_message(std::string_view text);

}  // namespace pinrelay::pinterest
