#include "sources/row_error.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "sources/value_types.h"

namespace pinrelay::sources {
namespace {

constexpr size_t kShownBytesMax = 64;

// The number of single-character edits that turn one text into the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

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

std::string_view closest_name(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view best;
  size_t best_distance = 3;  // three edits away is another word
  if (name.size() > kShownBytesMax) return best;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance && distance < candidate.size()) best = candidate, best_distance = distance;
  }
  return best;
}

}  // namespace pinrelay::sources
