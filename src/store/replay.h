// Puts away what a backup would bring back. Only src/store includes this.
#pragma once

#include "store/store.h"

namespace pinrelay::store {

// Changes the two databases of a backup, at these paths, as Store::restore says.
Result<Restored> put_away(const std::string& main, const std::string& inbox, const RestoreOptions& options);

}  // namespace pinrelay::store
