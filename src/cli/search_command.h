// profile search: a look at everybody for who has a value.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// Finds people by --value, in --field or in all fields. That somebody looked is noted of each who is found.
Result<Output> run_profile_search(Context& context, const Arguments& arguments);

}  // namespace pinrelay::cli
