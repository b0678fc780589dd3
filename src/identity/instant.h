// Points in time and dates as people and programs write them. Best effort, but never a guess that is not
// told: what can be read in two ways is read by the given order and marked.
//
// Read are, with blanks of any kind between the parts:
//   seconds, milliseconds or microseconds since 1970, told apart by their size (from 10^8, 10^11, 10^14).
//   Less is no time, nor are 14 digits (a date without separators) or 1.79598E+09 (digits are lost)
//   2025-03-04, 2025/03/04, 2025.03.04, 20250304, each with or without a time behind it
//   03/04/2025, 03-04-2025, 03.04.2025      by `order`; ambiguous when both numbers could be the month
//   4 Mar 2025, Tue, 4 Mar 2025, 4-MAR-2025, Mar 4, 2025; Tue Mar 4 17:05:09 UTC 2025
//   the time: 17:05, 17:05:09, 17:05:09.123, 5:05 PM; after a space or 'T'; 20250304T170509
//   the zone: Z, UTC, GMT, +01:00, +0100, +01, GMT+0100, UTC+01:00, [Europe/Paris], the American ones of
//   RFC 2822 (EST …) and others whose name means one thing (CET …); a comment in parentheses is skipped
// What names no zone is taken to be local to the reader's; a date alone is its midnight. A time that a change
// to or from daylight saving skips or repeats is read with the offset before the change.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace pinrelay::identity {

enum class DateOrder : uint8_t { kDayFirst, kMonthFirst };

struct Instant {
  int64_t seconds = 0;     // since 1970, rounded down
  bool ambiguous = false;  // day and month could be the other way round
};

// An IANA name that is known here: "Europe/Berlin".
bool is_time_zone(std::string_view name);

// Not thread-safe: one per thread.
class InstantReader {
 public:
  // An unknown zone is taken for UTC: ask is_time_zone before.
  InstantReader(std::string_view zone, DateOrder order);
  ~InstantReader();
  InstantReader(InstantReader&&) noexcept;

  std::optional<Instant> read(std::string_view text) const;

 private:
  struct Zone;
  static std::unique_ptr<Zone> make_zone(std::string_view name);
  std::unique_ptr<Zone> zone_;  // none: UTC
  DateOrder order_;
};

// The date alone, of any of the forms above but the seconds since 1970.
std::optional<std::chrono::year_month_day> read_date(std::string_view text, DateOrder order);

}  // namespace pinrelay::identity
