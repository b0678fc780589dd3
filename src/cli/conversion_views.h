// What a conversions job has frozen and not yet ended, and what a plan of one would send.
#pragma once

#include "cli/command.h"
#include "cli/format.h"

namespace pinrelay::cli {

Json events_json(Context& context, const exports::Job& job);
void add_events(TextTable& table, const Json& events);

// What applying and starting the job would send of the present members, counted exactly; within
// context.read(). The first `shown` events come with the values they are made of, masked.
Json conversion_plan(Context& context, const config::JobSettings& settings, size_t shown);
std::string conversion_plan_text(const Json& plan);

}  // namespace pinrelay::cli
