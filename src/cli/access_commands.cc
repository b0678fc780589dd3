// Roles, and what was changed by whom.
#include <fmt/format.h>

#include "cli/access.h"
#include "cli/audit_change.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kAuditMax = 500;
constexpr size_t kAuditPageBytes = 256 * 1024;  // a page ends early at so much text

constexpr size_t kColumns = 80;  // of a terminal

// Lines of at most kColumns, broken at blanks where there are some.
std::string wrapped(const std::string& indent, std::string_view text) {
  std::string out;
  const size_t room = kColumns - indent.size();
  while (!text.empty()) {
    size_t columns = 0, end = 0, blank = 0;
    for (; end < text.size(); ++end) {
      const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
      if (begins && columns == room) break;
      columns += begins;
      if (text[end] == ' ') blank = end;
    }
    if (end < text.size() && text[end] != ' ' && blank > 0) end = blank;
    out += indent + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end < text.size() && text[end] == ' ' ? end + 1 : end);
  }
  return out;
}

std::string outcome_text(const std::string& outcome) {
  return outcome == "done" || outcome == "nothing to do" ? outcome : "refused: " + outcome;
}

// One entry: when, who and what, then the change on its own line.
std::string entry_text(const store::AuditRow& row) {
  const std::string number = fmt::format("{}  ", row.number), indent(number.size(), ' ');
  const std::string from = row.origin.empty() || row.origin == "local" ? "" : " from " + row.origin;
  std::string text =
      wrapped("", plain(fmt::format("{}{}  {}{}", number, format_rfc3339(row.at), row.who, from)));
  const std::string what = row.object.empty() ? row.action : row.action + " " + row.object;
  text += wrapped(indent, plain(fmt::format("{}: {}", what, outcome_text(row.outcome))));
  for (const std::string& detail : {row.detail, change_text(row.changed)})
    text += wrapped(indent, plain(detail));
  return text;
}

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
    size_t bytes = 0;
    bool more = false;
    const int64_t from = cursor != 0 ? cursor : static_cast<int64_t>(before);
    context.store().audit.each(from, [&](const store::AuditRow& row) {
      more = output.json["entries"].size() == limit || bytes >= kAuditPageBytes;
      if (more) return false;
      last = row.number;
      bytes += row.object.size() + row.detail.size() + row.changed.size();
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
      output.text += entry_text(row);
      return true;
    });
    output.json["next_cursor"] = next_cursor(more, last);
    if (output.json["entries"].empty()) output.text = "Nothing was changed yet.\n";
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
