// The values of a conversion that go in clear: each made what Pinterest takes, or refused. Blanks at the ends
// are gone before. `out` holds the result when the answer is true.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinrelay::identity {

// A decimal number that is not negative, exact: 72.390, 1e2 → 100, .5 → 0.5. Other ways to write an amount:
// money.h.
bool read_decimal(std::string_view text, std::string& out);
// A whole number, also written 3.0.
std::optional<int64_t> read_integer(std::string_view text);
bool read_url(std::string_view text, std::string& out);
bool read_language(std::string_view text, std::string& out);

}  // namespace pinrelay::identity
