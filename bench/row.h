// A row of the table that the benchmark prints.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bench/measure.h"

namespace pinrelay::bench {

struct Row {
  std::string what;
  double value;
  std::string unit;
  double floor, goal;
  bool smaller_is_better = false;
  Cost cost;
};

// Of a set that is not empty; share: 0.95 for the 95th percentile.
inline double percentile(std::vector<double> values, double share) {
  const auto at =
      std::min(values.size() - 1, static_cast<size_t>(static_cast<double>(values.size()) * share));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

}  // namespace pinrelay::bench
