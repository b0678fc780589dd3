#include "sources/row_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/json_writer.h"
#include "sources/value_types.h"

namespace pinrelay::sources {
namespace {

constexpr size_t kShownBytesMax = 64;

struct DropText {
  std::string_view code, message, fix;
};

constexpr DropText kDropTexts[] = {
    {"bad_utf8", "is damaged: it holds what is no character", "export the data again, as UTF-8"},
    {"nested_value", "is an array within an array, or nested too deep",
     "send it as a field of its own, or as text"},
    {"too_long", "has a name or a value that is too long", "shorten it"},
    {"too_many_fields", "is one too many: a row has at most 1,000", "send fewer fields a row"},
    {"too_many_names", "is one too many: the objects of a row make at most 100 fields",
     "send what varies from person to person as an array"},
    {"duplicate_member", "stands twice in the row; the last one was taken", "leave one of them out"},
    {"shadowed_value", "stands in the row under its dotted name, too, which was taken",
     "leave one of them out"},
    {"empty_value", "has no name", "give it a name"},
    {"wrong_type", "is of a type that cannot stand there", "write fields as {\"name\": value, …}"},
    {"field_limit", "is new, and no more fields may be made now",
     "remove fields that nothing uses, wait until tomorrow, or raise 'limits'"},
    {"too_many_values", "has more values than a field may have",
     "send fewer values, or raise 'limits.values'"},
};

size_t index_of(std::string_view code) {
  const auto found = std::ranges::find(kRowErrorCodes, code, &RowErrorCode::code);
  return static_cast<size_t>(found - kRowErrorCodes.begin());
}

}  // namespace

void DropCounts::add(std::string_view code, uint64_t count) {
  if (const size_t index = index_of(code); index < counts_.size()) counts_[index] += count;
}

void DropCounts::add(const DropCounts& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

uint64_t DropCounts::total() const { return std::accumulate(counts_.begin(), counts_.end(), uint64_t{0}); }

std::string DropCounts::json() const {
  std::string text;
  if (total() == 0) return text;
  JsonWriter json(text);
  json.begin_object();
  for_each([&](std::string_view code, uint64_t count) { json.field(code, count); });
  json.end_object();
  return text;
}

// As json() writes it; names and numbers only.
DropCounts DropCounts::of_json(std::string_view json) {
  DropCounts counts;
  for (size_t open = json.find('"'); open != std::string_view::npos;) {
    const size_t close = json.find('"', open + 1);
    if (close == std::string_view::npos) break;
    uint64_t count = 0;
    for (size_t at = close + 2; at < json.size() && json[at] >= '0' && json[at] <= '9'; ++at)
      count = count * 10 + static_cast<uint64_t>(json[at] - '0');
    counts.add(json.substr(open + 1, close - open - 1), count);
    open = json.find('"', close + 1);
  }
  return counts;
}

RowError describe(const DroppedValue& value) {
  const auto text = std::ranges::find(kDropTexts, value.code, &DropText::code);
  CHECK(text != std::end(kDropTexts));
  const std::string what = value.name.empty() ? "a value" : "the field " + masked_name(value.name);
  return {value.line, value.column, std::string(value.code), what + " " + std::string(text->message),
          std::string(text->fix)};
}

std::string masked_name(std::string_view name) {
  const bool is_data = looks_like_data(name) || looks_like_data(name.substr(name.rfind('.') + 1));
  return is_data ? fmt::format("(a name of {} bytes that looks like data)", name.size()) : shown_name(name);
}

std::string shown_name(std::string_view name) {
  const bool cut = name.size() > kShownBytesMax;
  if (cut) name = name.substr(0, kShownBytesMax);
  std::string out = "'";
  out += name.substr(0, utf8_prefix(name));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out + (cut ? "…'" : "'");
}

std::optional<RowError> check_name(std::string_view what, std::string_view name) {
  const std::string subject = "the name of the " + std::string(what);
  if (name.empty()) return RowError{0, 0, "empty_value", subject + " is empty", "give it a value"};
  if (name.size() > store::kNameBytesMax)
    return RowError{0, 0, "too_long",
                    subject + " is longer than " + std::to_string(store::kNameBytesMax) + " bytes",
                    "shorten it"};
  if (utf8_prefix(name) != name.size())
    return RowError{0, 0, "bad_utf8", subject + " is not UTF-8", "write it in UTF-8"};
  return {};
}

}  // namespace pinrelay::sources
