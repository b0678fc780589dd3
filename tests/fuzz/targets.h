// What can be fuzzed, as a table.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinrelay::fuzz {

// Takes one input. A crash, an abort and a hang are findings.
using Run = std::function<void(std::string_view input)>;

struct Target {
  std::string_view name;
  unsigned share;  // of the inputs, in parts of all shares; 0 = only when named
  // Inputs that reach deep, and words of the language; generated inputs are made from both.
  std::vector<std::string> seeds;
  std::vector<std::string> words;
  // Called once in the process that runs the target, before its inputs.
  std::function<Run()> start;
};

std::vector<Target> all_targets();

Target change_rows_target();
Target nested_values_target();
Target csv_target();
Target encodings_target();
Target csv_rows_target();
Target config_target();
Target pinterest_target();
Target events_target();
Target http_target();
Target conversions_target();
Target files_target();
Target backup_target();
Target chunks_target();
Target records_target();
Target api_target();
Target pages_target();

}  // namespace pinrelay::fuzz
