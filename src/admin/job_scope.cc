#include "admin/job_scope.h"

#include <algorithm>

namespace pinrelay::admin {

// Either it stands in the path, or it narrows down what is about all of them.
std::string job_of(const Route& route, const ReadRequest& read) {
  if (route.path.find("/jobs/{name}") != std::string_view::npos)
    return read.match.values.empty() ? "" : read.match.values.front();
  const auto named = read.values.find("job");
  return route.method == "GET" && named != read.values.end() ? named->second : "";
}

std::optional<Problem> outside_jobs(const std::vector<std::string>& only_jobs, const Route& route,
                                    const ReadRequest& read) {
  const std::string job = job_of(route, read);
  // The answer is the same whether or not the job exists.
  if (!job.empty() && std::ranges::find(only_jobs, job) == only_jobs.end())
    return Problem{403, "other_job", "this token is bound to other jobs",
                   "use a token that is bound to this job, or to none: pinrelay token add NAME --job JOB"};
  if (job.empty() && route.role > Role::kViewer)
    return Problem{403, "bound_to_jobs", "this token is bound to jobs, and this is about none of them",
                   "name one of its jobs where the route takes one, or use a token that is bound to none"};
  return std::nullopt;
}

}  // namespace pinrelay::admin
