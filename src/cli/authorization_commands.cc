// provider list, auth list, auth verify and auth accounts: what an authorization can be, which there are,
// whether Pinterest takes one, and for which ad accounts. Asking changes nothing, here or there.
#include <fmt/format.h>

#include <algorithm>

#include "cli/authorization_views.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "credentials/health.h"
#include "pinterest/answer.h"
#include "pinterest/provider.h"
#include "pinterest/requests.h"
#include "pinterest/tables.h"

namespace pinrelay::cli {
namespace {

using pinterest::Verdict;

constexpr int kPagesMax = 40;  // of 250 ad accounts

const pinterest::AuthorizationMethod& method_of(const config::Authorization& authorization) {
  return pinterest::kAuthorizationMethods[static_cast<size_t>(authorization.method)];
}

std::string_view tier_name(config::Tier tier) { return tier == config::Tier::kTrial ? "trial" : "standard"; }

Json method_json(const pinterest::AuthorizationMethod& method) {
  Json json = {{"name", method.name},
               {"title", method.title},
               {"summary", method.summary},
               {"job_types", Json::array()},
               {"prerequisites", Json::array()}};
  if (!method.audience_export.empty()) json["job_types"].push_back("audience_export");
  if (!method.conversions_export.empty()) json["job_types"].push_back("conversions_export");
  for (const pinterest::Prerequisite& each : method.prerequisites)
    json["prerequisites"].push_back({{"what", each.what}, {"how", each.how}, {"link", each.link}});
  return json;
}

// What came of asking Pinterest: "verified", or why not. Only the first three refusals say something about
// the authorization itself.
struct Finding {
  std::string_view code;
  std::string_view meaning, fix;
};
Finding finding_of(const pinterest::Answer& answer) {
  if (answer.tls_failed)
    return {"not_verified",
            "whoever answers at Pinterest's address cannot prove to be Pinterest: nothing was sent",
            "check this machine's clock, the CA file (pinrelay doctor) and what on the way opens TLS"};
  switch (answer.verdict) {
    case Verdict::kDone:
      return {"verified", "Pinterest takes it", ""};
    case Verdict::kAuth:
      return {"token_refused", "Pinterest refuses the token: it is wrong, expired or revoked",
              "make a new one and put it into the token file"};
    case Verdict::kForbidden:
      return {"not_permitted", "the token is right, and has no right on this ad account",
              "correct the ad account, or give the token's user a role on it"};
    case Verdict::kRefused:
    case Verdict::kGone:
    case Verdict::kTooLarge:
      return {"refused", "Pinterest refuses the question", "check the ad account's id"};
    case Verdict::kUnknown:
    case Verdict::kNotSent:
    case Verdict::kThrottled:
    case Verdict::kRampedDown:
      break;
  }
  return {"not_verified", "Pinterest gives no clear answer at the moment", "try again later"};
}

Output verify_token(Context& context, const config::Authorization& authorization,
                    const pinterest::Access& access) {
  count_call(context, authorization);
  Output asked;
  asked.call = std::make_shared<Call>(
      Call{pinterest::send_test_event(access, authorization.ad_account, context.clock.now()),
           [&context, authorization](const http::Response& response) {
             Output output;
             output.json = {{"authorization", authorization.name}, {"ad_account", authorization.ad_account}};
             const auto answer = pinterest::judge_events(response, 1, context.clock.now());
             say_finding(authorization.name, answer.answer, output);
             return output;
           }});
  asked.call->request.timeout = kAnswerMax;
  return asked;
}

void add_account(const pinterest::AdAccount& account, Output& output) {
  const bool lists = pinterest::can_write_lists(account.permissions);
  const bool conversions = pinterest::can_send_conversions(account.permissions);
  Json job_types = Json::array();
  if (lists) job_types.push_back("audience_export");
  if (conversions) job_types.push_back("conversions_export");
  output.json["ad_accounts"].push_back({{"id", account.id},
                                        {"name", account.name},
                                        {"permissions", account.permissions},
                                        {"job_types", job_types}});
  output.text += fmt::format("  {} {}: {} ({})\n", plain(account.id), plain(account.name),
                             lists         ? "both kinds of jobs"
                             : conversions ? "conversions only: lists need Owner, Admin or Audience"
                                           : "no jobs: its role allows neither lists nor conversions",
                             plain(joined(account.permissions)));
}

// Page after page of ad accounts.
Output ask_accounts(Context& context, const config::Authorization& authorization,
                    const pinterest::Access& access, const std::string& bookmark, int page_number,
                    Output so_far) {
  count_call(context, authorization);
  Output asked;
  asked.call = std::make_shared<Call>(Call{
      pinterest::list_ad_accounts(access, bookmark),
      [&context, authorization, access, page_number,
       so_far = std::move(so_far)](const http::Response& response) {
        Output output = so_far;
        const auto answer =
            pinterest::judge(response, pinterest::Expect::kAdAccountPage, context.clock.now());
        if (answer.verdict == Verdict::kDone) {
          const pinterest::Page<pinterest::AdAccount> page =
              pinterest::read_ad_accounts(response.body).value();
          for (const pinterest::AdAccount& account : page.items) add_account(account, output);
          if (!page.bookmark.empty() && page_number < kPagesMax)
            return ask_accounts(context, authorization, access, page.bookmark, page_number + 1,
                                std::move(output));
          if (output.json["ad_accounts"].empty())
            output.text += "  It sees no ad account: make one in Ads Manager, or ask for a role on one.\n";
        }
        say_finding(authorization.name, answer, output);
        return output;
      }});
  asked.call->request.timeout = kAnswerMax;
  return asked;
}

// Who it is; that may stay unknown, where the scope user_accounts:read was not given.
Output verify_sign_in(Context& context, const config::Authorization& authorization,
                      const pinterest::Access& access) {
  count_call(context, authorization);
  Output asked;
  asked.call = std::make_shared<Call>(Call{
      pinterest::get_user_account(access), [&context, authorization, access](const http::Response& response) {
        Output output;
        output.json = {
            {"authorization", authorization.name}, {"connected_as", nullptr}, {"ad_accounts", Json::array()}};
        const auto answer = pinterest::judge(response, pinterest::Expect::kUserAccount, context.clock.now());
        const auto user = pinterest::read_user_account(response.body);
        if (answer.verdict == Verdict::kDone && user.ok()) {
          output.json["connected_as"] = user->username;
          output.text = fmt::format("Connected as {}.\n", plain(user->username));
        }
        return ask_accounts(context, authorization, access, "", 1, std::move(output));
      }});
  asked.call->request.timeout = kAnswerMax;
  return asked;
}

Result<config::Authorization> find_authorization(Context& context, const std::string& name) {
  const auto all = all_authorizations(context);
  const auto found = std::ranges::find(all, name, &config::Authorization::name);
  if (found != all.end()) return *found;
  return Error{ErrorKind::kNotFound, "no_authorization",
               fmt::format("there is no authorization '{}'", plain(name)), "", "see 'pinrelay auth list'"};
}

Json authorization_json(Context& context, const config::Authorization& authorization,
                        const Arguments& arguments) {
  const auto found = context.credentials.stored().find(authorization.name);
  const store::AuthorizationRow row =
      found == context.credentials.stored().end() ? store::AuthorizationRow{} : found->second.row;
  std::vector<std::string> used_by;
  for (const auto& [number, job] : context.engine.core().jobs)
    if (job.settings.authorization == authorization.name && arguments.sees(job.row.name))
      used_by.push_back(job.row.name);
  const auto health = credentials::health_of(context.credentials, context.engine.core(), authorization);
  return {{"name", authorization.name},
          {"label", row.label.empty() ? authorization.name : row.label},
          {"description", row.description},
          {"provider", pinterest::kProviderName},
          {"method", method_of(authorization).name},
          {"tier", tier_name(authorization.tier)},
          {"ad_account", authorization.ad_account.empty() ? Json() : Json(authorization.ad_account)},
          {"connected_as", row.connected_as.empty() ? Json() : Json(row.connected_as)},
          {"kept_in", authorization.in_store() ? "store" : "file"},
          {"health", health.code.empty() ? "healthy" : "unhealthy"},
          {"health_code", health.code},
          {"reason", health.meaning},
          {"fix", health.fix},
          {"checked_at", json_time(row.checked_at)},
          {"expires_at", json_time(row.expires_at)},
          {"sign_in_until", json_time(row.refresh_expires_at)},
          {"created_at", json_time(row.created_at)},
          {"owner", row.created_by.empty() ? Json() : Json(row.created_by)},
          {"used_by", used_by}};
}

}  // namespace

std::vector<config::Authorization> all_authorizations(Context& context) {
  std::vector<config::Authorization> all = context.config.authorizations;
  for (const auto& [name, stored] : context.credentials.stored()) {
    if (std::ranges::find(all, name, &config::Authorization::name) != all.end()) continue;
    config::Authorization& added = all.emplace_back();
    added.name = name;
    added.method = static_cast<config::Method>(stored.row.method);
    added.ad_account = stored.row.ad_account;
    added.tier = context.credentials.tier(name);
  }
  return all;
}

void count_call(Context& context, const config::Authorization& authorization) {
  context.engine.core().authorizations[authorization.name].spent(context.clock.now(), false);
}

void say_finding(const std::string& authorization, const pinterest::Answer& answer, Output& output) {
  const Finding finding = finding_of(answer);
  output.json["result"] = finding.code;
  output.json["meaning"] = finding.meaning;
  output.json["fix"] = finding.fix;
  output.json["status"] = answer.status == 0 ? Json() : Json(answer.status);
  output.json["message"] = answer.message;
  output.json["pinterest_request_id"] = answer.request_id;
  output.text += fmt::format("{}: {}: {}{}\n", plain(authorization), finding.code, finding.meaning,
                             finding.fix.empty() ? "" : fmt::format(" — {}", finding.fix));
  if (!answer.message.empty() && answer.verdict != Verdict::kDone)
    output.text += fmt::format("Pinterest: {}\n", plain(answer.message));
  output.exit_code = answer.verdict == Verdict::kDone ? 0 : 1;
}

Output failed(const Error& error) {
  return {{{"error",
            {{"code", error.code}, {"message", error.message}, {"where", error.where}, {"fix", error.fix}}}},
          error.text() + "\n",
          exit_code(error)};
}

Result<Output> run_provider_list(const Arguments&) {
  Output output;
  Json methods = Json::array();
  output.text = fmt::format("{}: {}\n", pinterest::kProviderName, pinterest::kProviderSummary);
  for (const pinterest::AuthorizationMethod& method : pinterest::kAuthorizationMethods) {
    methods.push_back(method_json(method));
    output.text += fmt::format("\n{} (method: {}): {}\n", method.title, method.name, method.summary);
    TextTable table("  ");
    const auto enables = [](std::string_view text) { return text.empty() ? "no" : std::string(text); };
    table.row({"Audience Export", enables(method.audience_export)});
    table.row({"Conversions Export", enables(method.conversions_export)});
    output.text += table.text() + "  You need first:\n";
    for (const pinterest::Prerequisite& each : method.prerequisites)
      output.text += fmt::format("  - {}: {}{}\n", each.what, each.how,
                                 each.link.empty() ? "" : fmt::format(" ({})", each.link));
  }
  output.json = {{"providers",
                  {{{"name", pinterest::kProviderName},
                    {"summary", pinterest::kProviderSummary},
                    {"methods", methods}}}}};
  return output;
}

Result<Output> run_auth_list(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    output.json = {{"as_of", json_time(context.clock.now())}, {"authorizations", Json::array()}};
    TextTable table;
    table.row({"NAME", "LABEL", "PROVIDER", "METHOD", "TIER", "AD ACCOUNT", "HEALTH", "USED BY"});
    const auto all = all_authorizations(context);
    for (const config::Authorization& authorization : all) {
      Json json = authorization_json(context, authorization, arguments);
      const auto text = [&](const char* key) { return json[key].get<std::string>(); };
      table.row({authorization.name, text("label"), std::string(pinterest::kProviderName),
                 std::string(method_of(authorization).title), std::string(tier_name(authorization.tier)),
                 authorization.ad_account.empty() ? "named by each job" : authorization.ad_account,
                 text("health") + (text("reason").empty() ? "" : ": " + text("reason")),
                 joined(json["used_by"].get<std::vector<std::string>>())});
      output.json["authorizations"].push_back(std::move(json));
    }
    output.text = all.empty()
                      ? "There is no authorization: see 'pinrelay provider list' for what one needs.\n"
                      : table.text();
    output.text += notices(context) + as_of(context.clock.now());
    return {};
  }));
  return output;
}

