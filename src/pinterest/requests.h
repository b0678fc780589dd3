// Every request we can make of Pinterest, as data: nothing here sends. Ids are strings of digits and stay
// strings (18 digits do not fit a double).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "http/client.h"

namespace pinrelay::pinterest {

// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

struct Access {
  std::string base_url;  // https://api.pinterest.com/v5
  std::string token;     // OAuth access token with ads:read and ads:write
};

enum class ListType : uint8_t { kEmail = 1, kMaid = 2 };
enum class Operation : uint8_t { kAdd = 1, kRemove = 2 };

// "EMAIL", "MAID" / "ADD", "REMOVE"
std::string_view to_text(ListType type);
std::string_view to_text(Operation operation);

// Customer lists. Pinterest refuses a list or an update without records, so `records` is never empty. Names
// need not be unique: remember the id of the answer.
http::Request create_list(const Access& access, std::string_view ad_account, std::string_view name,
                          ListType type, std::span<const Hash> records);
http::Request update_list(const Access& access, std::string_view ad_account, std::string_view list,
                          Operation operation, std::span<const Hash> records);
http::Request get_list(const Access& access, std::string_view ad_account, std::string_view list);
// A page of 250, newest first. `bookmark` is "" for the first page, then what the page before gave.
http::Request list_lists(const Access& access, std::string_view ad_account, std::string_view bookmark);

// Audiences: what makes a customer list targetable.
http::Request create_audience(const Access& access, std::string_view ad_account, std::string_view name,
                              std::string_view list, std::string_view description);
http::Request get_audience(const Access& access, std::string_view ad_account, std::string_view audience);
// A page of 250, newest first.
http::Request list_audiences(const Access& access, std::string_view ad_account, std::string_view bookmark);

// Conversions: events as conversion_event.h builds them, at least one and at most kEventsMax. With `test`
// Pinterest looks at the first 20 and records nothing.
inline constexpr size_t kEventsMax = 1'000, kTestEventsMax = 20;
http::Request send_events(const Access& access, std::string_view ad_account,
                          std::span<const std::string_view> events, bool test);

// An event of nobody, as a test: whether the token may send conversions to the ad account. Records nothing.
http::Request send_test_event(const Access& access, std::string_view ad_account, Time now);

http::Request get_ad_account(const Access& access, std::string_view ad_account);
// A page of 250, with those shared with the user.
http::Request list_ad_accounts(const Access& access, std::string_view bookmark);
// Who the token belongs to; needs user_accounts:read.
http::Request get_user_account(const Access& access);

// Whether requests go to Pinterest itself, and not to a simulator.
bool is_pinterest(const std::string& base_url);

}  // namespace pinrelay::pinterest
