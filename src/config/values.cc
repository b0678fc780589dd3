#include "config/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/nearest_name.h"
#include "config/address.h"
#include "config/problems.h"

namespace pinrelay::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t millis;
};
constexpr std::array<Unit, 6> kUnits{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"w", 604'800'000}}};

Error wrong(std::string_view code, std::string message, std::string fix) {
  return Error{ErrorKind::kInvalid, std::string(code), std::move(message), "", std::move(fix)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The digits `text` begins with, as a number; nothing when there are none or too many.
std::optional<int64_t> leading_number(std::string_view text, std::string_view& rest) {
  const auto digits =
      static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  rest = text.substr(digits);
  if (digits == 0 || error != std::errc()) return std::nullopt;
  return number;
}

Result<Value> read_count(const Key& key, std::string_view text) {
  std::string_view rest;
  const auto number = leading_number(text, rest);
  if (!number || !rest.empty()) {
    std::string digits(text);
    std::erase_if(digits, [](char c) { return c == ',' || c == '_' || c == '\'' || c == ' '; });
    const bool separators = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
    return wrong("bad_count", fmt::format("{} is not a whole number", quoted(text)),
                 fmt::format("Write {}", separators ? digits : "digits only"));
  }
  if (*number < key.min || *number > key.max)
    return wrong("out_of_range", fmt::format("{} is outside {} to {}", *number, key.min, key.max),
                 fmt::format("Choose a number from {} to {}", key.min, key.max));
  return Value{.number = *number};
}

Result<Value> read_duration(const Key& key, std::string_view text) {
  std::string_view rest;
  const auto number = leading_number(text, rest);
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == rest; });
  if (!number || unit == kUnits.end()) {
    const bool only_unit_missing = number && rest.empty();
    return wrong("bad_duration", fmt::format("{} is not a duration", quoted(text)),
                 only_unit_missing ? fmt::format("Add a unit: {0}s, {0}m, {0}h or {0}d", *number)
                                   : "Write a whole number and one unit of ms, s, m, h, d, w, such as 5m");
  }
  const std::string low = format_duration(key.min), high = format_duration(key.max);
  if (*number > key.max / unit->millis || *number * unit->millis < key.min)
    return wrong("out_of_range", fmt::format("{} is outside {} to {}", quoted(text), low, high),
                 fmt::format("Choose a duration from {} to {}", low, high));
  return Value{.number = *number * unit->millis};
}

Result<Value> read_flag(std::string_view text) {
  if (text == "true" || text == "false") return Value{.flag = text == "true"};
  const std::string low = lowered(text);
  const bool yes = low == "yes" || low == "on" || low == "true" || low == "1" || low == "y";
  const bool no = low == "no" || low == "off" || low == "false" || low == "0" || low == "n";
  return wrong("bad_flag", fmt::format("{} is neither true nor false", quoted(text)),
               yes ? "Write true" : (no ? "Write false" : "Write true or false"));
}

Result<Value> read_choice(const Key& key, std::string_view text) {
  const auto choices = split_choices(key.choices);
  if (std::find(choices.begin(), choices.end(), text) != choices.end())
    return Value{.text = std::string(text)};
  const std::string_view near = nearest_name(text, choices);
  return wrong("bad_choice", fmt::format("{} is not one of {}", quoted(text), fmt::join(choices, ", ")),
               near.empty() ? fmt::format("Write {}", fmt::join(choices, " or "))
                            : fmt::format("Did you mean {}?", near));
}

Result<Value> read_name(std::string_view text) {
  if (!text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_name_character))
    return Value{.text = std::string(text)};
  std::string proposal = lowered(text.substr(0, 64));
  for (char& c : proposal)
    if (!is_name_character(c)) c = '_';
  return wrong("bad_name", fmt::format("{} is not a name: 1 to 64 of a-z, 0-9, _ and -", quoted(text)),
               text.empty() ? "Choose a name" : fmt::format("Use for example {}", proposal));
}

