#include "admin/log_tail.h"

#include <algorithm>

#include "base/json_writer.h"

namespace pinrelay::admin {
namespace {

std::string_view cut(std::string_view value) { return value.substr(0, LogTail::kValueBytesMax); }

std::string json_of(const LogLine& line) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("at", format_rfc3339(line.at)).field("level", name_of(line.level));
  json.field("component", line.component).field("event", cut(line.event)).key("fields").begin_object();
  for (const LogField& field : line.fields) json.field(field.key, cut(field.value));
  json.end_object().end_object();
  return out;
}

}  // namespace

void LogTail::add(const LogLine& line) {
  Entry entry{0, "", json_of(line)};
  for (const LogField& field : line.fields)
    if (field.key == "job") entry.job = cut(field.value);
  const std::lock_guard lock(mutex_);
  entry.number = ++last_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kEntriesMax) entries_.pop_front();
}

uint64_t LogTail::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::vector<LogTail::Entry> LogTail::after(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto first = std::ranges::upper_bound(entries_, number, {}, &Entry::number);
  return {first, entries_.end()};
}

}  // namespace pinrelay::admin
