// Log lines for people and machines: one line an event, "time level component event key=value …". Values are
// escaped, so that input cannot forge a line. Never pass a raw identifier or a secret.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/clock.h"

namespace pinrelay {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <typename N>
  requires std::is_arithmetic_v<N> LogField(std::string_view k, N v) : key(k), value(std::to_string(v)) {}
  std::string_view key;
  std::string value;
};

// Thread-safe; writes to standard error. `component` is the folder, `event` a few plain words.
void log(LogLevel level, std::string_view component, std::string_view event,
         std::initializer_list<LogField> fields = {});

// A line as it was given, for whoever shows it elsewhere, too.
struct LogLine {
  Time at;
  LogLevel level;
  std::string_view component, event;
  std::span<const LogField> fields;
};
// Gets every line that is written, on the thread that logs; one a process. What it logs itself, it does not
// get. Empty: nobody gets them, and when this returns, nobody is at it any more.
void set_log_observer(std::function<void(const LogLine&)> observer);
std::string_view name_of(LogLevel level);
// Lines below this level are not written (default: info).
void set_log_level(LogLevel level);

}  // namespace pinrelay
