// What Pinterest documents, as tables: error codes, rate limits, list statuses, roles. The reference pages
// derive from them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pinrelay::pinterest {

// Codes are looked up together with the HTTP status: the same number means different things under different
// statuses. Status 0 = Pinterest does not say which status carries the code.
struct ErrorCode {
  int status;
  int code;
  std::string_view meaning;
  std::string_view action;  // what we do, then what a person can do
};
inline constexpr ErrorCode kErrorCodes[] = {
    {400, 1, "The request has invalid parameters; the message names them.",
     "The batch is halved until the guilty record stands alone; the record is kept as Rejected."},
    {400, 400, "The parameters of an audience call are invalid.",
     "The call is not repeated. Check the list's state in Ads Manager."},
    {401, 2, "Authentication failed: the token is wrong, expired or revoked.",
     "The job sleeps with auth_error and loses nothing. Put a new token into the token file."},
    {401, 3, "The token lacks a scope.",
     "The job sleeps with auth_error. Make a token with ads:read and ads:write."},
    {401, 7, "The token is not authorised.", "The job sleeps with auth_error. Make a new token."},
    {403, 29, "The user may not touch this ad account (or the app's Trial access forbids the call).",
     "The job fails. Give the user the role Owner, Admin or Audience Manager on the ad account, then "
     "resume."},
    {403, 403, "The user account is not accessible.",
     "The job fails. Check who owns the token, then resume."},
    {403, 2625, "The ad account is disapproved.", "The job fails. Clear it with Pinterest, then resume."},
    {403, 2626, "The ad account is under review.", "The job fails. Resume when the review is over."},
    {404, 404, "Not found.", "The job fails. Check the ids in the configuration."},
    {404, 1000, "The audience was not found.",
     "The audience was deleted at Pinterest; the list still works."},
    {404, 1001, "The customer list was not found.",
     "The job fails: the list was deleted at Pinterest. Choose another list, apply, and the job resumes."},
    {405, 5, "The method is not allowed.", "A bug of ours or a changed API: report it."},
    {429, 8, "A rate limit was exceeded (or, with \"spam\" in the message, an anti-spam block).",
     "We wait as long as Pinterest says, then go on. After a spam block ask Pinterest's support."},
    {503, 4197, "The endpoint is switched off at Pinterest's side.", "We ask again every few minutes."},
    {0, 1018, "USER_LIST_NOT_FOUND: the customer list was not found.",
     "The job fails: the list was deleted at Pinterest. Choose another list, apply, and the job resumes."},
    {0, 1019, "An audience needs at least 100 matched accounts.",
     "The audience becomes usable once more people match."},
    {0, 1020, "PINNER_LIST_NOT_FOUND or PINNER_LIST_DELETED: the audience's list is gone.",
     "The job fails. Choose another list, apply, and the job resumes."},
    {0, 2740, "MALFORMATTED_USER_LIST: the records cannot be read.",
     "The batch is halved until the guilty record stands alone; the record is kept as Rejected."},
    {0, 2741, "NO_VALID_USER_LIST: no record of the request is usable.",
     "The batch is halved until the guilty records stand alone; they are kept as Rejected."},
    {0, 2742, "EXCEEDED_MAX_USER_LISTS_PER_REQUEST_LIMIT: too many lists asked for at once.",
     "A bug of ours or a changed API: report it."},
};

// The row of that code, preferring the one of that status; nullptr when there is neither.
const ErrorCode* find_error(int status, int code);

enum class Tier : uint8_t { kTrial, kStandard };
// Pinterest counts requests by category, per user and app (Trial: per app).
enum class Category : uint8_t { kAll, kAdsRead, kAdsWrite, kOrgRead };

struct RateLimit {
  Tier tier;
  Category category;
  unsigned requests;
  Millis window;
};
inline constexpr Millis kSecond{1'000}, kMinute{60'000}, kDay{24 * 3600'000};
inline constexpr RateLimit kRateLimits[] = {
    {Tier::kTrial, Category::kAll, 1'000, kDay},
    {Tier::kTrial, Category::kAdsRead, 1'000, kDay},
    {Tier::kTrial, Category::kAdsWrite, 300, kDay},
    {Tier::kTrial, Category::kOrgRead, 1'000, kDay},
    {Tier::kStandard, Category::kAll, 100, kSecond},
    {Tier::kStandard, Category::kAdsRead, 1'000, kMinute},
    {Tier::kStandard, Category::kAdsWrite, 400, kMinute},
    {Tier::kStandard, Category::kOrgRead, 1'000, kMinute},
};
constexpr RateLimit rate_limit(Tier tier, Category category) {
  for (const RateLimit& limit : kRateLimits)
    if (limit.tier == tier && limit.category == category) return limit;
  return {};
}

struct ListStatus {
  std::string_view name;
  std::string_view meaning;
};
// An open set: another status is shown as it comes.
inline constexpr ListStatus kListStatuses[] = {
    {"UPLOADING", "Pinterest is still taking records in."},
    {"PROCESSING", "Pinterest is matching; this takes up to two days. Changes can be sent meanwhile."},
    {"READY", "The list can be used."},
    {"TOO_SMALL", "Fewer than 100 Pinterest accounts match; it becomes READY when more do."},
};

// Permissions on an ad account, any of which lets a user write customer lists and audiences.
inline constexpr std::string_view kListWriterRoles[] = {"OWNER", "ADMIN", "AUDIENCE_MANAGER"};
// The same for sending conversions.
inline constexpr std::string_view kConversionRoles[] = {"OWNER", "ADMIN", "AUDIENCE_MANAGER", "ANALYST",
                                                        "CAMPAIGN_MANAGER"};
bool can_write_lists(std::span<const std::string> permissions);
bool can_send_conversions(std::span<const std::string> permissions);

}  // namespace pinrelay::pinterest
