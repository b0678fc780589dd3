// What a restored backup has brought back, and the word of a person at the machine that it may come in.
#include <fmt/format.h>

#include "cli/confirm.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/suspended.h"

namespace pinrelay::cli {
namespace {

struct Names {
  std::vector<std::string> tokens, write_keys, users;
  bool empty() const { return tokens.empty() && write_keys.empty() && users.empty(); }
  size_t size() const { return tokens.size() + write_keys.size() + users.size(); }
};

Names suspended_names(Context& context) {
  const store::Suspended through = context.store().suspended();
  Names names;
  const auto name_of = [](store::Role role) { return store::kRoleNames[static_cast<size_t>(role)]; };
  for (const store::ApiTokenRow& row : context.store().api_tokens.all())
    if (row.number <= through.tokens)
      names.tokens.push_back(fmt::format("{} ({})", row.name, name_of(row.role)));
  for (const store::ApiTokenRow& row : context.store().write_keys.all())
    if (row.number <= through.write_keys) names.write_keys.push_back(row.name);
  for (const store::UserRow& row : context.store().users.all())
    if (row.number <= through.users)
      names.users.push_back(fmt::format("{} ({})", row.name, name_of(row.role)));
  return names;
}

std::string listed(const std::vector<std::string>& names, const char* what) {
  std::string line;
  for (const std::string& name : names) line += (line.empty() ? "" : ", ") + plain(name);
  return names.empty() ? "" : fmt::format("{}: {}", what, line);
}

std::string text_of(const Names& names) {
  std::string text;
  for (const std::string& line :
       {listed(names.tokens, "tokens"), listed(names.write_keys, "write keys"), listed(names.users, "users")})
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
  return text;
}

Json json_of(const Names& names) {
  return {{"tokens", names.tokens}, {"write_keys", names.write_keys}, {"users", names.users}};
}

}  // namespace

std::string suspended_text(Context& context) {
  const Names names = suspended_names(context);
  if (names.empty()) return "";
  return fmt::format("{} tokens, write keys and users that a restored backup brought back are refused",
                     thousands(static_cast<int64_t>(names.size())));
}

Result<Output> run_suspended_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Names names = suspended_names(context);
    output.json = json_of(names);
    output.text = names.empty() ? "Nothing is suspended.\n" : text_of(names) + "\n";
    return {};
  }));
  return output;
}

Result<Output> run_suspended_confirm(Context& context, const Arguments& arguments) {
  Names names;
  TRY(context.read([&]() -> Result<void> {
    names = suspended_names(context);
    return {};
  }));
  if (names.empty())
    return Error{ErrorKind::kConflict, "nothing_suspended", "no restore has suspended anything", "",
                 "nothing needs to be done"};
  TRY(confirmed(arguments,
                fmt::format("these came back with the backup and may come in again: {}. Take away "
                            "before what should not: pinrelay token revoke, write-key revoke, user "
                            "remove",
                            text_of(names))));
  TRY(context.engine.transact([&]() -> Result<void> {
    context.store().confirm_restored();
    return {};
  }));
  Output output;
  output.json = json_of(names);
  output.json["result"] = "confirmed";
  output.text = fmt::format("Confirmed: {}\n", text_of(names));
  return output;
}

}  // namespace pinrelay::cli
