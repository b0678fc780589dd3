// Roles, and what was changed by whom.
#include <fmt/format.h>

#include "cli/access.h"
#include "cli/audit_change.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kAuditMax = 500;

Error invalid(std::string code, std::string message, std::string fix) {
  return {ErrorKind::kInvalid, std::move(code), std::move(message), "", std::move(fix)};
}

}  // namespace

Result<store::Role> read_role(const std::string& text) {
  for (size_t i = 1; i < std::size(store::kRoleNames); ++i)
    if (store::kRoleNames[i] == text) return static_cast<store::Role>(i);
  return invalid("bad_role", "there is no such role", "use viewer, operator or admin");
}

Result<Output> run_audit_list(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", 50, kAuditMax));
  const size_t before = TRY(read_count(arguments, "before", 0, INT64_MAX));
  const int64_t cursor = TRY(read_cursor(arguments));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    output.json = {{"as_of", json_time(context.clock.now())}, {"entries", Json::array()}};
    int64_t last = 0;
    bool more = false;
    TextTable table;
    table.row({"NUMBER", "AT", "WHO", "FROM", "ACTION", "OBJECT", "DETAIL", "OUTCOME"});
    const int64_t from = cursor != 0 ? cursor : static_cast<int64_t>(before);
    context.store().audit.each(from, [&](const store::AuditRow& row) {
      more = output.json["entries"].size() == limit;
      if (more) return false;
      last = row.number;
      output.json["entries"].push_back(
          {{"number", row.number},
           {"at", format_rfc3339(row.at)},
           {"who", row.who},
           {"origin", row.origin},
           {"action", row.action},
           {"object", row.object},
           {"detail", row.detail},
           {"changed", row.changed.empty() ? Json::object() : Json::parse(row.changed)},
           {"outcome", row.outcome}});
      table.row(
          {std::to_string(row.number), format_rfc3339(row.at), plain(row.who), row.origin, row.action,
           row.object,
           row.detail + (row.detail.empty() || row.changed.empty() ? "" : "; ") + change_text(row.changed),
           row.outcome});
      return true;
    });
    output.json["next_cursor"] = next_cursor(more, last);
    output.text = output.json["entries"].empty() ? "Nothing was changed yet.\n" : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_audit_verify(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const auto verified = context.store().audit.verify();
    output.json = {{"rows", verified.rows},
                   {"whole", !verified.broken},
                   {"broken_at", verified.broken ? Json(*verified.broken) : Json()},
                   {"head", to_hex(verified.head)}};
    output.text =
        verified.broken
            ? fmt::format("entry {} does not fit the one before: the log was altered\n", *verified.broken)
            : fmt::format(
                  "{} entries, each fits the one before. Head: {}\nNoted elsewhere, the head "
                  "shows later whether entries were cut off the end.\n",
                  verified.rows, to_hex(verified.head));
    output.exit_code = verified.broken ? 1 : 0;
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
