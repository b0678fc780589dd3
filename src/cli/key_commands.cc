// Tokens for the API and keys to send changes: one kind of row, made, listed and revoked alike. Each is shown
// once and kept as its hash.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "admin/tokens.h"
#include "cli/access.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/key_scope.h"

namespace pinrelay::cli {
namespace {

Error invalid(std::string code, std::string message, std::string fix) {
  return {ErrorKind::kInvalid, std::move(code), std::move(message), "", std::move(fix)};
}

}  // namespace

Result<Millis> read_span(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error == std::errc() && number > 0 && number <= 3'650 && (unit == "d" || unit == "h"))
    return Millis{number * (unit == "d" ? 24 : 1) * 3'600'000};
  return invalid("bad_span", "this is no span of time", "for example 90d or 12h");
}

namespace {

using Rows = store::Table<store::ApiTokenRow>;

struct Kind {
  Rows store::Store::*rows;
  std::string_view counter, word, command, begins;
  std::string_view none;  // the code where there is none of a name
  void (store::Store::*revoke)(const store::ApiTokenRow&);
  int64_t store::Suspended::*suspended;
};
constexpr Kind kApiToken{&store::Store::api_tokens,
                         "api_tokens",
                         "token",
                         "token",
                         admin::kTokenBegins,
                         "no_such_token",
                         &store::Store::revoke_token,
                         &store::Suspended::tokens};
constexpr Kind kWriteKey{&store::Store::write_keys,
                         "write_keys",
                         "write key",
                         "write-key",
                         admin::kWriteKeyBegins,
                         "no_such_write_key",
                         &store::Store::revoke_write_key,
                         &store::Suspended::write_keys};

Json row_json(Context& context, const store::ApiTokenRow& row, const Kind& kind) {
  const Time now = context.clock.now();
  Json json = {{"name", row.name},
               {"created_at", json_time(row.created_at)},
               {"created_by", row.created_by},
               {"expires_at", json_time(row.expires_at)},
               {"ended", to_millis(row.expires_at) != 0 && row.expires_at <= now},
               {"used_at", json_time(row.used_at)},
               {"suspended", row.number <= context.store().suspended().*kind.suspended}};
  if (row.role != store::Role::kNobody) json["role"] = store::kRoleNames[static_cast<size_t>(row.role)];
  json.update(kind.rows == kWriteKey.rows ? key_scope_json(row) : token_scope_json(context, row));
  return json;
}

std::optional<store::ApiTokenRow> find_row(Rows& rows, const std::string& name) {
  for (store::ApiTokenRow& row : rows.all())
    if (row.name == name) return std::move(row);
  return std::nullopt;
}

bool in_file(Context& context, const Kind& kind, const std::string& name) {
  return kind.rows == kWriteKey.rows &&
         std::ranges::find(context.config.write_keys, name, &config::WriteKey::name) !=
             context.config.write_keys.end();
}

struct Made {
  Json json;
  std::string text;  // the secret
};
Result<Made> add_row(Context& context, const Arguments& arguments, const Kind& kind, store::Role role) {
  const std::string name = arguments.positional.at(0);
  if (name.empty() || name.size() > 64 || std::ranges::any_of(name, [](char c) { return c >= 0 && c < ' '; }))
    return invalid("bad_name", "a name has 1 to 64 characters", "say who or what uses it");
  store::ApiTokenRow row;
  row.name = name;
  row.role = role;
  row.created_at = context.clock.now();
  row.created_by = arguments.value("by", "cli");
  if (arguments.has("expires")) row.expires_at = row.created_at + TRY(read_span(arguments.value("expires")));
  TRY(kind.rows == kWriteKey.rows ? read_key_scope(arguments, row)
                                  : read_token_scope(context, arguments, row));
  const admin::NewToken made = admin::make_token(kind.begins);
  row.hash = made.hash;
  TRY(context.engine.transact([&]() -> Result<void> {
    Rows& rows = context.store().*kind.rows;
    if (find_row(rows, name) || in_file(context, kind, name))
      return Error{ErrorKind::kConflict, "name_taken",
                   fmt::format("there is a {} '{}'", kind.word, plain(name)), "",
                   "choose another name, or revoke that one first"};
    row.number = context.store().next_number(kind.counter);
    rows.put(row);
    return {};
  }));
  return Made{row_json(context, row, kind), made.text.reveal()};
}

Result<Output> revoke_row(Context& context, const Arguments& arguments, const Kind& kind) {
  const std::string name = arguments.positional.at(0);
  TRY(context.engine.transact([&]() -> Result<void> {
    Rows& rows = context.store().*kind.rows;
    if (const auto row = find_row(rows, name)) {
      (context.store().*kind.revoke)(*row);
      return {};
    }
    if (in_file(context, kind, name))
      return Error{ErrorKind::kConflict, "managed_by_file",
                   fmt::format("the write key '{}' is in the configuration file", plain(name)), "",
                   "take it out of the file and restart the service"};
    return Error{ErrorKind::kNotFound, std::string(kind.none),
                 fmt::format("there is no {} '{}'", kind.word, plain(name)), "",
                 fmt::format("see 'pinrelay {} list'", kind.command)};
  }));
  return Output{{{"name", name}, {"result", "revoked"}}, fmt::format("{}: revoked\n", plain(name)), 0};
}

// A moment of what row_json has, for people.
std::string moment(const Json& json, const char* key) {
  return json[key].is_null() ? std::string("never") : json[key].get<std::string>();
}
std::string expiry(const Json& json) {
  return moment(json, "expires_at") + (json["ended"] == true       ? " (ended)"
                                       : json["suspended"] == true ? " (suspended by a restore)"
                                                                   : "");
}

}  // namespace

Result<Output> run_token_add(Context& context, const Arguments& arguments) {
  const store::Role role = TRY(read_role(arguments.value("role", "viewer")));
  Made made = TRY(add_row(context, arguments, kApiToken, role));
  Output output;
  output.text = fmt::format("{}\n\nThis is shown once. {} may {} ({}); send it as Authorization: Bearer.\n",
                            made.text, plain(arguments.positional.at(0)),
                            role == store::Role::kAdmin      ? "do everything"
                            : role == store::Role::kOperator ? "look, and run jobs"
                                                             : "look",
                            plain(token_scope_text(made.json)));
  output.json = std::move(made.json);
  output.json["token"] = made.text;  // this once
  return output;
}

Result<Output> run_token_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"tokens", Json::array()}};
    TextTable table;
    table.row({"NAME", "ROLE", "FOR", "CREATED BY", "EXPIRES", "LAST USED"});
    for (const store::ApiTokenRow& row : context.store().api_tokens.all()) {
      const Json json = row_json(context, row, kApiToken);
      table.row({row.name, moment(json, "role"), token_scope_text(json), row.created_by, expiry(json),
                 moment(json, "used_at")});
      output.json["tokens"].push_back(json);
    }
    output.text = output.json["tokens"].empty() ? "There is no API token.\n" : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_token_revoke(Context& context, const Arguments& arguments) {
  return revoke_row(context, arguments, kApiToken);
}

