// Log lines for people and machines: one line an event, "time level component event key=value …". Values are
// escaped, so that input cannot forge a line. Never pass a raw identifier or a secret.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

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
// Lines below this level are not written (default: info).
void set_log_level(LogLevel level);

}  // namespace pinrelay
