// What an upgrade changes for a store that was used before, said once.
#pragma once

#include "store/store.h"

namespace pinrelay::cli {

// Writes to the log what this store has not been told yet. Outside transactions.
Result<void> log_upgrade_notes(store::Store& store);

}  // namespace pinrelay::cli
