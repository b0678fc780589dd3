// What a token that is bound to jobs may ask for: everything that concerns one of them, as far as its role
// goes; lists, of which it sees its own jobs; and of the rest what a viewer may see.
#pragma once

#include "admin/read_request.h"

namespace pinrelay::admin {

// The job that a call is about; "" when it is about none, or about all.
std::string job_of(const Route& route, const ReadRequest& read);
// Why such a token may not make this call.
std::optional<Problem> outside_jobs(const std::vector<std::string>& only_jobs, const Route& route,
                                    const ReadRequest& read);

}  // namespace pinrelay::admin
