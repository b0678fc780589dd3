// The simulator's own interface under /_sim/, for people, demos and tests; Pinterest has nothing like it.
//   GET    /_sim/state                 everything; ?digest=no leaves out the digests, slow for huge lists
//   GET    /_sim/lists/{id}/members    sorted hex lines; ?prefix=ab only those whose first byte is ab
//   PATCH  /_sim/lists/{id}            {"status":"READY"}; null lets time decide again
//   DELETE /_sim/lists/{id}
//   GET    /_sim/conversions           NDJSON, one line per conversion that counts, in the order of their
//   first
//                                      coming; ?all=yes also those that do not (yet), ?from=N&limit=M a part:
//                                      places N up to N + M - 1
//   PATCH  /_sim/ad_accounts/{id}      {"role":"ANALYST"}
//   POST   /_sim/tokens                {"add":"T","expires_in":60,"scopes":["ads:read"]} or {"revoke":"T"};
//                                      {"add":"T","conversion":true} adds a conversion token
//   POST   /_sim/faults                orders as in fault_orders.h
//   PATCH  /_sim/app                   {"id":…, "secret":…, "redirect_uris":[…], "scopes":[what a sign-in
//                                      gets at most]}: the app that people sign in with
//   PATCH  /_sim/options {"limits":false,"ads_write":300,"processing_ms":…,"reorder_window_ms":…,
//                                       "unknown_window_ms":…,"records_max":…,"ads_conversions":…,
//                                       "dedup_window_ms":…,"opaque_takes_good":true,
//                                       "failed_events":"unprocessable"}   a name of bad_events.h
//   POST   /_sim/settle                makes all late changes now
//   POST   /_sim/reset
#pragma once

#include "simulator/world.h"

namespace pinrelay::sim {

constexpr std::string_view kControlPrefix = "/_sim/";

Reply control(World& world, const Call& call, Time now);
// The body of GET /_sim/state.
std::string state_json(const World& world, Time now, bool with_digests);

}  // namespace pinrelay::sim
