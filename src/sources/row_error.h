// What is wrong with one row of input. A bad row is reported and left out; it never stops the next one. A
// value that cannot be taken costs that value only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pinrelay::sources {

// Says where and why, never what: names of fields and positions appear in it, values do not.
struct RowError {
  uint64_t line = 0;    // 1-based; of the whole input, not of a chunk
  uint32_t column = 0;  // 1-based, in bytes; 0 = unknown
  std::string code;     // one of kRowErrorCodes
  std::string message;
  std::string fix;
};

// A value that was left out of a row that was taken. The name is borrowed: see who gives it.
struct DroppedValue {
  std::string_view code;  // one of kRowErrorCodes
  uint32_t column = 0;
  std::string_view name;  // of the field
  uint64_t line = 0;
};

struct RowErrorCode {
  std::string_view code, meaning;
};

// Every code a RowError can have, for the documentation.
inline constexpr std::array kRowErrorCodes{
    RowErrorCode{"bad_json", "the line is not valid JSON"},
    RowErrorCode{"bad_utf8", "a value holds bytes that are not UTF-8, or an escape that is no character"},
    RowErrorCode{"not_an_object", "the line is JSON but not one object"},
    RowErrorCode{"unknown_member", "the row has a member that no change row has"},
    RowErrorCode{"duplicate_member", "a member or a field stands twice in the row"},
    RowErrorCode{"missing_member", "the row lacks a member that its type needs"},
    RowErrorCode{"unexpected_member", "the row has a member that its type does not take"},
    RowErrorCode{"unknown_type", "the type is none of profile, enter, exit, delete"},
    RowErrorCode{"wrong_type", "a value is of a JSON type that cannot stand there"},
    RowErrorCode{"nested_value", "an array within an array, or objects nested more than 5 levels deep"},
    RowErrorCode{"empty_value", "a key, a name, an audience or an id is empty"},
    RowErrorCode{"too_long", "a key, a name or a value is longer than its limit"},
    RowErrorCode{"too_many_fields", "the row has more fields than the limit"},
    RowErrorCode{"row_too_large", "the row is larger than 1 MiB"},
    RowErrorCode{"bad_time", "'at' is not an RFC 3339 time with a zone"},
    RowErrorCode{"at_in_future", "'at' is more than five minutes ahead of this machine's clock"},
    RowErrorCode{"bad_quote", "CSV: a quote stands where none may stand"},
    RowErrorCode{"unterminated_quote", "CSV: a quoted cell is never closed"},
    RowErrorCode{"cell_count", "CSV: the row has more or fewer cells than the header"},
    RowErrorCode{"too_many_names", "the objects of the row make more than 100 fields"},
    RowErrorCode{"shadowed_value", "the row also has a field of the same dotted name, which wins"},
    RowErrorCode{"field_limit", "the field is new, and there are as many as the limits allow"},
    RowErrorCode{"audience_limit", "the audience is new, and there are as many as the limits allow"},
    RowErrorCode{"too_many_values", "the array has more values than a field may have"},
    RowErrorCode{"person_limit", "the value would make the person larger than the limit"},
    RowErrorCode{"row_type_not_allowed", "the write key may not send rows of this type"},
    RowErrorCode{"audience_not_allowed", "the write key may not change this audience"},
};

// How many values were left out, by reason.
class DropCounts {
 public:
  void add(std::string_view code, uint64_t count = 1);
  void add(const DropCounts& other);
  uint64_t total() const;
  // Calls visit(code, count) for each reason that there was.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i] > 0) visit(kRowErrorCodes[i].code, counts_[i]);
  }
  // {"nested_value":3}; "" when there are none.
  std::string json() const;
  static DropCounts of_json(std::string_view json);

 private:
  std::array<uint64_t, kRowErrorCodes.size()> counts_{};
};

// What to tell a person about a dropped value.
RowError describe(const DroppedValue& value);

// A name for a message: in quotes, cut to a readable length, control characters shown as '?'.
std::string shown_name(std::string_view name);
// The same for a name that a row brought: the keys of a map can be people's addresses, and messages are kept,
// so one that looks like data is not shown.
std::string masked_name(std::string_view name);

// What is wrong with the name of an audience, or of something else, that does not come in a row; the line and
// the column are 0.
std::optional<RowError> check_name(std::string_view what, std::string_view name);

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kRowBytesMax = 1024 * 1024;
constexpr Millis kFutureMax{5 * 60'000};

// When a row arrived, and when it happened if it does not say.
struct RowTime {
  RowTime(Time arrived) : arrival(arrived), at(arrived) {}
  RowTime(Time arrived, Time happened) : arrival(arrived), at(happened) {}
  Time arrival, at;
};

}  // namespace pinrelay::sources
