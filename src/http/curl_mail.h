// One mail by SMTP, on a connection of its own.
#pragma once

#include <atomic>

#include "http/client.h"

namespace pinrelay::http {

// Blocks. Answered with status 250 when the server has taken the message; with the server's last code when it
// has refused.
Response send_mail(const Request& request, const std::string& ca_file, Millis connect_timeout,
                   const std::atomic<bool>& stopping);

}  // namespace pinrelay::http
