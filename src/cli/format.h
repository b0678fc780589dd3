// How commands say things to people: numbers, times, tables. Whatever came from outside (names, labels,
// Pinterest's words) passes through plain() on its way to a terminal.
#pragma once

#include "base/clock.h"
#include "cli/command.h"

namespace pinrelay::cli {

// Without control characters, so that nothing can steer a terminal or forge a line.
std::string plain(std::string_view text);
// 12431 → "12,431"
std::string thousands(int64_t number);
// "3 m 20 s": the two largest units; "0 s" for nothing.
std::string duration_text(Millis duration);
// "2026-01-31T12:00:00Z (3 m 20 s ago)"; "never" for the zero time.
std::string when_text(Time at, Time now);
// {"late": 1200, "too_old": 3} → "late 1,200, too_old 3"
std::string counts_text(const Json& counts);
// RFC 3339; null for the zero time.
Json json_time(Time at);
// "As of 2026-01-31T12:00:00Z.\n", the end of everything that shows a state.
std::string as_of(Time now);

// Rows whose cells stand below each other. Cells are made plain; a cell's width counts characters.
class TextTable {
 public:
  explicit TextTable(std::string indent = "") : indent_(std::move(indent)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::string indent_;
  std::vector<std::vector<std::string>> rows_;
};

// What an option that repeats was given, and the same as one line.
std::vector<std::string> lines_of(std::string_view text);
std::string joined(const std::vector<std::string>& texts);

// What is wrong with a configuration, as JSON.
Json problems_json(const std::vector<config::Problem>& problems);

// A wrong argument: what, and what to write instead.
Error usage_error(std::string message, std::string fix);
// An option that is a number from 1 to `most`.
Result<size_t> read_count(const Arguments& arguments, const std::string& option, size_t otherwise,
                          size_t most);
// --cursor of a list by number, opaque to whoever gives it back; 0 = from the beginning. And the one after a
// page, as next_cursor.
Result<int64_t> read_cursor(const Arguments& arguments);
Json next_cursor(bool more, int64_t last);
Error bad_cursor();
// --reason REASON; nothing when it is not given.
Result<std::optional<exports::Reason>> read_reason(const Arguments& arguments);

}  // namespace pinrelay::cli
