// What is said to whom, and how it is signed. Webhooks follow the open "Standard Webhooks" specification:
//
//   webhook-id: msg_…                      the same for every attempt
//   webhook-timestamp: 1700000000          of this attempt
//   webhook-signature: v1,<base64>         HMAC-SHA-256 over "<id>.<timestamp>.<body>"
//
// The key is what stands behind `whsec_` in the secret, base64.
#pragma once

#include "alerts/kinds.h"
#include "config/config.h"
#include "credentials/credentials.h"
#include "http/client.h"

namespace pinrelay::alerts {

inline constexpr const char* kOpened = "alert.opened";
inline constexpr const char* kResolved = "alert.resolved";
inline constexpr const char* kTest = "alert.test";

// The JSON for a webhook, or subject and text for a mail ("subject\n\ntext").
std::string body_of(const store::EpisodeRow& episode, std::string_view event, std::string_view id,
                    std::string_view destination, Time now, bool simulated);

bool is_mail(std::string_view destination);  // else the name of a webhook

// "whsec_" and 32 random bytes.
Secret new_secret();
// v1,…; kInvalid when the secret is none of that form.
Result<std::string> signature(const Secret& secret, std::string_view id, int64_t seconds,
                              std::string_view body);

// How the message is sent now. The error says why it cannot be: no such webhook, no mail server, a secret
// that cannot be read. Within a transaction.
Result<http::Request> request_of(const store::MessageRow& message, const config::Config& config,
                                 exports::Engine& engine, credentials::Credentials& credentials);
// To a webhook of either sort.
Result<http::Request> webhook_request(const std::string& name, const std::string& id, const std::string& body,
                                      const config::Config& config, exports::Engine& engine,
                                      credentials::Credentials& credentials);
// Why it has not been taken; "" when it has.
std::string failure_of(const http::Response& response);

}  // namespace pinrelay::alerts