Result<Reachable> reach(Context& context, const std::string& name) {
  const config::Authorization authorization = TRY(find_authorization(context, name));
  const auto token = context.credentials.token(authorization.name);
  if (!token) {
    const auto health = credentials::health_of(context.credentials, context.engine.core(), authorization);
    return Error{ErrorKind::kConflict, health.code, health.meaning, authorization.token.path, health.fix};
  }
  return Reachable{authorization, {context.config.pinterest_base_url, *token}};
}

Result<Output> run_auth_verify(Context& context, const Arguments& arguments) {
  const auto [authorization, access] = TRY(reach(context, arguments.positional.at(0)));
  return authorization.method == config::Method::kConversionToken
             ? verify_token(context, authorization, access)
             : verify_sign_in(context, authorization, access);
}

Result<Output> run_auth_accounts(Context& context, const Arguments& arguments) {
  const auto [authorization, access] = TRY(reach(context, arguments.positional.at(0)));
  if (authorization.method == config::Method::kConversionToken)
    return Error{ErrorKind::kConflict, "no_sign_in",
                 fmt::format("'{}' is a conversion token: it is for the ad account {} alone",
                             plain(authorization.name), authorization.ad_account),
                 "", "name an authorization of the method sign_in"};
  Output output;
  output.json = {{"authorization", authorization.name}, {"ad_accounts", Json::array()}};
  return ask_accounts(context, authorization, access, "", 1, std::move(output));
}

}  // namespace pinrelay::cli
