// The values of a conversion that go in clear: each made what Pinterest takes, or refused. Blanks at the ends
// are gone before. `out` holds the result when the answer is true.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinrelay::identity {

// A decimal number that is not negative, exact: 72.390, 1e2 → 100, .5 → 0.5. No currency signs, no thousands
// separators, no decimal comma: which of them is meant cannot be known.
bool read_decimal(std::string_view text, std::string& out);
// A whole number, also written 3.0.
std::optional<int64_t> read_integer(std::string_view text);
// true, yes, y, 1, on / false, no, n, 0, off; in any case.
std::optional<bool> read_flag(std::string_view text);
bool read_url(std::string_view text, std::string& out);
bool read_language(std::string_view text, std::string& out);
bool read_currency(std::string_view text, std::string& out);

}  // namespace pinrelay::identity
