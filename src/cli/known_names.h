// What the store tells the limits of input: which names there are, which ones always have room, and what each
// sender has made so far.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

sources::InputLimitValues limit_values(const config::Limits& limits);
// The names of the store, and those that the configuration and jobs use. On the engine's thread, outside
// transactions.
void tell_known_names(Context& context);
// What senders have made: read once at the start, and written when it has changed.
Result<void> load_sender_uses(Context& context);
Result<void> save_sender_uses(Context& context);

// How near the limits are, and what they have cost so far.
struct LimitsReached {
  size_t fields = 0, fields_max = 0, audiences = 0, audiences_max = 0;
  std::vector<std::string> refused = {};  // write keys whose new names were too many, with how many
  int64_t values_too_large = 0;           // that people would have become too large by
};
LimitsReached limits_reached(Context& context);

}  // namespace pinrelay::cli
