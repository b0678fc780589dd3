// Reading Pinterest's objects. Lenient where the API drifts: unknown keys are ignored, a missing field equals
// null equals "", a number may come as a string. Strict where it matters: text that is not one whole JSON
// object, or an object without its id, is an error (kind kUnavailable, code pinterest_unreadable).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinrelay::pinterest {

// None of the counters is the size of the list: they grow with every record sent. The size is the audience's.
struct CustomerList {
  std::string id, ad_account_id, name;
  std::string status;                          // see kListStatuses
  int64_t created_time = 0, updated_time = 0;  // seconds since 1970; 0 = not told
  int64_t uploaded = 0, removed = 0, batches = 0;
};

struct Audience {
  std::string id, ad_account_id, name, type, status;
  std::string list;             // the customer list it is made of, or ""
  std::optional<int64_t> size;  // matched accounts
  int64_t created_time = 0;     // seconds since 1970; 0 = not told
};

struct AdAccount {
  std::string id, name, owner;           // owner: a user name
  std::vector<std::string> permissions;  // see can_write_lists
};

struct UserAccount {
  std::string id, username, type, business_name;  // type: PINNER or BUSINESS
};

// An item without an id is left out: it could not be named in a request.
template <typename T>
struct Page {
  std::vector<T> items;
  std::string bookmark;  // "" = the last page
};

Result<CustomerList> read_list(std::string_view body);
Result<Audience> read_audience(std::string_view body);
Result<AdAccount> read_ad_account(std::string_view body);
Result<UserAccount> read_user_account(std::string_view body);
Result<Page<CustomerList>> read_lists(std::string_view body);
Result<Page<Audience>> read_audiences(std::string_view body);
Result<Page<AdAccount>> read_ad_accounts(std::string_view body);

// What Pinterest says of one event of a request.
struct EventResult {
  bool processed = false;
  bool warned = false;
  std::string words;  // the error's or the warning's, as they came: pass them through safe_message
};
// The results of the answer's events, in the order of the request; empty when the body has none, or another
// number of them than `events`. An error's body has them under `details`.
std::vector<EventResult> read_event_results(std::string_view body, size_t events);

// The body of an error, where it is one: {"code": …, "message": …}.
struct ErrorBody {
  int code = 0;         // 0 = none
  std::string message;  // as it came: pass it through safe_message (message.h) before anybody sees it
};
std::optional<ErrorBody> read_error_body(std::string_view body);

}  // namespace pinrelay::pinterest
