// A load generator in a child process, so that its processor time is not counted as ours.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace pinrelay::bench {

// Posts `rows` change rows in requests of `rows_per_request` over `connections` keep-alive connections to
// 127.0.0.1:port and waits for all answers. False when an answer was not 202.
bool post_rows(uint16_t port, uint64_t rows, uint64_t rows_per_request, unsigned connections);

// One request every `interval` over one connection, on the calling thread: `body(i)` is what the i-th
// carries. Gives when each answer came, or nothing when one was not 202.
std::vector<Time> post_at_pace(uint16_t port, uint64_t requests, Millis interval,
                               const std::function<std::string(uint64_t)>& body);

// The same over several connections at once, each at that pace: how long each took from when it was due, so
// that one that had to wait for the one before is not flattered. Those that were not accepted are missing.
std::vector<double> millis_to_answer(uint16_t port, unsigned connections, uint64_t requests, Millis interval,
                                     const std::function<std::string(uint64_t)>& body);

int connect_to(uint16_t port);  // -1: nothing listens

}  // namespace pinrelay::bench