Result<Output> run_write_key_add(Context& context, const Arguments& arguments) {
  Made made = TRY(add_row(context, arguments, kWriteKey, store::Role::kNobody));
  Output output;
  output.text = fmt::format(
      "{}\n\nThis is shown once. {} may send changes with it ({}), and nothing else: Authorization: "
      "Bearer.\n",
      made.text, plain(arguments.positional.at(0)), plain(key_scope_text(made.json)));
  output.json = std::move(made.json);
  output.json["key"] = made.text;  // this once
  return output;
}

Result<Output> run_write_key_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"write_keys", Json::array()}};
    TextTable table;
    table.row({"NAME", "KEPT IN", "MAY SEND", "CREATED BY", "EXPIRES", "LAST USED"});
    const auto uses = context.importer.limits() == nullptr ? std::map<std::string, sources::SenderUse>()
                                                           : context.importer.limits()->uses();
    const auto made_names = [&](const std::string& sender) {
      const auto found = uses.find(sender);
      const sources::SenderUse use = found == uses.end() ? sources::SenderUse{} : found->second;
      return Json{{"fields", use.fields}, {"audiences", use.audiences}, {"refused", use.refused}};
    };
    for (const config::WriteKey& key : context.config.write_keys) {
      Json json = {{"name", key.name}, {"kept_in", "file"}, {"new_names", made_names(key.name)}};
      json.update(key_scope_json({}));
      table.row({key.name, "file", key_scope_text(json), "", "", ""});
      output.json["write_keys"].push_back(std::move(json));
    }
    for (const store::ApiTokenRow& row : context.store().write_keys.all()) {
      Json json = row_json(context, row, kWriteKey);
      json["kept_in"] = "store";
      json["new_names"] = made_names(row.name);
      table.row(
          {row.name, "store", key_scope_text(json), row.created_by, expiry(json), moment(json, "used_at")});
      output.json["write_keys"].push_back(std::move(json));
    }
    output.text = output.json["write_keys"].empty() ? "There is no write key: nobody can send changes.\n"
                                                    : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_write_key_revoke(Context& context, const Arguments& arguments) {
  return revoke_row(context, arguments, kWriteKey);
}

}  // namespace pinrelay::cli
