// What a conversions job has frozen and not yet ended, and what a plan of one would send.
#pragma once

#include <stop_token>

#include "cli/command.h"
#include "cli/format.h"
#include "store/snapshot.h"

namespace pinrelay::cli {

Json events_json(Context& context, const exports::Job& job);
void add_events(TextTable& table, const Json& events);

// What applying and starting the job would send of the present members: what is known at once, within
// context.read(), and then what looking at all of them adds, counted exactly. The first `shown` events come
// with the values they are made of, masked.
Json conversion_plan(Context& context, const config::JobSettings& settings);
void count_conversions(store::Snapshot& people, const config::JobSettings& settings, Time now, size_t shown,
                       const std::stop_token& stop, Json& plan);
std::string conversion_plan_text(const Json& plan);

}  // namespace pinrelay::cli