Result<Value> read_id(std::string_view text) {
  if (!text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), is_digit))
    return Value{.text = std::string(text)};
  return wrong("bad_id", fmt::format("{} is not an id: 1 to 18 digits", quoted(text)),
               "Copy it from Ads Manager");
}

Result<Value> read_text(const Key& key, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control))
    return wrong("bad_text", fmt::format("{} holds a control character or a line break", quoted(text)),
                 "Remove it");
  const auto size = static_cast<int64_t>(text.size());
  if (size < key.min)
    return wrong("out_of_range", "the text is empty",
                 key.required ? "Write a text" : "Write a text or leave the key out");
  if (size > key.max)
    return wrong("out_of_range", fmt::format("the text has {} bytes, more than {}", size, key.max),
                 "Shorten it");
  return Value{.text = std::string(text)};
}

Result<Value> read_path(std::string_view text, const std::string& directory) {
  if (text.empty() || text.size() > 4096 || text.starts_with('~') ||
      std::any_of(text.begin(), text.end(), is_control))
    return wrong("bad_path", fmt::format("{} is not a path", quoted(text)),
                 text.starts_with('~') ? "Write the home folder out" : "Write the path of a file");
  return Value{.text = resolve_path(text, directory)};
}

}  // namespace

Result<Value> read_value(const Key& key, std::string_view text, const std::string& directory) {
  switch (key.kind) {
    case Kind::kText:
      return read_text(key, text);
    case Kind::kName:
      return read_name(text);
    case Kind::kId:
      return read_id(text);
    case Kind::kCount:
      return read_count(key, text);
    case Kind::kDuration:
      return read_duration(key, text);
    case Kind::kFlag:
      return read_flag(text);
    case Kind::kChoice:
      return read_choice(key, text);
    case Kind::kPath:
      return read_path(text, directory);
    case Kind::kUrl:
      return Value{.text = TRY(check_base_url(text))};
    case Kind::kAddress:
      if (auto checked = check_listen_address(text); !checked.ok()) return checked.error();
      return Value{.text = std::string(text)};
    case Kind::kGroup:
    case Kind::kOption:
    case Kind::kList:
    case Kind::kSecret:
    case Kind::kMapping:
    case Kind::kNetworks:
      break;
  }
  CHECK(false);
  return Value{};
}

std::string resolve_path(std::string_view text, const std::string& directory) {
  return (std::filesystem::path(directory) / std::filesystem::path(text)).lexically_normal().string();
}

std::string format_duration(int64_t millis) {
  if (millis == 0) return "0s";
  Unit largest = kUnits.front();
  for (const Unit& unit : kUnits)
    if (unit.name != "w" && millis % unit.millis == 0) largest = unit;
  return fmt::format("{}{}", millis / largest.millis, largest.name);
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> out;
  while (!choices.empty()) {
    const size_t end = std::min(choices.find(' '), choices.size());
    out.push_back(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return out;
}

std::string_view describe_kind(Kind kind) {
  switch (kind) {
    case Kind::kGroup:
    case Kind::kOption:
      return "a group of keys";
    case Kind::kList:
      return "a list";
    case Kind::kText:
      return "a text";
    case Kind::kName:
      return "a name";
    case Kind::kId:
      return "an id of digits";
    case Kind::kCount:
      return "a whole number";
    case Kind::kDuration:
      return "a duration";
    case Kind::kFlag:
      return "true or false";
    case Kind::kChoice:
      return "a choice";
    case Kind::kPath:
      return "a path";
    case Kind::kUrl:
      return "a URL";
    case Kind::kAddress:
      return "an address and port";
    case Kind::kMapping:
      return "a list of `our field: Pinterest field`";
    case Kind::kNetworks:
      return "a list of addresses and networks";
    case Kind::kSecret:
      break;
  }
  return "{file: …} or {credential: …}";
}

}  // namespace pinrelay::config
