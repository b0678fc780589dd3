#include "identity/instant.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "identity/ascii.h"
#include "identity/blank.h"

namespace pinrelay::identity {
namespace {

using std::chrono::year_month_day;

constexpr int64_t kMinute = 60, kHour = 3600, kDay = 24 * kHour;

// What is left to read. Every take… that is false has taken nothing.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_one_of(std::string_view characters, char& out) {
    if (done() || characters.find(peek()) == std::string_view::npos) return false;
    out = peek();
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (take(' ')) continue;
  }
  // Exactly `least` to `most` digits: one more is no number of this kind.
  bool take_number(size_t least, size_t most, int& out, size_t* digits = nullptr) {
    size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size])) ++size;
    if (size < least || size > most) return false;
    out = 0;
    for (size_t i = 0; i < size; ++i) out = out * 10 + (rest_[i] - '0');
    if (digits != nullptr) *digits = size;
    rest_.remove_prefix(size);
    return true;
  }
  void skip_digits() {
    while (is_digit(peek())) rest_.remove_prefix(1);
  }
  // A run of letters; empty when there is none.
  std::string_view word() const {
    size_t size = 0;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    return rest_.substr(0, size);
  }
  void skip(size_t size) { rest_.remove_prefix(size); }

 private:
  std::string_view rest_;
};

struct Date {
  year_month_day day;
  bool ambiguous = false;
};

year_month_day make_day(int year, int month, int day) {
  return year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                        std::chrono::day{static_cast<unsigned>(day)}};
}

// "mar" or "march", whole: 1 to 12; 0 = no month.
int month_of(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                            "may",       "june",     "july",     "august",
                                                            "september", "october",  "november", "december"};
  for (size_t i = 0; i < kMonths.size(); ++i) {
    const bool short_form = same_word(word, kMonths[i].substr(0, 3)) || (i == 8 && same_word(word, "sept"));
    if (short_form || same_word(word, kMonths[i])) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool is_weekday(std::string_view word) {
  static constexpr std::array<std::string_view, 7> kDays{"monday", "tuesday",  "wednesday", "thursday",
                                                         "friday", "saturday", "sunday"};
  return std::ranges::any_of(
      kDays, [&](std::string_view day) { return same_word(word, day) || same_word(word, day.substr(0, 3)); });
}

bool take_month(Scanner& in, int& month) {
  const std::string_view word = in.word();
  month = month_of(word);
  if (month == 0) return false;
  in.skip(word.size());
  return true;
}

// 2025-03-04, 2025/3/4, 20250304
std::optional<Date> year_first(Scanner in, Scanner& after) {
  int year = 0, month = 0, day = 0;
  size_t digits = 0;
  if (!in.take_number(4, 8, year, &digits) || (digits != 4 && digits != 8)) return std::nullopt;
  char separator = 0;
  if (digits == 8) {
    day = year % 100, month = year / 100 % 100, year /= 10'000;
  } else if (!in.take_one_of("-/.", separator) || !in.take_number(1, 2, month) || !in.take(separator) ||
             !in.take_number(1, 2, day)) {
    return std::nullopt;
  }
  after = in;
  return Date{make_day(year, month, day)};
}

// 03/04/2025
std::optional<Date> year_last(Scanner in, DateOrder order, Scanner& after) {
  int first = 0, second = 0, year = 0;
  char separator = 0;
  if (!in.take_number(1, 2, first) || !in.take_one_of("/-.", separator) || !in.take_number(1, 2, second) ||
      !in.take(separator) || !in.take_number(4, 4, year))
    return std::nullopt;
  after = in;
  const Date day_first{make_day(year, second, first)}, month_first{make_day(year, first, second)};
  if (!day_first.day.ok()) return month_first;
  if (!month_first.day.ok()) return day_first;
  Date out = order == DateOrder::kDayFirst ? day_first : month_first;
  out.ambiguous = first != second;
  return out;
}

// Tue, 4 Mar 2025 · 4 March 2025 · Mar 4, 2025
std::optional<Date> month_named(Scanner in, Scanner& after) {
  if (const std::string_view word = in.word(); is_weekday(word)) {
    in.skip(word.size());
    if (!in.take(',')) in.take('.');
    in.skip_spaces();
  }
  int year = 0, month = 0, day = 0;
  if (is_digit(in.peek())) {
    if (!in.take_number(1, 2, day)) return std::nullopt;
    in.take('.');
    in.skip_spaces();
    if (!take_month(in, month)) return std::nullopt;
    if (!in.take(',')) in.take('.');
  } else {
    if (!take_month(in, month)) return std::nullopt;
    in.take('.');
    in.skip_spaces();
    if (!in.take_number(1, 2, day)) return std::nullopt;
    in.take(',');
  }
  in.skip_spaces();
  if (!in.take_number(4, 4, year)) return std::nullopt;
  after = in;
  return Date{make_day(year, month, day)};
}

std::optional<Date> take_date(Scanner& in, DateOrder order) {
  Scanner after = in;
  std::optional<Date> date = year_first(in, after);
  if (!date) date = year_last(in, order, after);
  if (!date) date = month_named(in, after);
  if (!date || !date->day.ok()) return std::nullopt;
  in = after;
  return date;
}

// Seconds of the day. A leap second is the first second of the next minute.
std::optional<int64_t> take_clock(Scanner& in) {
  int hour = 0, minute = 0, second = 0;
  if (!in.take_number(1, 2, hour) || !in.take(':') || !in.take_number(2, 2, minute)) return std::nullopt;
  if (in.take(':')) {
    if (!in.take_number(2, 2, second)) return std::nullopt;
    if (in.peek() == '.' || in.peek() == ',') {
      in.skip(1);
      if (!is_digit(in.peek())) return std::nullopt;
      in.skip_digits();
    }
  }
  in.skip_spaces();
  const std::string_view word = in.word();
  const bool morning = same_word(word, "am"), evening = same_word(word, "pm");
  if (morning || evening) {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (evening ? 12 : 0);
    in.skip(2);
    in.skip_spaces();
  }
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return hour * kHour + minute * kMinute + second;
}

struct NamedZone {
  std::string_view name;
  int hours;
};
constexpr NamedZone kNamedZones[] = {{"z", 0},    {"utc", 0},  {"ut", 0},   {"gmt", 0},
                                     {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5},
                                     {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

// Seconds east of UTC. False: what stands there is no zone.
bool take_zone(Scanner& in, int64_t& offset) {
  char sign = 0;
  if (in.take_one_of("+-", sign)) {
    int hours = 0, minutes = 0;
    size_t digits = 0;
    if (!in.take_number(2, 4, hours, &digits) || digits == 3) return false;
    if (digits == 4) {
      minutes = hours % 100, hours /= 100;
    } else if (in.take(':') && !in.take_number(2, 2, minutes)) {
      return false;
    }
    if (hours > 23 || minutes > 59) return false;
    offset = (hours * kHour + minutes * kMinute) * (sign == '-' ? -1 : 1);
    return true;
  }
  const std::string_view word = in.word();
  for (const NamedZone& zone : kNamedZones) {
    if (!same_word(word, zone.name)) continue;
    in.skip(word.size());
    offset = zone.hours * kHour;
    return true;
  }
  return false;
}

// RFC 2822 lets a comment name the zone again: "+0100 (CET)".
void skip_comment(Scanner& in) {
  in.skip_spaces();
  Scanner inside = in;
  if (!inside.take('(')) return;
  while (is_letter(inside.peek()) || inside.peek() == ' ') inside.skip(1);
  if (inside.take(')')) in = inside;
}

std::optional<int64_t> seconds_of_number(double value) {
  constexpr double kSecondsEnd = 1e11, kMillisEnd = 1e14, kMicrosEnd = 1e17;
  const double size = std::abs(value);
  if (size >= kMicrosEnd) return std::nullopt;
  const double unit = size < kSecondsEnd ? 1 : size < kMillisEnd ? 1e3 : 1e6;
  return static_cast<int64_t>(std::floor(value / unit));
}

// Digits, perhaps with a sign, a fraction or an exponent, and nothing else.
std::optional<double> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (!is_digit(text[0]) && text[0] != '-')) return std::nullopt;
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_packed_date(std::string_view text) {
  return text.size() == 8 && std::ranges::all_of(text, is_digit) &&
         (text.starts_with("19") || text.starts_with("20"));
}

}  // namespace

struct InstantReader::Zone {
  std::unique_ptr<icu::BasicTimeZone> zone;

  // Seconds east of UTC at that local time.
  int64_t offset_at(int64_t local_seconds) const {
    UErrorCode status = U_ZERO_ERROR;
    int32_t raw = 0, saving = 0;
    zone->getOffsetFromLocal(static_cast<double>(local_seconds) * 1000.0, UCAL_TZ_LOCAL_FORMER,
                             UCAL_TZ_LOCAL_FORMER, raw, saving, status);
    return U_SUCCESS(status) ? (raw + saving) / 1000 : 0;
  }
};

bool is_time_zone(std::string_view name) {
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8({name.data(), static_cast<int32_t>(name.size())})));
  return *zone != icu::TimeZone::getUnknown();
}

