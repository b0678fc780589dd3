#include "identity/flag.h"

#include <algorithm>

#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/number_text.h"

namespace pinrelay::identity {

std::optional<bool> read_flag(std::string_view text) {
  constexpr std::string_view kYes[] = {"true", "t", "yes", "y", "on", "1"};
  constexpr std::string_view kNo[] = {"false", "f", "no", "n", "off", "0"};
  text = trim(text);
  if (text.size() > 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0])
    text = trim(text.substr(1, text.size() - 2));
  if (!text.empty() && is_digit(text[0])) text = without_fraction(text);
  const auto is = [&](std::string_view word) { return same_word(text, word); };
  if (std::ranges::any_of(kYes, is)) return true;
  if (std::ranges::any_of(kNo, is)) return false;
  return std::nullopt;
}

}  // namespace pinrelay::identity
