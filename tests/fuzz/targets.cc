#include "targets.h"

#include "base/result.h"

namespace pinrelay::fuzz {
namespace {

// Proves that the runner catches what it is for.
Target broken_target() {
  return {.name = "broken", .share = 0, .seeds = {"harmless"}, .words = {"harm"}, .start = [] {
            return [](std::string_view input) { CHECK(input.find("harmharm") == std::string_view::npos); };
          }};
}

}  // namespace

std::vector<Target> all_targets() {
  return {change_rows_target(),   csv_target(),   csv_rows_target(),    config_target(),
          pinterest_target(),     http_target(),  conversions_target(), encodings_target(),
          nested_values_target(), broken_target()};
}

}  // namespace pinrelay::fuzz
