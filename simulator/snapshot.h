// Lists and conversions in a file, so that a rehearsal of several days survives a restart of the simulator. A
// text file: one JSON line per list, followed by its members in hex, one a line; then one JSON line per
// conversion, as GET /_sim/conversions?all=yes shows it, and one per ad account with what was counted.
#pragma once

#include <string>

#include "base/result.h"
#include "simulator/world.h"

namespace pinrelay::sim {

// Late changes are made first. Written beside `path` and renamed, so that a crash leaves the old file.
Result<void> save_state(World& world, const std::string& path);
// A missing file is an empty world.
Result<void> load_state(World& world, const std::string& path);

}  // namespace pinrelay::sim
