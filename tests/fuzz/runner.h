// Runs a target over its inputs in a process of its own, so that a crash ends neither the run nor the memory
// of what caused it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "targets.h"

namespace pinrelay::fuzz {

struct RunnerOptions {
  uint64_t seed = 1;
  std::string corpus;         // a directory with one a target, may be missing
  std::string out_directory;  // where the inputs of crashes go
  std::string program;        // for the replay commands
};

struct Tally {
  uint64_t inputs = 0, crashes = 0;
  uint64_t kept = 0;  // of the inputs, files of the corpus
};

// First each file of the corpus, then `inputs` generated ones, from these files, too.
Tally run_target(const Target& target, uint64_t inputs, const RunnerOptions& options);

// Runs one input in this process, for a debugger. False when the file cannot be read.
bool replay(const Target& target, const std::string& path);

}  // namespace pinrelay::fuzz
