#include "base/log.h"

#include <atomic>
#include <cstdio>
#include <mutex>

namespace pinrelay {
namespace {

std::atomic<LogLevel> minimum_level{LogLevel::kInfo};

constexpr const char* kLevelNames[] = {"debug", "info", "warning", "error"};

std::mutex observer_mutex;  // guards observer, also while it works
std::function<void(const LogLine&)> observer;
thread_local bool observing = false;

void show(const LogLine& line) {
  if (observing) return;
  const std::lock_guard lock(observer_mutex);
  if (!observer) return;
  observing = true;
  observer(line);
  observing = false;
}

// What a terminal obeys. Those from 0x80 on are two bytes of UTF-8, of which the second is told.
bool is_control(std::string_view value, size_t at) {
  const auto byte = static_cast<unsigned char>(value[at]);
  const bool late = byte >= 0x80 && byte < 0xa0 && at > 0 && value[at - 1] == '\xc2';
  return byte < 0x20 || byte == 0x7f || late;
}

void append_value(std::string& out, std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
  if (!plain) out += '"';
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (is_control(value, i)) {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
      out += escaped;
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  if (!plain) out += '"';
}

}  // namespace

void log(LogLevel level, std::string_view component, std::string_view event,
         std::initializer_list<LogField> fields) {
  if (level < minimum_level.load(std::memory_order_relaxed)) return;
  const Time now = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  std::string line = format_rfc3339(now);
  line += ' ';
  line += kLevelNames[static_cast<int>(level)];
  line += ' ';
  line += component;
  line += ' ';
  append_value(line, event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);  // one call, so lines of several threads do not mix
  show({now, level, component, event, std::span(fields.begin(), fields.size())});
}

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<int>(level)]; }

void set_log_observer(std::function<void(const LogLine&)> wanted) {
  const std::lock_guard lock(observer_mutex);
  observer = std::move(wanted);
}

void set_log_level(LogLevel level) { minimum_level = level; }

}  // namespace pinrelay
