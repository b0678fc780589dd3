// Who may sign in, and who is signed in.
#include <fmt/format.h>

#include <charconv>

#include "cli/access.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr std::string_view kFirstUser = "admin";

Result<store::UserRow> wanted_user(Context& context, const std::string& name) {
  if (auto row = admin::find_user(context.store(), name)) return std::move(*row);
  return Error{ErrorKind::kNotFound, "no_such_user", fmt::format("there is no user '{}'", plain(name)), "",
               "see 'pinrelay user list'"};
}

// Somebody has to be left who can let others in.
Result<void> keep_an_admin(Context& context, const store::UserRow& without) {
  for (const store::UserRow& row : context.store().users.all())
    if (row.number != without.number && row.role == store::Role::kAdmin && !row.password.empty()) return {};
  return Error{ErrorKind::kConflict, "last_admin",
               fmt::format("'{}' is the only admin who can sign in", plain(without.name)), "",
               "make another one first: pinrelay user add NAME --role admin"};
}

Output link_output(Context& context, const std::string& name, const Secret& ticket) {
  const std::string link = invitation_link(context.config, context.port, ticket);
  Output output;
  output.json = {{"name", name},
                 {"link", link},  // this once
                 {"ends_at", json_time(context.clock.now() + admin::kInvitationLasts)}};
  output.text = fmt::format(
      "{}\n\nOpen it within 30 minutes to set the password of '{}'. It serves once, and is shown once.\n",
      link, plain(name));
  return output;
}

// What became of the tokens that the user made; nothing when there are none.
std::string tokens_text(const std::vector<std::string>& names, std::string_view what) {
  std::string out;
  for (const std::string& name : names)
    out += fmt::format("token {}, which they made: {}\n", plain(name), what);
  return out;
}

}  // namespace

std::string invitation_link(const config::Config& config, uint16_t port, const Secret& ticket) {
  const bool tls = !config.tls_certificate_file.empty();
  // Behind '#' it is in no server's log.
  return config::site_of(config.public_url, config.listen, port, tls).origin + "/sign-in#" + ticket.reveal();
}

Result<Secret> claim_ticket(Context& context) {
  Secret ticket;
  TRY(context.engine.transact([&]() -> Result<void> {
    if (admin::claimed(context.store()))
      return Error{ErrorKind::kConflict, "claimed", "somebody can sign in already", "",
                   "use 'pinrelay user add', or 'pinrelay user reset' for a lost password"};
    auto row = admin::find_user(context.store(), kFirstUser).value_or(store::UserRow{});
    if (row.number == 0) row.created_at = context.clock.now(), row.created_by = "cli";
    row.name = kFirstUser, row.role = store::Role::kAdmin;
    ticket = admin::invite(context.store(), row, context.clock.now());
    return {};
  }));
  return ticket;
}

Result<Output> run_user_claim(Context& context, const Arguments&) {
  const Secret ticket = TRY(claim_ticket(context));
  return link_output(context, std::string(kFirstUser), ticket);
}

Result<Output> run_user_add(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  if (name.empty() || name.size() > admin::kUserNameBytesMax ||
      std::ranges::any_of(name, [](char c) { return (c >= 0 && c <= ' ') || c == 0x7f; }))
    return Error{ErrorKind::kInvalid, "bad_name", "a user's name has 1 to 64 characters and no blanks",
                 "name", "for example ada, or an e-mail address"};
  store::UserRow row;
  row.name = name;
  row.role = TRY(read_role(arguments.value("role", "viewer")));
  row.created_at = context.clock.now();
  row.created_by = arguments.value("by", "cli");
  Secret ticket;
  TRY(context.engine.transact([&]() -> Result<void> {
    if (admin::find_user(context.store(), name))
      return Error{ErrorKind::kConflict, "name_taken", fmt::format("there is a user '{}'", plain(name)), "",
                   "choose another name, or reset that one"};
    ticket = admin::invite(context.store(), row, context.clock.now());
    return {};
  }));
  return link_output(context, name, ticket);
}

Result<Output> run_user_reset(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  Secret ticket;
  TRY(context.engine.transact([&]() -> Result<void> {
    ticket = admin::invite(context.store(), TRY(wanted_user(context, name)), context.clock.now());
    return {};
  }));
  return link_output(context, name, ticket);
}

