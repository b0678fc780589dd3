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
  // A run of what IANA names zones with: America/Port-au-Prince.
  std::string_view zone_name() const {
    if (!is_letter(peek())) return {};
    const auto of_a_name = [](char c) {
      return is_letter(c) || is_digit(c) || c == '_' || c == '/' || c == '-';
    };
    return rest_.substr(0, static_cast<size_t>(std::ranges::find_if_not(rest_, of_a_name) - rest_.begin()));
  }
  std::string_view rest() const { return rest_; }
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

// 1st, 2nd, 3rd, 4th
void skip_ordinal(Scanner& in) {
  for (const std::string_view ending : {"st", "nd", "rd", "th"})
    if (same_word(in.word(), ending)) return in.skip(ending.size());
}

void skip_weekday(Scanner& in) {
  const std::string_view word = in.word();
  if (!is_weekday(word)) return;
  in.skip(word.size());
  if (!in.take(',')) in.take('.');
  in.skip_spaces();
}

// Tue, 4 Mar 2025 · 4 March 2025 · 4-MAR-2025 · 4/Mar/2025 · Mar 4, 2025 · March 4th, 2025
std::optional<Date> month_named(Scanner in, Scanner& after) {
  skip_weekday(in);
  int year = 0, month = 0, day = 0;
  char separator = ' ';
  if (is_digit(in.peek())) {
    if (!in.take_number(1, 2, day)) return std::nullopt;
    skip_ordinal(in);
    in.take('.');
    if (!in.take_one_of("-/", separator)) in.skip_spaces();
    if (!take_month(in, month)) return std::nullopt;
    if (!in.take(',')) in.take('.');
    if (separator != ' ' && !in.take(separator)) return std::nullopt;
  } else {
    if (!take_month(in, month)) return std::nullopt;
    in.take('.');
    in.skip_spaces();
    if (!in.take_number(1, 2, day)) return std::nullopt;
    skip_ordinal(in);
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

// 5 PM, 5 p.m., 5 p. m.: takes it and changes the hour. False when there is no such hour.
bool take_half_of_day(Scanner& in, int& hour) {
  Scanner after = in;
  char half = 0, m = 0;
  if (!after.take_one_of("AaPp", half)) return true;
  after.take('.');
  after.skip_spaces();
  if (!after.take_one_of("Mm", m) || is_letter(after.peek())) return true;
  after.take('.');
  after.skip_spaces();
  in = after;
  if (hour < 1 || hour > 12) return false;
  hour = hour % 12 + (to_lower(half) == 'p' ? 12 : 0);
  return true;
}

// 213000, 2130: the time of basic ISO 8601, which stands only behind a date written like it.
bool take_packed_clock(Scanner& in, int& hour, int& minute, int& second) {
  int number = 0;
  size_t digits = 0;
  if (!in.take_number(4, 6, number, &digits) || digits == 5) return false;
  if (digits == 6) second = number % 100, number /= 100;
  minute = number % 100, hour = number / 100;
  return true;
}

// Seconds of the day. A leap second is the first second of the next minute.
std::optional<int64_t> take_clock(Scanner& in, bool packed) {
  int hour = 0, minute = 0, second = 0;
  if (!packed || !take_packed_clock(in, hour, minute, second)) {
    if (!in.take_number(1, 2, hour) || !in.take(':') || !in.take_number(2, 2, minute)) return std::nullopt;
    if (in.take(':') && !in.take_number(2, 2, second)) return std::nullopt;
  }
  if (char mark = 0; in.take_one_of(".,", mark)) {
    if (!is_digit(in.peek())) return std::nullopt;
    in.skip_digits();
  }
  in.skip_spaces();
  if (!take_half_of_day(in, hour) || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return hour * kHour + minute * kMinute + second;
}

struct NamedZone {
  std::string_view name;
  int hours;
};
// Those that mean one thing only; BST and IST do not.
constexpr NamedZone kNamedZones[] = {{"z", 0},     {"utc", 0},   {"ut", 0},    {"gmt", 0},   {"est", -5},
                                     {"edt", -4},  {"cst", -6},  {"cdt", -5},  {"mst", -7},  {"mdt", -6},
                                     {"pst", -8},  {"pdt", -7},  {"wet", 0},   {"west", 1},  {"cet", 1},
                                     {"cest", 2},  {"eet", 2},   {"eest", 3},  {"msk", 3},   {"jst", 9},
                                     {"aest", 10}, {"aedt", 11}, {"nzst", 12}, {"nzdt", 13}, {"hst", -10}};

// +01:00, +0100, +01, +1. False: what stands there is none.
bool take_offset(Scanner& in, int64_t& offset) {
  char sign = 0;
  int hours = 0, minutes = 0;
  size_t digits = 0;
  if (!in.take_one_of("+-", sign) || !in.take_number(1, 4, hours, &digits) || digits == 3) return false;
  if (digits == 4) {
    minutes = hours % 100, hours /= 100;
  } else if (in.take(':') && !in.take_number(2, 2, minutes)) {
    return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset = (hours * kHour + minutes * kMinute) * (sign == '-' ? -1 : 1);
  return true;
}

bool at_sign(const Scanner& in) { return in.peek() == '+' || in.peek() == '-'; }

// Seconds east of UTC. False: what stands there is no zone.
bool take_zone(Scanner& in, int64_t& offset) {
  if (at_sign(in)) {
    if (!take_offset(in, offset)) return false;
    // Go and others name the zone again: +0100 CET.
    Scanner after = in;
    after.skip_spaces();
    constexpr size_t kNameMin = 2, kNameMax = 5;
    const size_t size = after.word().size();
    after.skip(size);
    if (size >= kNameMin && size <= kNameMax && (after.done() || after.peek() == ' ')) in = after;
    return true;
  }
  const std::string_view word = in.word();
  for (const NamedZone& zone : kNamedZones) {
    if (!same_word(word, zone.name)) continue;
    in.skip(word.size());
    offset = zone.hours * kHour;
    // GMT+0100, UTC+01:00: browsers and Java.
    const bool utc = zone.hours == 0 && !same_word(word, "wet") && word.size() > 1;
    return !utc || !at_sign(in) || take_offset(in, offset);
  }
  return false;
}

// A comment may name the zone again: "+0100 (CET)", "(Central European Standard Time)".
void skip_comment(Scanner& in) {
  in.skip_spaces();
  Scanner inside = in;
  if (!inside.take('(')) return;
  while (!inside.done() && inside.peek() != '(' && inside.peek() != ')') inside.skip(1);
  if (inside.take(')')) in = inside;
}

// [Europe/Paris] or Europe/Paris: an IANA name; "" when none stands there.
std::string_view take_zone_name(Scanner& in) {
  in.skip_spaces();
  Scanner after = in;
  const bool bracket = after.take('[');
  const std::string_view name = after.zone_name();
  after.skip(name.size());
  if (name.empty() || (bracket ? !after.take(']') : name.find('/') == std::string_view::npos)) return {};
  in = after;
  return name;
}

// Below: a spreadsheet's day number, a year, nonsense. From 10^11 on milliseconds, from 10^14 on
// microseconds; but 14 digits are a date without separators, whose zone and even order nobody knows.
std::optional<int64_t> seconds_of_number(double value) {
  constexpr double kSecondsBegin = 1e8, kSecondsEnd = 1e11, kMillisEnd = 1e13, kMicrosBegin = 1e14,
                   kMicrosEnd = 1e17;
  if (value < kSecondsBegin || value >= kMicrosEnd || (value >= kMillisEnd && value < kMicrosBegin))
    return std::nullopt;
  const double unit = value < kSecondsEnd ? 1 : value < kMillisEnd ? 1e3 : 1e6;
  return static_cast<int64_t>(std::floor(value / unit));
}

// 1.79598E+09 is what a spreadsheet shows of a longer number: too few digits to be a time.
bool is_rounded(std::string_view text) {
  constexpr size_t kDigitsMin = 10;
  const size_t exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos) return false;
  text = text.substr(0, exponent);
  text.remove_prefix(std::min(text.find_first_not_of("0.-"), text.size()));
  return static_cast<size_t>(std::ranges::count_if(text, is_digit)) < kDigitsMin;
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

// Sun Nov 29 21:30:00 UTC 2026: Unix and Java put the year behind the time. Its parts in the usual order.
bool year_to_front(std::string_view text, std::string& out) {
  Scanner in(text);
  skip_weekday(in);
  const std::string_view month = in.word();
  const bool shape = month_of(month) != 0 && text.size() > 5 && text[text.size() - 5] == ' ' &&
                     std::ranges::all_of(text.substr(text.size() - 4), is_digit);
  if (!shape) return false;
  in.skip(month.size());
  in.skip_spaces();
  int day = 0;
  Scanner after_day = in;
  if (!after_day.take_number(1, 2, day) || !after_day.take(' ')) return false;
  const std::string_view rest = after_day.rest();
  if (rest.size() <= 5) return false;  // the year alone
  out.assign(month).append(" ").append(std::to_string(day)).append(text.substr(text.size() - 5)).append(" ");
  out.append(rest.substr(0, rest.size() - 5));
  return true;
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

namespace {

std::unique_ptr<icu::TimeZone> find_zone(std::string_view name) {
  return std::unique_ptr<icu::TimeZone>(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8({name.data(), static_cast<int32_t>(name.size())})));
}

}  // namespace

bool is_time_zone(std::string_view name) { return *find_zone(name) != icu::TimeZone::getUnknown(); }

std::unique_ptr<InstantReader::Zone> InstantReader::make_zone(std::string_view name) {
  std::unique_ptr<icu::TimeZone> found = find_zone(name);
  // All that ICU makes from a name are; the cast says so where it would not be.
  if (dynamic_cast<icu::BasicTimeZone*>(found.get()) == nullptr) return nullptr;
  return std::make_unique<Zone>(
      Zone{std::unique_ptr<icu::BasicTimeZone>(static_cast<icu::BasicTimeZone*>(found.release()))});
}

InstantReader::InstantReader(std::string_view zone, DateOrder order) : order_(order) {
  if (zone != "UTC") zone_ = make_zone(zone);
}

InstantReader::~InstantReader() = default;
InstantReader::InstantReader(InstantReader&&) noexcept = default;

std::optional<Instant> InstantReader::read(std::string_view text) const {
  std::string buffer, turned;
  text = plain_text(text, buffer);
  const bool packed = text.size() >= 8 && is_packed_date(text.substr(0, 8));
  if (!packed || text.size() > 8) {
    if (const auto number = whole_number(text)) {
      const auto seconds = is_rounded(text) ? std::nullopt : seconds_of_number(*number);
      return seconds ? std::optional(Instant{*seconds, false}) : std::nullopt;
    }
  }
  if (!text.empty() && is_letter(text[0]) && year_to_front(text, turned)) text = turned;
  Scanner in(text);
  const auto date = take_date(in, order_);
  if (!date) return std::nullopt;
  int64_t seconds = std::chrono::sys_days{date->day}.time_since_epoch().count() * kDay;
  std::optional<int64_t> offset;
  std::string_view zone;
  if (!in.done()) {
    char separator = 0;
    if (!in.take(',')) in.take_one_of(":", separator);  // a web server's log has 29/Nov/2026:21:30:00
    if (separator == 0 && !in.take_one_of("Tt ", separator)) return std::nullopt;
    in.skip_spaces();
    if (same_word(in.word(), "at")) in.skip(2), in.skip_spaces();  // November 29, 2026 at 9:30 PM
    const auto clock = take_clock(in, packed);
    if (!clock) return std::nullopt;
    seconds += *clock;
    in.skip_spaces();
    if (zone = take_zone_name(in); zone.empty() && !in.done() && in.peek() != '(') {
      int64_t east = 0;
      if (!take_zone(in, east)) return std::nullopt;
      offset = east;
      take_zone_name(in);  // +01:00[Europe/Paris]: the offset has said it
    }
    skip_comment(in);
    if (!in.done()) return std::nullopt;
  }
  if (!zone.empty()) {
    if (!is_time_zone(zone)) return std::nullopt;
    offset = make_zone(zone)->offset_at(seconds);
  }
  if (!offset) offset = zone_ ? zone_->offset_at(seconds) : 0;
  return Instant{seconds - *offset, date->ambiguous};
}

std::optional<year_month_day> read_date(std::string_view text, DateOrder order) {
  std::string buffer;
  text = plain_text(text, buffer);
  Scanner in(text);
  const auto date = take_date(in, order);
  if (!date || !(in.done() || std::string_view("Tt ,").find(in.peek()) != std::string_view::npos))
    return std::nullopt;
  return date->day;
}

}  // namespace pinrelay::identity
