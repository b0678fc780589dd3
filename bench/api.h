// What the HTTP API costs: its lists over a large store, and signing in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/row.h"

namespace pinrelay::bench {

// 500 jobs, and `people` members of one of them of whom a tenth has an address that cannot be sent.
std::vector<Row> api_lists(const std::string& folder, uint64_t people);
std::vector<Row> sign_ins(const std::string& folder);

}  // namespace pinrelay::bench
