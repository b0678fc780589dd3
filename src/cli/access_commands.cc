// Who may call the API, and what was changed by whom.
#include <fmt/format.h>

#include <charconv>

#include "admin/api.h"
#include "cli/access.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kAuditMax = 500;

Error invalid(std::string code, std::string message, std::string fix) {
  return {ErrorKind::kInvalid, std::move(code), std::move(message), "", std::move(fix)};
}

// "90d", "12h"
Result<Millis> read_span(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error == std::errc() && number > 0 && number <= 3'650 && (unit == "d" || unit == "h"))
    return Millis{number * (unit == "d" ? 24 : 1) * 3'600'000};
  return invalid("bad_span", "this is no span of time", "for example 90d or 12h");
}

Json token_json(const store::ApiTokenRow& row, Time now) {
  return {{"name", row.name},
          {"role", store::kRoleNames[static_cast<size_t>(row.role)]},
          {"created_at", json_time(row.created_at)},
          {"created_by", row.created_by},
          {"expires_at", json_time(row.expires_at)},
          {"ended", to_millis(row.expires_at) != 0 && row.expires_at <= now},
          {"used_at", json_time(row.used_at)}};
}

std::optional<store::ApiTokenRow> find_token(Context& context, const std::string& name) {
  for (store::ApiTokenRow& row : context.store().api_tokens.all())
    if (row.name == name) return std::move(row);
  return std::nullopt;
}

}  // namespace

Result<store::Role> read_role(const std::string& text) {
  for (size_t i = 1; i < std::size(store::kRoleNames); ++i)
    if (store::kRoleNames[i] == text) return static_cast<store::Role>(i);
  return invalid("bad_role", "there is no such role", "use viewer, operator or admin");
}

Result<Output> run_token_add(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  if (name.empty() || name.size() > 64 || std::ranges::any_of(name, [](char c) { return c >= 0 && c < ' '; }))
    return invalid("bad_name", "a name has 1 to 64 characters", "say who or what uses it");
  store::ApiTokenRow row;
  row.name = name;
  row.role = TRY(read_role(arguments.value("role", "viewer")));
  row.created_at = context.clock.now();
  row.created_by = arguments.value("by", "cli");
  if (arguments.has("expires")) row.expires_at = row.created_at + TRY(read_span(arguments.value("expires")));
  const admin::NewToken made = admin::make_token();
  row.hash = made.hash;
  TRY(context.engine.transact([&]() -> Result<void> {
    if (find_token(context, name))
      return Error{ErrorKind::kConflict, "name_taken", fmt::format("there is a token '{}'", name), "",
                   "choose another name, or revoke that one first"};
    row.number = context.store().next_number("api_tokens");
    context.store().api_tokens.put(row);
    return {};
  }));
  Output output;
  output.json = token_json(row, context.clock.now());
  output.json["token"] = made.text.reveal();  // this once
  output.text = fmt::format("{}\n\nThis is shown once. {} may {}; send it as Authorization: Bearer.\n",
                            made.text.reveal(), plain(name),
                            row.role == store::Role::kAdmin      ? "do everything"
                            : row.role == store::Role::kOperator ? "look, and run jobs"
                                                                 : "look");
  return output;
}

Result<Output> run_token_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"tokens", Json::array()}};
    TextTable table;
    table.row({"NAME", "ROLE", "CREATED BY", "EXPIRES", "LAST USED"});
    for (const store::ApiTokenRow& row : context.store().api_tokens.all()) {
      const Json json = token_json(row, now);
      const auto text = [&](const char* key) {
        return json[key].is_null() ? std::string("never") : json[key].get<std::string>();
      };
      table.row({row.name, text("role"), row.created_by,
                 text("expires_at") + (json["ended"] == true ? " (ended)" : ""), text("used_at")});
      output.json["tokens"].push_back(json);
    }
    output.text =
        output.json["tokens"].empty() ? "There is no API token: nobody can call the API.\n" : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_token_revoke(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  TRY(context.engine.transact([&]() -> Result<void> {
    const auto row = find_token(context, name);
    if (!row)
      return Error{ErrorKind::kNotFound, "no_such_token", fmt::format("there is no token '{}'", plain(name)),
                   "", "see 'pinrelay token list'"};
    context.store().api_tokens.erase(row->number);
    return {};
  }));
  return Output{{{"name", name}, {"result", "revoked"}}, fmt::format("{}: revoked\n", plain(name)), 0};
}

Result<Output> run_audit_list(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", 50, kAuditMax));
  const size_t before = TRY(read_count(arguments, "before", 0, INT64_MAX));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    output.json = {{"as_of", json_time(context.clock.now())}, {"entries", Json::array()}};
    TextTable table;
    table.row({"NUMBER", "AT", "WHO", "FROM", "ACTION", "OBJECT", "DETAIL", "OUTCOME"});
    context.store().audit.each(static_cast<int64_t>(before), [&](const store::AuditRow& row) {
      output.json["entries"].push_back({{"number", row.number},
                                        {"at", format_rfc3339(row.at)},
                                        {"who", row.who},
                                        {"origin", row.origin},
                                        {"action", row.action},
                                        {"object", row.object},
                                        {"detail", row.detail},
                                        {"outcome", row.outcome}});
      table.row({std::to_string(row.number), format_rfc3339(row.at), plain(row.who), row.origin, row.action,
                 plain(row.object), plain(row.detail), row.outcome});
      return output.json["entries"].size() < limit;
    });
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
