#include "pinterest/tables.h"

#include <algorithm>

namespace pinrelay::pinterest {
namespace {

constexpr bool every_category_has_a_limit() {
  for (const Tier tier : {Tier::kTrial, Tier::kStandard})
    for (const Category category :
         {Category::kAll, Category::kAdsRead, Category::kAdsWrite, Category::kOrgRead})
      if (rate_limit(tier, category).requests == 0) return false;
  return true;
}
static_assert(every_category_has_a_limit());

constexpr bool no_error_twice() {
  for (const ErrorCode& a : kErrorCodes)
    for (const ErrorCode& b : kErrorCodes)
      if (&a != &b && a.status == b.status && a.code == b.code) return false;
  return true;
}
static_assert(no_error_twice());

bool has_any(std::span<const std::string> permissions, std::span<const std::string_view> roles) {
  return std::ranges::any_of(
      permissions, [&](std::string_view role) { return std::ranges::find(roles, role) != roles.end(); });
}

}  // namespace

const ErrorCode* find_error(int status, int code) {
  for (const int wanted : {status, 0})
    for (const ErrorCode& error : kErrorCodes)
      if (error.status == wanted && error.code == code) return &error;
  return nullptr;
}

bool can_write_lists(std::span<const std::string> permissions) {
  return has_any(permissions, kListWriterRoles);
}

bool can_send_conversions(std::span<const std::string> permissions) {
  return has_any(permissions, kConversionRoles);
}

}  // namespace pinrelay::pinterest
