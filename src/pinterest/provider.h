// Pinterest as a provider of authorizations: the two methods, what each enables, and what has to be there
// before. `pinrelay provider list` shows this table, readable without a network.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace pinrelay::pinterest {

struct Prerequisite {
  std::string_view what;
  std::string_view how;   // to get it
  std::string_view link;  // Pinterest's own page, for those who are online; "" = none
};

struct AuthorizationMethod {
  std::string_view name;   // as the configuration says it
  std::string_view title;  // as people say it
  std::string_view summary;
  std::string_view audience_export, conversions_export;  // what it enables; "" = it does not
  std::span<const Prerequisite> prerequisites;
};

inline constexpr std::string_view kProviderName = "Pinterest";
inline constexpr std::string_view kProviderSummary =
    "Image sharing and ads: customer lists to target, and conversions to measure.";

inline constexpr Prerequisite kBusinessAccount{
    "a Pinterest Business account with an ad account",
    "make one at Pinterest, or turn a personal account into a business account; then open Ads Manager once, "
    "which makes the ad account",
    "https://help.pinterest.com/business"};
inline constexpr std::array kSignInPrerequisites{
    kBusinessAccount,
    Prerequisite{
        "a role on the ad account",
        "customer lists need Owner, Admin or Audience; conversions also accept Analyst and Campaign. "
        "The owner gives roles under Business Access",
        "https://help.pinterest.com/business"},
    Prerequisite{"a Pinterest app of your own, with Trial or Standard access",
                 "register one at developers.pinterest.com; Trial access allows 300 changes of lists a day, "
                 "Standard access as many as live export needs",
                 "https://developers.pinterest.com"},
    Prerequisite{
        "the app's id, secret and redirect URI",
        "name id and secret under `pinterest:` in the configuration, and register "
        "<public_url>/oauth/pinterest with the app; `pinrelay auth login` then signs in and prints exactly "
        "what to register. Without an app of your own: an access token with ads:read and ads:write in the "
        "file that the authorization's `token` names",
        "https://developers.pinterest.com"},
};
inline constexpr std::array kConversionTokenPrerequisites{
    kBusinessAccount,
    Prerequisite{
        "a conversion token",
        "in Ads Manager open Conversions, then Conversions API, and generate a token. Pinterest shows "
        "it once. Whoever makes it is the ad account's Owner, or has the role Admin, Analyst, "
        "Audience or Campaign",
        "https://ads.pinterest.com"},
    Prerequisite{"the ad account's id", "the digits in Ads Manager's address; a token cannot be asked for it",
                 ""},
};
// In the order of config::Method.
inline constexpr AuthorizationMethod kAuthorizationMethods[] = {
    {"sign_in", "Pinterest Sign-In", "acts for a Pinterest user who has a role on ad accounts",
     "yes, on every ad account where the role allows it", "yes, with the ad account named in the job",
     kSignInPrerequisites},
    {"conversion_token", "Pinterest Conversion Token", "may send conversions to one ad account, nothing else",
     "", "yes, on its ad account", kConversionTokenPrerequisites},
};

}  // namespace pinrelay::pinterest
