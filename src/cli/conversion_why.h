// job why of a conversions job: what is known of one person today, which of their events wait, what was sent
// and what Pinterest said, and what was not sent and why.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// What a job of either type says first: "job", "state", "audience", "member", "member_since" or "left_at".
Json membership_json(Context& context, exports::Job& job, const store::Person& person);
// Within context.read().
Json conversion_way_json(Context& context, exports::Job& job, const store::ProfileId& id,
                         const store::Person& person);
// The lines below the job's name.
std::string conversion_way_text(const Json& way, Time now);

}  // namespace pinrelay::cli
