// Yes and no, as people and programs write them: one reader for every flag and for consent.
#pragma once

#include <optional>
#include <string_view>

namespace pinrelay::identity {

// true, t, yes, y, on, 1, 1.0 / false, f, no, n, off, 0, 0.0; in any case, with blanks or quotes around.
// Nothing for whatever else: what that means is the caller's to decide.
std::optional<bool> read_flag(std::string_view text);

}  // namespace pinrelay::identity
