#include "pinterest/reference.h"

#include "pinterest/tables.h"

namespace pinrelay::pinterest {
namespace {

void append_errors(std::string& out) {
  out += "## Error codes\n\n| HTTP | Code | Meaning | What happens, what to do |\n|---|---|---|---|\n";
  for (const ErrorCode& error : kErrorCodes) {
    out += "| " + (error.status != 0 ? std::to_string(error.status) : std::string("any 4xx"));
    out += " | " + std::to_string(error.code);
    out.append(" | ").append(error.meaning).append(" | ").append(error.action).append(" |\n");
  }
}

void append_limits(std::string& out) {
  constexpr std::string_view kCategoryNames[] = {"all", "ads_read", "ads_write", "org_read"};
  out += "\n## Rate limits\n\n| Access tier | Category | Requests |\n|---|---|---|\n";
  for (const RateLimit& limit : kRateLimits) {
    out += limit.tier == Tier::kTrial ? "| Trial | " : "| Standard | ";
    out.append(kCategoryNames[static_cast<size_t>(limit.category)]).append(" | ");
    out += std::to_string(limit.requests);
    out += limit.window == kDay ? " a day |\n" : limit.window == kMinute ? " a minute |\n" : " a second |\n";
  }
}

void append_statuses(std::string& out) {
  out += "\n## Statuses of a customer list\n\n| Status | Meaning |\n|---|---|\n";
  for (const ListStatus& status : kListStatuses)
    out.append("| ").append(status.name).append(" | ").append(status.meaning).append(" |\n");
}

void append_roles(std::string& out) {
  out += "\n## Roles that may write customer lists\n\n";
  for (const std::string_view role : kListWriterRoles) out.append("- ").append(role).append("\n");
}

}  // namespace

std::string error_reference() {
  std::string out =
      "# Pinterest's errors, limits and statuses\n\n"
      "Generated from the tables in `src/pinterest/tables.h`; do not edit.\n\n"
      "An answer is judged by its HTTP status first: the same code means different things under different "
      "statuses.\nA time-out, a lost connection, 408, any 5xx but 503 with code 4197, and a 2xx that cannot "
      "be "
      "read leave it\nunknown whether the request was applied; it is sent again in a way that is right in "
      "both "
      "cases.\n\n";
  append_errors(out);
  append_limits(out);
  append_statuses(out);
  append_roles(out);
  return out;
}

}  // namespace pinrelay::pinterest
