// What was asked and answered: counters since the start (or reset), and the latest calls.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/clock.h"
#include "simulator/faults.h"

namespace pinrelay::sim {

struct LoggedCall {
  uint64_t number = 0;
  Time at{};
  std::string method, path;
  std::string operation;  // ADD or REMOVE, of a change of a list
  size_t records = 0;
  int status = 0;  // as sent; 0 = none was
  std::string_view fault;
  bool changed = false;  // the change was accepted, whatever the answer says
};

struct Traffic {
  uint64_t requests = 0;
  std::map<std::string, uint64_t> by_route;  // "PATCH customer_lists/{id}"
  std::map<int, uint64_t> by_status;
  std::array<uint64_t, kFaultKinds> faults{};
  uint64_t throttled = 0;          // refused by the true limits: a careful client causes none
  uint64_t records_added = 0;      // in accepted calls
  uint64_t records_removed = 0;    // in accepted calls
  uint64_t plain_records = 0;      // readable e-mail addresses: must never come
  uint64_t hashes_of_nothing = 0;  // SHA-256 of the empty text: must never come
  std::deque<LoggedCall> recent;   // the last kRecentCalls, oldest first

  void add(LoggedCall call, const std::string& route);
};
constexpr size_t kRecentCalls = 200;

}  // namespace pinrelay::sim