InstantReader::InstantReader(std::string_view zone, DateOrder order) : order_(order) {
  if (zone == "UTC") return;
  std::unique_ptr<icu::TimeZone> found(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8({zone.data(), static_cast<int32_t>(zone.size())})));
  // All that ICU makes from a name are; the cast says so where it would not be.
  if (dynamic_cast<icu::BasicTimeZone*>(found.get()) != nullptr)
    zone_ = std::make_unique<Zone>(
        Zone{std::unique_ptr<icu::BasicTimeZone>(static_cast<icu::BasicTimeZone*>(found.release()))});
}

InstantReader::~InstantReader() = default;
InstantReader::InstantReader(InstantReader&&) noexcept = default;

std::optional<Instant> InstantReader::read(std::string_view text) const {
  text = trim(text);
  if (!is_packed_date(text)) {
    if (const auto number = whole_number(text)) {
      const auto seconds = seconds_of_number(*number);
      return seconds ? std::optional(Instant{*seconds, false}) : std::nullopt;
    }
  }
  Scanner in(text);
  const auto date = take_date(in, order_);
  if (!date) return std::nullopt;
  int64_t seconds = std::chrono::sys_days{date->day}.time_since_epoch().count() * kDay;
  std::optional<int64_t> offset;
  if (!in.done()) {
    char separator = 0;
    in.take(',');
    if (!in.take_one_of("Tt ", separator)) return std::nullopt;
    in.skip_spaces();
    const auto clock = take_clock(in);
    if (!clock) return std::nullopt;
    seconds += *clock;
    in.skip_spaces();
    if (int64_t east = 0; !in.done() && in.peek() != '(') {
      if (!take_zone(in, east)) return std::nullopt;
      offset = east;
    }
    skip_comment(in);
    if (!in.done()) return std::nullopt;
  }
  if (!offset) offset = zone_ ? zone_->offset_at(seconds) : 0;
  return Instant{seconds - *offset, date->ambiguous};
}

std::optional<year_month_day> read_date(std::string_view text, DateOrder order) {
  text = trim(text);
  Scanner in(text);
  const auto date = take_date(in, order);
  if (!date || !(in.done() || in.peek() == 'T' || in.peek() == 't' || in.peek() == ' ')) return std::nullopt;
  return date->day;
}

}  // namespace pinrelay::identity
