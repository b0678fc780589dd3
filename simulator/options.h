// The command line of pinrelay-sim.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "simulator/world.h"

namespace pinrelay::sim {

struct Options {
  WorldOptions world;
  FaultProfile faults = FaultProfile::kNone;
  std::string address = "127.0.0.1";
  uint16_t port = 7780;
  std::string certificate_file, private_key_file;
  std::string scenario_file;
  std::string record_file;
  std::string state_file;
  bool help = false;
};

Result<Options> read_options(const std::vector<std::string>& arguments);
std::string help_text();

}  // namespace pinrelay::sim
