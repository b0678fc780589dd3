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
  return {change_rows_target(), nested_values_target(), csv_target(),    csv_rows_target(),
          files_target(),       encodings_target(),     config_target(), pinterest_target(),
          events_target(),      conversions_target(),   http_target(),   api_target(),
          pages_target(),       backup_target(),        chunks_target(), records_target(),
          broken_target()};
}

}  // namespace pinrelay::fuzz
