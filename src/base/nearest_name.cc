#include "base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace pinrelay {
namespace {

constexpr size_t kNameBytesMax = 64;  // longer ones are not slips of a finger

// So that flush_after, flush.after and flushAfter are one.
std::string essence(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '.' || c == '_' || c == '-' || c == ' ') continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

// Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates) {
  if (text.size() > kNameBytesMax) return {};
  const std::string word = essence(text);
  if (word.empty()) return {};
  const size_t slips_max = std::max<size_t>(1, word.size() / 3);
  std::string_view best;
  size_t best_distance = slips_max + 1;
  for (const std::string_view candidate : candidates) {
    const std::string other = essence(candidate);
    if (other.size() > word.size() + slips_max || word.size() > other.size() + slips_max) continue;
    const size_t distance = edit_distance(word, other);
    // With every letter replaced it would be another word.
    if (distance < best_distance && distance < other.size()) best = candidate, best_distance = distance;
  }
  return best;
}

}  // namespace pinrelay
