// A load generator in a child process, so that its processor time is not counted as ours.
#pragma once

#include <cstdint>

namespace pinrelay::bench {

// Posts `rows` change rows in requests of `rows_per_request` over `connections` keep-alive connections to
// 127.0.0.1:port and waits for all answers. False when an answer was not 202.
bool post_rows(uint16_t port, uint64_t rows, uint64_t rows_per_request, unsigned connections);

}  // namespace pinrelay::bench
