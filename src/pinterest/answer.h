// What the end of an exchange means for the one who asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/client.h"
#include "pinterest/message.h"
#include "pinterest/objects.h"

namespace pinrelay::pinterest {

enum class Verdict {
  kDone,        // a 2xx with the expected object
  kUnknown,     // ended after the first byte of the body in any way not named here: a timeout, a lost
                // connection, 408, a 5xx, an unreadable 2xx. It may or may not have been applied.
  kNotSent,     // surely not applied: nothing left us
  kThrottled,   // 429; surely not applied, like all that follow
  kRampedDown,  // 503 with code 4197: switched off at Pinterest's side
  kAuth,        // 401: the token is refused, or lacks a scope
  kForbidden,   // 403: no right on this ad account
  kGone,        // 404, or a 400 that says the list does not exist
  kTooLarge,    // 413, or a 400 that says so: fewer records fit
  kRefused,     // any other 4xx: the same request is refused again
};

// "done", "unknown", "not_sent" …: stable, for logs and records.
std::string_view to_text(Verdict verdict);

// The object that a 2xx must hold to be readable.
enum class Expect {
  kList,
  kAudience,
  kAdAccount,
  kUserAccount,
  kListPage,
  kAudiencePage,
  kAdAccountPage,
  kEvents,
  kGrant
};

struct Answer {
  Verdict verdict = Verdict::kNotSent;
  int status = 0;              // HTTP; 0 = no answer
  int code = 0;                // Pinterest's own; 0 = none
  std::string message;         // Pinterest's or the transport's words, made safe (message.h)
  std::optional<Millis> wait;  // Pinterest's wish: Retry-After, or with a 429 else X-RateLimit-Reset
  std::string request_id;      // x-pinterest-rid, for Pinterest's support
  bool tls_failed = false;     // with kNotSent: no trustworthy connection was to be had
  bool spam_block = false;     // a 429 that is an anti-spam block: asking again soon makes it worse
};

// Pinterest's codes for a customer list that does not exist.
constexpr int kListNotFound = 1001, kUserListNotFound = 1018;
// With kGone: Pinterest speaks of the list, not of its ad account or of an address it does not know.
constexpr bool says_list_gone(const Answer& answer) {
  return answer.code == kListNotFound || answer.code == kUserListNotFound;
}

// `now` is for a Retry-After that is a date. When the verdict is kDone the body can be read with the function
// of `expect` (objects.h).
Answer judge(const http::Response& response, Expect expect, Time now);

struct EventsAnswer {
  Answer answer;
  std::vector<EventResult>
      results;  // one for each event sent, or none: then the verdict holds for all of them
};
// Of a request with so many events. A 422 that tells each event's fate is kDone like a 200.
EventsAnswer judge_events(const http::Response& response, size_t events, Time now);

}  // namespace pinrelay::pinterest
