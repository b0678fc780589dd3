// What whoever guards the service wants to know: who failed to come in, who was refused, and who looked at a
// person. Rows name callers and addresses; people who were looked at are named by their profile's id alone.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "store/db.h"

namespace pinrelay::store {

// The numbers are stored.
enum class SecurityKind : uint8_t {
  kSignInFailed = 1,
  kSignInDelayed = 2,
  kNewAddress = 3,
  kTokenRefused = 4,
  kForbidden = 5,
  kPersonViewed = 6,
};

struct SecurityKindInfo {
  SecurityKind kind;
  std::string_view name, meaning;
};
inline constexpr SecurityKindInfo kSecurityKinds[] = {
    {SecurityKind::kSignInFailed, "sign_in_failed",
     "a wrong password, an unknown user, or a link that is over"},
    {SecurityKind::kSignInDelayed, "sign_in_delayed",
     "a password that was not looked at, because too many were tried before"},
    {SecurityKind::kNewAddress, "new_address",
     "a user signed in from an address they have not used in the last 30 days"},
    {SecurityKind::kTokenRefused, "token_refused",
     "an API token or a write key that is unknown, has expired or was revoked"},
    {SecurityKind::kForbidden, "forbidden",
     "a known caller wanted what it may not do, or called from where it may not (403)"},
    {SecurityKind::kPersonViewed, "person_viewed", "somebody looked at a single person"},
};
// Null when there is none of that name.
const SecurityKindInfo* find_security_kind(std::string_view name);
std::string_view name_of(SecurityKind kind);

struct SecurityEventRow {
  int64_t number = 0;
  SecurityKind kind{};
  Time at{};
  std::string source;  // an address; "local" on the machine
  std::string who;     // "user ada", "token ci", "cli"; "" = unknown
  std::string what;    // the route or command that was asked for, and why it was refused
  Bytes whom;          // the profile id of the person who was looked at; empty: none
  int64_t count = 1;   // so many alike within a minute

  template <typename F>
  void columns(F f) {
    f("number", number), f("kind", kind), f("at", at), f("source", source), f("who", who), f("what", what);
    f("whom", whom), f("count", count);
  }
};

class SecurityEvents {
 public:
  static constexpr int64_t kRowsMax = 10'000;  // of a kind, so that noise of one kind pushes out no other
  static constexpr Millis kKept{90LL * 24 * 3'600'000};

  explicit SecurityEvents(Db& db);

  // Gives the row its number, and drops the oldest of its kind that is one too many.
  void append(SecurityEventRow row);
  // The newest first, from below `before` on (0: from the newest), until visit returns false.
  void each(int64_t before, const std::function<bool(const SecurityEventRow&)>& visit);
  struct Sum {
    int64_t events = 0, sources = 0;
  };
  Sum sum(SecurityKind kind, Time since);
  void drop_before(Time time);

 private:
  Statement append_, page_, sum_, cap_, drop_;
};

}  // namespace pinrelay::store
