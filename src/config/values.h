// Single values of the file: text to a checked value, by the kind and limits of its key. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "config/keys.h"

namespace pinrelay::config {

// `directory` is where relative paths begin. Errors carry code, message and fix. Not for groups and secrets.
Result<Value> read_value(const Key& key, std::string_view text, const std::string& directory);
// The path as the process uses it.
std::string resolve_path(std::string_view text, const std::string& directory);
// "5m", "250ms": the largest unit that gives a whole number.
std::string format_duration(int64_t millis);
// The words of a key's choices.
std::vector<std::string_view> split_choices(std::string_view choices);

}  // namespace pinrelay::config
