#include "cli/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace pinrelay::cli {
namespace {

size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string plain(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    // U+0080 to U+009F are control characters, too.
    const bool second_set =
        byte == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
    if (second_set) out[i++] = '?';
    if (byte < 0x20 || byte == 0x7f || second_set) out[i] = '?';
  }
  return out;
}

std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  const ptrdiff_t first = number < 0 ? 1 : 0;
  for (auto at = static_cast<ptrdiff_t>(text.size()) - 3; at > first; at -= 3)
    text.insert(text.begin() + at, ',');
  return text;
}

std::string duration_text(Millis duration) {
  struct Unit {
    int64_t millis;
    const char* name;
  };
  constexpr Unit kUnits[] = {{24 * 3600'000LL, "d"}, {3600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}};
  int64_t left = std::max<int64_t>(0, duration.count());
  std::string text;
  int shown = 0;
  for (const Unit& unit : kUnits) {
    const bool too_fine = unit.millis == 1 && shown > 0;
    if (shown == 2 || too_fine) break;
    if (left < unit.millis) {
      if (shown > 0) break;
      continue;
    }
    text += fmt::format("{}{} {}", shown > 0 ? " " : "", left / unit.millis, unit.name);
    left %= unit.millis;
    ++shown;
  }
  return text.empty() ? "0 s" : text;
}

std::string when_text(Time at, Time now) {
  if (to_millis(at) == 0) return "never";
  if (at > now) return fmt::format("{} (in {})", format_rfc3339(at), duration_text(at - now));
  return fmt::format("{} ({} ago)", format_rfc3339(at), duration_text(now - at));
}

std::string counts_text(const Json& counts) {
  std::string text;
  for (const auto& [name, count] : counts.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, thousands(count.get<int64_t>()));
  return text;
}

Json json_time(Time at) { return to_millis(at) == 0 ? Json() : Json(format_rfc3339(at)); }

std::string as_of(Time now) { return fmt::format("As of {}.\n", format_rfc3339(now)); }

std::string TextTable::text() const {
  std::vector<std::vector<std::string>> rows = rows_;
  std::vector<size_t> widths;
  for (std::vector<std::string>& cells : rows) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) {
      cells[i] = plain(cells[i]);
      widths[i] = std::max(widths[i], width(cells[i]));
    }
  }
  std::string out;
  for (const std::vector<std::string>& cells : rows) {
    std::string line = indent_;
    for (size_t i = 0; i < cells.size(); ++i)
      line += cells[i] + std::string(widths[i] - width(cells[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

Json problems_json(const std::vector<config::Problem>& problems) {
  Json json = Json::array();
  for (const config::Problem& problem : problems) {
    json.push_back({{"line", problem.line},
                    {"column", problem.column},
                    {"path", problem.path},
                    {"code", problem.code},
                    {"message", problem.message},
                    {"fix", problem.fix}});
  }
  return json;
}

Error usage_error(std::string message, std::string fix) {
  return {ErrorKind::kInvalid, "usage", std::move(message), "", std::move(fix)};
}

Result<size_t> read_count(const Arguments& arguments, const std::string& option, size_t otherwise,
                          size_t most) {
  if (!arguments.has(option)) return otherwise;
  const std::string text = arguments.value(option);
  size_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed == std::errc() && end == text.data() + text.size() && count >= 1 && count <= most) return count;
  return usage_error(fmt::format("--{} is not a number from 1 to {}", option, most),
                     fmt::format("for example --{} {}", option, otherwise));
}

Error bad_cursor() {
  return {ErrorKind::kInvalid, "bad_cursor", "this is no cursor of this list's", "cursor",
          "give the next_cursor of the page before as it was, or none"};
}

Result<int64_t> read_cursor(const Arguments& arguments) {
  const std::string text = arguments.value("cursor");
  if (text.empty()) return int64_t{0};
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data() + 1, end, number);
  if (text[0] != 'n' || failed != std::errc() || at != end || number < 1) return bad_cursor();
  return number;
}

Json next_cursor(bool more, int64_t last) { return more ? Json(fmt::format("n{}", last)) : Json(); }

Result<std::optional<exports::Reason>> read_reason(const Arguments& arguments) {
  if (!arguments.has("reason")) return std::optional<exports::Reason>();
  std::string names;
  for (const exports::ReasonInfo& info : exports::kReasons) {
    if (info.reason == exports::Reason::kNone) continue;
    if (info.name == arguments.value("reason")) return std::optional(info.reason);
    names += (names.empty() ? "" : ", ") + std::string(info.name);
  }
  return usage_error(fmt::format("there is no reason '{}'", plain(arguments.value("reason"))),
                     "use one of: " + names);
}

}  // namespace pinrelay::cli