Result<Output> run_user_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    output.json = {{"as_of", json_time(context.clock.now())}, {"users", Json::array()}};
    TextTable table;
    table.row({"NAME", "ROLE", "STATE", "CREATED BY", "LAST SIGNED IN"});
    for (const store::UserRow& row : context.store().users.all()) {
      const bool invited = !row.invitation.empty() && context.clock.now() < row.invited_until;
      const char* const state = row.number <= context.store().suspended().users ? "suspended"
                                : !row.password.empty()                         ? "active"
                                : invited                                       ? "invited"
                                                                                : "invitation over";
      output.json["users"].push_back({{"name", row.name},
                                      {"role", store::kRoleNames[static_cast<size_t>(row.role)]},
                                      {"state", state},
                                      {"created_at", json_time(row.created_at)},
                                      {"created_by", row.created_by},
                                      {"password_at", json_time(row.password_at)},
                                      {"signed_in_at", json_time(row.signed_in_at)}});
      table.row({row.name, std::string(store::kRoleNames[static_cast<size_t>(row.role)]), state,
                 row.created_by,
                 to_millis(row.signed_in_at) == 0 ? std::string("never") : format_rfc3339(row.signed_in_at)});
    }
    output.text = output.json["users"].empty()
                      ? "There is no user: nobody can sign in. See 'pinrelay user claim'.\n"
                      : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_user_edit(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  const store::Role role = TRY(read_role(arguments.value("role")));
  std::vector<std::string> lowered;
  TRY(context.engine.transact([&]() -> Result<void> {
    store::UserRow row = TRY(wanted_user(context, name));
    if (row.role == store::Role::kAdmin && role != row.role) TRY(keep_an_admin(context, row));
    if (role < row.role) context.store().note_lowered(row, role);
    row.role = role;
    admin::end_sessions(context.store(), row.number);
    context.store().users.put(row);
    for (store::ApiTokenRow& token : admin::tokens_of(context.store(), row)) {
      if (token.role <= role) continue;
      context.store().lower_token(token, role);
      lowered.push_back(token.name);
    }
    return {};
  }));
  const std::string_view text = store::kRoleNames[static_cast<size_t>(role)];
  return Output{{{"name", name}, {"role", text}, {"tokens_lowered", lowered}},
                fmt::format("{}: {}\n{}", plain(name), text, tokens_text(lowered, "may no more than that")),
                0};
}

Result<Output> run_user_remove(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  std::vector<std::string> ended;
  TRY(context.engine.transact([&]() -> Result<void> {
    const store::UserRow row = TRY(wanted_user(context, name));
    if (row.role == store::Role::kAdmin) TRY(keep_an_admin(context, row));
    admin::end_sessions(context.store(), row.number);
    for (const store::ApiTokenRow& token : admin::tokens_of(context.store(), row)) {
      context.store().revoke_token(token);
      ended.push_back(token.name);
    }
    context.store().remove_user(row);
    return {};
  }));
  return Output{{{"name", name}, {"result", "removed"}, {"tokens_ended", ended}},
                fmt::format("{}: removed\n{}", plain(name), tokens_text(ended, "ended")),
                0};
}

Result<Output> run_session_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"sessions", Json::array()}};
    TextTable table;
    table.row({"NUMBER", "USER", "FROM", "SINCE", "LAST SEEN"});
    for (const store::SessionRow& row : context.store().sessions.all()) {
      const auto user = context.store().users.get(row.user);
      if (!user || admin::session_ended(row, now)) continue;
      output.json["sessions"].push_back({{"number", row.number},
                                         {"user", user->name},
                                         {"from", row.origin},
                                         {"since", json_time(row.created_at)},
                                         {"seen_at", json_time(row.seen_at)}});
      table.row({std::to_string(row.number), user->name, row.origin, format_rfc3339(row.created_at),
                 format_rfc3339(row.seen_at)});
    }
    output.text = output.json["sessions"].empty() ? "Nobody is signed in.\n" : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_session_revoke(Context& context, const Arguments& arguments) {
  const std::string& text = arguments.positional.at(0);
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  TRY(context.engine.transact([&]() -> Result<void> {
    if (!context.store().sessions.get(number))
      return Error{ErrorKind::kNotFound, "no_such_session", "there is no such session", "",
                   "see 'pinrelay session list'"};
    context.store().sessions.erase(number);
    return {};
  }));
  return Output{{{"number", number}, {"result", "signed out"}}, fmt::format("{}: signed out\n", number), 0};
}

}  // namespace pinrelay::cli
