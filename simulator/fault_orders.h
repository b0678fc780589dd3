// Faults as text: a scenario file and POST /_sim/faults take JSON lines, one order each. Blank lines and
// lines that begin with # are skipped.
//   {"fault":"never_answered","applied":true,"method":"PATCH","path":"customer_lists","skip":3,"count":2}
//   {"fault":"throttled","retry_after":5,"reset":37,"count":0}     count 0: without an end
//   {"fault":"html","per_mille":20}                                by chance, of all calls
//   {"fault":"unprocessable","events_per_mille":500}               of the events in the call; only for those
//                                                                  faults that are about events
//   {"bad_event":"<event id>","as":"partial_failure"}              or another name of bad_events.h
//   {"profile":"light"}  {"seed":7}  {"clear":true}  {"bad_record":"<64 hex digits>"}
#pragma once

#include <string_view>

#include "base/result.h"
#include "simulator/world.h"

namespace pinrelay::sim {

// All orders or, when one is wrong, none; the error names its line.
Result<void> apply_fault_orders(World& world, std::string_view json_lines);

}  // namespace pinrelay::sim
