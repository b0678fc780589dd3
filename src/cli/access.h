// What the commands about users and tokens share.
#pragma once

#include "admin/users.h"
#include "cli/command.h"
#include "config/address.h"

namespace pinrelay::cli {

Result<store::Role> read_role(const std::string& text);
// "90d", "12h"
Result<Millis> read_span(const std::string& text);
// The names that jobs have now, by their numbers as a token has them (store::ApiTokenRow::jobs).
std::vector<std::string> job_names(Context& context, const std::string& numbers);
// The link that lets a user set a password.
std::string invitation_link(const config::Config& config, uint16_t port, const Secret& ticket);
// For the first admin; kConflict once somebody can sign in.
Result<Secret> claim_ticket(Context& context);

}  // namespace pinrelay::cli
