#include "credentials/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinrelay::credentials {
namespace {

// A list that is written with it, and what Pinterest said no to there. Lists that nobody writes any more say
// nothing about today.
const exports::List* refused_list(exports::Core& core, const std::string& name) {
  for (const auto& [number, list] : core.lists)
    if (list.row.authorization == name && list.row.wait_code == "auth_error" &&
        (core.written(number) || core.driven(list)))
      return &list;
  return nullptr;
}

bool is_needed(const exports::Core& core, const std::string& name) {
  return std::ranges::any_of(core.jobs, [&](const auto& item) {
    return item.second.settings.authorization == name && item.second.writes();
  });
}

AuthorizationHealth of(const Health& health) {
  return {std::string(health.code), health.code.empty() ? "" : std::string(health.meaning),
          std::string(health.fix)};
}

AuthorizationHealth without_token(bool in_store, config::Method method) {
  if (!in_store) return {"token_unreadable", "the token cannot be read", "see 'pinrelay doctor'"};
  return {"no_credentials", "no credentials are stored yet",
          method == config::Method::kSignIn ? "sign in: pinrelay auth login"
                                            : "give the token: pinrelay auth add"};
}

AuthorizationHealth judge(const Credentials& credentials, exports::Core& core,
                          const config::Authorization& authorization) {
  const std::string& name = authorization.name;
  const auto stored = credentials.stored().find(name);
  const bool in_store = stored != credentials.stored().end();
  if (in_store && !stored->second.row.health.empty()) return of(health_of(stored->second.row.health));
  const auto token = core.tokens.token(name);
  if (!token) return without_token(in_store || !credentials.in_file(name), authorization.method);
  const auto known = core.authorizations.find(name);
  if (known != core.authorizations.end() && known->second.refused_token == *token)
    return {"token_refused", "Pinterest has refused the token",
            in_store && !stored->second.refresh.empty() ? "it is being renewed"
            : in_store                                  ? "give a new one: pinrelay auth add"
                                                        : "make a new one and put it into the token file"};
  if (const exports::List* list = refused_list(core, name))
    return {"not_permitted",
            fmt::format("Pinterest refuses it on the ad account {}: {}", list->row.ad_account,
                        list->row.wait_reason),
            "give the token's user the role Owner, Admin or Audience Manager there, or give another token; "
            "the jobs go on by themselves"};
  return {};
}

}  // namespace

AuthorizationHealth health_of(const Credentials& credentials, exports::Core& core,
                              const config::Authorization& authorization) {
  AuthorizationHealth health = judge(credentials, core, authorization);
  health.needed = is_needed(core, authorization.name);
  return health;
}

}  // namespace pinrelay::credentials
