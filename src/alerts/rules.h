// Rules and webhooks as people change them. Whatever a command writes, the loop reads at its next check.
#pragma once

#include "alerts/findings.h"
#include "alerts/messages.h"

namespace pinrelay::alerts {

inline constexpr const char* kDelivered = "delivered";
inline constexpr const char* kGivenUp = "given up";

// A rule as it was typed; numbers are still text.
struct Wish {
  std::string name, kind, object, above, least, most, hours, destinations, by;
};
// What is wrong with one part of it; `pointer` is the option's name.
struct Mistake {
  std::string pointer, code, message, fix;
};

struct Desk {
  const config::Config& config;
  exports::Engine& engine;
  credentials::Credentials& credentials;
  const Clock& clock;
};

// Everything that is wrong at once, or the rule; within a transaction.
std::vector<Mistake> read_rule(const Wish& wish, const Desk& desk, store::AlertRow& rule);
// "created", "changed" or "unchanged".
Result<std::string> put_rule(store::AlertRow rule, const Desk& desk);
Result<void> remove_rule(const std::string& name, const Desk& desk);
// Sends a test to all of its destinations, as an alert would go.
Result<size_t> test_rule(const std::string& name, const Desk& desk);

// Gives the signing secret, for this once.
Result<Secret> add_webhook(const std::string& name, const std::string& url, const std::string& by,
                           const Desk& desk);
Result<void> remove_webhook(const std::string& name, const Desk& desk);

// Writes one message a destination; within a transaction. How many they were.
size_t add_messages(const config::Config& config, exports::Engine& engine, const store::AlertRow& rule,
                    const store::EpisodeRow& episode, std::string_view event);
std::vector<std::string> destinations_of(const store::AlertRow& rule);

}  // namespace pinrelay::alerts
