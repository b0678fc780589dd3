// What a piece of work cost: processor seconds of this process (all threads, no children), wall seconds, peak
// memory.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <string>

namespace pinrelay::bench {

struct Cost {
  double cpu_seconds = 0, wall_seconds = 0;
  double peak_mib = 0;
  double scale = 1;  // the machine's speed meanwhile, when it was looked at; 1: the one that floors are for
};

inline double cpu_seconds_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Peak resident memory since the last reset.
inline void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
inline double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

inline Cost measure(const std::function<void()>& work) {
  reset_peak();
  const double cpu = cpu_seconds_now();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {cpu_seconds_now() - cpu, wall.count(), peak_mib()};
}

}  // namespace pinrelay::bench
