// The keys below `jobs`, a part of the table that config/keys.h gives.
#pragma once

#include "config/keys.h"

namespace pinrelay::config {

std::span<const Key> job_keys();

}  // namespace pinrelay::config
