#include "simulator/traffic.h"

namespace pinrelay::sim {

void Traffic::add(LoggedCall call, const std::string& route) {
  call.number = ++requests;
  ++by_route[route];
  ++by_status[call.status];
  if (const FaultInfo* fault = find_fault(call.fault)) ++faults[static_cast<size_t>(fault->kind)];
  if (call.changed && call.operation == "ADD") records_added += call.records;
  if (call.changed && call.operation == "REMOVE") records_removed += call.records;
  recent.push_back(std::move(call));
  if (recent.size() > kRecentCalls) recent.pop_front();
}

}  // namespace pinrelay::sim
